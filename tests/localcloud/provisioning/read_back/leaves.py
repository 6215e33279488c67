"""What was asked of AWS and what AWS tells, as sets of keys with their values: one fact is one pair.

A key is written without case and punctuation. Pairs of `Key` and `Value`, as in tags and attributes, are the
key that they name; so are the changes of API Gateway, by the last part of their path. A text that is JSON is
what it says.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Leaf: TypeAlias = tuple[str, str]


def leaves(tree: object, key: str = "") -> Iterator[Leaf]:
    """Give every value of a structure, with the key that it stands under."""
    match tree:
        case dict():
            for inner, value in _named(cast("dict[str, Any]", tree), key):
                yield from leaves(value, inner)
        case list() | tuple():
            for value in cast("list[Any]", tree):
                yield from leaves(value, key)
        case str() if key == "Tagging":
            yield from ((bare(inner), value) for inner, value in parse_qsl(tree))
        case str() if tree[:1] in {"{", "["} and (document := _document(tree)) is not None:
            yield from leaves(document, key)
        case None:
            pass
        case _:
            yield bare(key), plain(tree)


def _named(structure: dict[str, Any], key: str) -> Iterable[tuple[str, Any]]:
    """Give the members of a structure by the keys that they are about."""
    match structure:
        case {"Key": named, "Value": value} | {"TagKey": named, "TagValue": value}:
            return [(str(named), value)]
        case {"op": "replace", "path": path, "value": value}:
            return [(str(path).rpartition("/")[2], value)]
        case {"Value": value} if len(structure) == 1:
            return [(key, value)]
        case _:
            return structure.items()


def bare(key: str) -> str:
    """Write a key as everybody writes it."""
    return re.sub(r"[^a-z0-9]", "", key.lower())


def plain(value: object) -> str:
    """Write a value as everybody writes it."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"{value:g}"
        case bytes():
            return value.decode()
        case _:
            return str(value)


def _document(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
