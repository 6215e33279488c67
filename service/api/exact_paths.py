"""Exact paths: each route matches its whole path, to the last character.

Starlette ends a route's pattern with `$`, which also matches before a newline: `/livez%0A` would answer as
`/livez`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.routing import BaseRoute


def match_exact_paths(routes: Iterable[BaseRoute]) -> None:
    """Replace the `$` at the end of each route's pattern with the end of the text."""
    for route in routes:
        if isinstance(route, Route):
            route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + r"\Z")
