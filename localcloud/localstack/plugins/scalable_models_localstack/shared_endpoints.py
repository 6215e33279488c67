"""One copy of botocore's table of regions and endpoints for all sessions of a process.

LocalStack and moto create a session wherever they look up the regions of a service, and each session would
parse the table of 1.2 MB anew: a seventh of the processor time until a stack is up.
"""

from __future__ import annotations

from functools import cache, wraps
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, cast

from botocore.loaders import JSONFileLoader

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE: Final = "endpoints"
"""Name of the table's file. botocore only reads it, whereas it merges additions into service models."""


def share_endpoints() -> None:
    """Parse the table only once, however many sessions read it."""
    load_file = cast("Callable[[JSONFileLoader, str], object]", JSONFileLoader.load_file)
    loader = JSONFileLoader()

    @cache
    def load_table(file_path: str) -> object:
        return load_file(loader, file_path)

    @wraps(load_file)
    def load(self: JSONFileLoader, file_path: str) -> object:
        return load_table(file_path) if PurePath(file_path).name == TABLE else load_file(self, file_path)

    JSONFileLoader.load_file = load
