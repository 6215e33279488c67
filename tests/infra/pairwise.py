"""Pairwise configurations: few of them, in which every legal pair of values occurs at least once."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias, cast

from allpairspy import AllPairs  # pyright: ignore[reportMissingTypeStubs] (it has none)

from infra.stack_config import find_mistakes
from tests.infra.factors import FACTORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Choice: TypeAlias = tuple[str, str]
"""Key and one of its values."""


def pairs(values: Mapping[str, str]) -> set[frozenset[Choice]]:
    """Return all pairs of choices of a configuration."""
    return {frozenset(pair) for pair in combinations(values.items(), 2)}


@cache
def pairwise_configurations() -> tuple[Mapping[str, str], ...]:
    """Return configurations that cover every legal pair of values.

    A pair is legal if the program accepts some configuration with both values. AllPairs stops at the first
    configuration without a new pair, and so misses some pairs under constraints: a search for each adds them.
    """
    found = list(_generated(FACTORS))
    covered = set[frozenset[Choice]]().union(*map(pairs, found))
    choices = [(key, value) for key, values in FACTORS.items() for value in values]
    for one, other in combinations(choices, 2):
        if one[0] == other[0] or frozenset((one, other)) in covered:
            continue
        fixed = {one[0]: (one[1],), other[0]: (other[1],)}
        # The fixed keys come first, so that an illegal pair ends the search at once.
        others = {key: values for key, values in FACTORS.items() if key not in fixed}
        configuration = next(_generated({**fixed, **others}), None)
        if configuration is not None:
            covered |= pairs(configuration)
            found.append(configuration)
    return tuple({key: configuration[key] for key in FACTORS} for configuration in found)


def _generated(factors: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Yield the configurations of AllPairs."""
    keys = tuple(factors)

    def is_legal(values: Sequence[str]) -> bool:
        return not find_mistakes(dict(zip(keys, values, strict=False)))

    rows = cast("Iterator[Sequence[str]]", AllPairs(list(factors.values()), filter_func=is_legal))
    for row in rows:
        yield dict(zip(keys, row, strict=True))
