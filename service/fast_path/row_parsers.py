"""Parsers of one row in a path, a query or a body, made from a model's definition when the fast path starts.

They take only rows that they are certain about: numbers in the notation that nearly all clients send, and
each feature once. Everything else is None, and left to the framework.
"""

from __future__ import annotations

import json
from itertools import permutations
from operator import le
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.model.definition import Definition
    from service.model.feature import Row

    ParseRow = Callable[[bytes], Row | None]
    """Text -> row whose ranges are not checked yet, or None."""

_DIGITS: Final = b"0123456789."
"""Characters of which float() reads every text exactly as the framework does."""

_EXACT: Final = 2.0**53
"""Largest magnitude up to which every integer is a float, so that a range holds before and after rounding."""

_MAX_PERMUTED: Final = 4
"""Maximum number of features all of whose orders are known: four have 24."""

_MAX_QUERY_FEATURES: Final = 100
"""Maximum number of features in a query. The server refuses those with more fields."""

_MAX_GENERATED: Final = 100
"""Maximum number of features that are compared without a loop."""


def is_plain(definition: Definition) -> bool:
    """Return whether the parsers can read the rows of a model: numbers only, of which none may be missing."""
    return all(not feature.levels and not feature.optional for feature in definition.features) and (
        max(definition.magnitudes()) < _EXACT
    )


def path_parser(definition: Definition) -> ParseRow:
    """Return the parser of values separated by slashes, in the order of the features."""
    digits = _digits(definition)
    slashes = b"/" * (len(definition.features) - 1)

    def parse(path: bytes) -> Row | None:
        if path.translate(None, digits) != slashes:
            return None
        try:
            return tuple(map(float, path.split(b"/")))
        except ValueError:
            return None

    return parse


def query_parser(definition: Definition, *, generated: bool) -> ParseRow:
    """Return the parser of `name=value` separated by `&`, in any order.

    If it is generated, it has no loop, which takes a fifth of its time, and 0.3 ms to start.
    """
    names = [name.encode() for name in definition.short_names]
    digits = _digits(definition)
    if len(names) > _MAX_PERMUTED or any(name.translate(None, digits) != name for name in names):
        return _query_parser_of_many(names, digits)
    positions = _positions(names)
    starts = [len(name) + 1 for name in names]

    def parse(query: bytes) -> Row | None:
        places = positions.get(query.translate(None, digits))
        if not places:
            return None
        pairs = query.split(b"&")
        try:
            # A digit within a name would shift the "=" into the number, which float() then refuses.
            return tuple([float(pairs[place][start:]) for place, start in zip(places, starts, strict=True)])
        except ValueError:
            return None

    if not generated:
        return parse
    variables = ", ".join(f"p{index}" for index in range(len(names)))
    numbers = ", ".join(f"float(pairs[p{index}][{start}:])" for index, start in enumerate(starts))
    return _generate(
        f"""
def make(positions, digits):
    def parse(query):
        places = positions.get(query.translate(None, digits))
        if not places:
            return None
        {variables}, = places
        pairs = query.split(b"&")
        try:
            return {numbers},
        except ValueError:
            return None
    return parse
"""
    )["make"](positions, digits)


def _positions(names: list[bytes]) -> dict[bytes, tuple[int, ...]]:
    """Return queries without their digits, each with the position of every feature's pair."""
    return {
        b"&".join([name + b"=" for name in order]): tuple(order.index(name) for name in names)
        for order in permutations(names)
    }


def _query_parser_of_many(names: list[bytes], digits: bytes) -> ParseRow:
    count = len(names)
    if count > _MAX_QUERY_FEATURES:
        return lambda _: None

    def parse(query: bytes) -> Row | None:
        pairs = query.split(b"&")
        if len(pairs) != count:
            return None
        values: dict[bytes, bytes] = {}
        for pair in pairs:
            name, _, values[name] = pair.partition(b"=")
        try:
            texts = [values[name] for name in names]
            return None if b"".join(texts).translate(None, digits) else tuple(map(float, texts))
        except (KeyError, ValueError):
            return None

    return parse


def body_parser(definition: Definition) -> ParseRow:
    """Return the parser of a JSON object, in any order, each value a number or one in quotes."""
    names = definition.short_names
    count = len(names)
    digits = _digits(definition).decode()

    def number(value: object) -> float:
        if isinstance(value, float):
            return value
        if isinstance(value, str) and not value.strip(digits):
            return float(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _EXACT:
            return float(value)
        raise ValueError

    def parse(body: bytes) -> Row | None:
        try:
            fields: dict[str, object] = json.loads(body)
            # There are as many colons as fields, unless a field is repeated.
            if len(fields) != count or body.count(b":") != count:
                return None
            return tuple([number(fields[name]) for name in names])
        except (KeyError, TypeError, ValueError, RecursionError):
            return None

    return parse


def range_check(definition: Definition, *, generated: bool) -> Callable[[Row], bool]:
    """Return the function that returns whether all values of a row are allowed; NaN is not."""
    minima = tuple(feature.minimum for feature in definition.features)
    maxima = tuple(feature.maximum for feature in definition.features)
    whole = [index for index, feature in enumerate(definition.features) if feature.type == "integer"]

    def is_allowed(row: Row) -> bool:
        return all(map(le, minima, row)) and all(map(le, row, maxima))

    if generated and not whole and len(minima) <= _MAX_GENERATED:
        variables = ", ".join(f"x{index}" for index in range(len(minima)))
        ranges = " and ".join(
            f"{minimum!r} <= x{index} <= {maximum!r}"
            for index, (minimum, maximum) in enumerate(zip(minima, maxima, strict=True))
        )
        return _generate(f"def check(row):\n    {variables}, = row\n    return {ranges}\n")["check"]
    if not whole:
        return is_allowed
    return lambda row: is_allowed(row) and not any(row[index] % 1 for index in whole)


def _generate(source: str) -> dict[str, Any]:
    """Return the functions of a source of this module, in which only numbers come from a definition."""
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 (it holds no text of others)
    return namespace


def _digits(definition: Definition) -> bytes:
    has_negative = any(feature.minimum < 0 for feature in definition.features)
    return _DIGITS + b"-" if has_negative else _DIGITS
