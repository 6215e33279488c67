"""One copy of botocore's table of regions and endpoints for all sessions of a process.

LocalStack and moto create a session wherever they look up the regions of a service, and each session would
parse the table of 1.2 MB anew: a seventh of the processor time until a stack is up. To find the name of a
service in the table, a session also lists the folders of all services and parses the service's model.
"""

from __future__ import annotations

from functools import cache, wraps
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, cast

from botocore.loaders import JSONFileLoader
from botocore.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE: Final = "endpoints"
"""Name of the table's file. botocore only reads it, whereas it merges additions into service models."""


def share_endpoints() -> None:
    """Parse the table only once, and look up the regions of a service only once, in all sessions."""
    _share_table()
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
