"""Leaves of requests and responses as pairs of key and value.

Keys are normalised to lower case without punctuation. A structure of `Key` and `Value`, as in tags and
attributes, is one pair; so is a patch operation of API Gateway, by the last part of its path. A string that
contains JSON is parsed.
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
    """Yield every value of a structure with its key."""
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
    """Return the members of a structure with their effective keys."""
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
    """Return a normalised key."""
    return re.sub(r"[^a-z0-9]", "", key.lower())


def plain(value: object) -> str:
    """Return a normalised value."""
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
