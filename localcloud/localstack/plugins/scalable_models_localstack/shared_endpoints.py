"""One copy of botocore's table of regions and endpoints, and of each service's model, for all sessions.

LocalStack and moto create a session wherever they look up the regions of a service, and each session would
parse the table of 1.2 MB anew: a seventh of the processor time until a stack is up. To find the name of a
service in the table, a session also lists the folders of all services and parses the service's model.
"""

from __future__ import annotations

from functools import cache, wraps
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, cast

from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE: Final = "endpoints"
"""Name of the table's file."""


def share_endpoints() -> None:
    """Parse the table, each model, and the regions of each service only once for all sessions."""
    _share_table()
    _share_models()
    _share_regions()


def _share_table() -> None:
    load_file = cast("Callable[[JSONFileLoader, str], object]", JSONFileLoader.load_file)
    loader = JSONFileLoader()

    @cache
    def load_table(file_path: str) -> object:
        return load_file(loader, file_path)

    @wraps(load_file)
    def load(self: JSONFileLoader, file_path: str) -> object:
        return load_table(file_path) if PurePath(file_path).name == TABLE else load_file(self, file_path)

    JSONFileLoader.load_file = load


def _share_models() -> None:
    """Share complete models: botocore only reads them once it has merged its additions into them.

    Loaders that search other folders, or add something else, have others.
    """
    load_model = cast("Callable[..., object]", Loader.load_service_model)
    found: dict[object, object] = {}

    @wraps(load_model)
    def load(self: Loader, service_name: str, type_name: str, api_version: str | None = None) -> object:
        kind = (
            type(self),
            tuple(cast("list[str]", self.search_paths)),
            tuple(cast("list[str]", self.extras_types)),
        )
        asked = (kind, service_name, type_name, api_version)
        if asked not in found:
            found[asked] = load_model(self, service_name, type_name, api_version)
        return found[asked]

    Loader.load_service_model = load


def _share_regions() -> None:
    look_up = cast("Callable[..., list[str]]", Session.get_available_regions)
    found: dict[object, list[str]] = {}

    @wraps(look_up)
    def regions(self: Session, service_name: str, *partition: object, **options: object) -> list[str]:
        asked = (service_name, partition, *sorted(options.items()))
        if asked not in found:
            found[asked] = look_up(self, service_name, *partition, **options)
        return found[asked].copy()

    Session.get_available_regions = regions
