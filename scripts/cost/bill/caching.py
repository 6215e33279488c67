"""Cache of the results of pure functions, by their arguments.

Tables, charts and the conclusion of one report need the same bills; and prices and most assumptions don't
change the size of a fleet, which all regions share.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

MAXIMUM_RESULTS: Final = 4_096
"""Maximum number of results of a function that are kept, a few kB each: those that were used last."""


def cached(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Return the function with an `lru_cache`, which by itself loses the types of the parameters."""
    return cast("Callable[Parameters, Result]", lru_cache(MAXIMUM_RESULTS)(function))
