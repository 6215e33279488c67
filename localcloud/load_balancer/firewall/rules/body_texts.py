"""Texts of a body that an application reads one by one: JSON strings, arguments of a form, parts, cells.

A quotation mark around a text belongs to its format, and is none that an attacker has added.
"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGINNINGS_OF_JSON: Final = ("{", "[", '"')


def body_texts(body: str, content_type: str) -> list[str]:
    """Return the texts of a body, each with one character for each byte; the whole body if it has no format.

    Args:
        body: the body, perhaps only its beginning.
        content_type: `Content-Type` of the request, or "".
    """
    if body.lstrip().startswith(_BEGINNINGS_OF_JSON):
        return _texts_of_json(body)
    if body.startswith("--"):
        return [part for each in body.split("\r\n--") for part in each.split("\r\n\r\n")]
    if "csv" in content_type.lower():
        return _cells(body)
    name, equals, _ = body.partition("=")
    if equals and not any(each.isspace() for each in name):
        pairs = parse_qsl(body, keep_blank_values=True, encoding="latin-1")
        return [text for pair in pairs for text in pair]
    return [body]


def _cells(body: str) -> list[str]:
    try:
        return [cell for row in csv.reader(body.splitlines(keepends=True)) for cell in row]
    except csv.Error:
        return [body]


def _texts_of_json(body: str) -> list[str]:
    """Return the strings of a document, or of one in each line; the body if it is not JSON."""
    try:
        return list(_strings(json.loads(body)))
    except (ValueError, RecursionError):
        pass
    try:
        return [text for line in body.splitlines() if line.strip() for text in _strings(json.loads(line))]
    except (ValueError, RecursionError):
        return [body]


def _strings(root: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the keys and strings of a JSON document."""
    stack: list[Any] = [root]
    while stack:
        match stack.pop():
            case dict() as members:  # pyright: ignore[reportUnknownVariableType] - JSON
                stack += [*members, *members.values()]  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - JSON
            case list() as items:  # pyright: ignore[reportUnknownVariableType] - JSON
                stack += items  # pyright: ignore[reportUnknownArgumentType] - JSON
            case str() as text:
                yield text if text.isascii() else text.encode("latin-1", "replace").decode("latin-1")
            case _:
                pass
