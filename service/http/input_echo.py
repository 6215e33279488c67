"""Short text of invalid input, for error responses. Standard library only: batches need no framework."""

from __future__ import annotations

import json
from typing import Final

ECHO_CHARACTERS: Final = 100
"""Maximum number of characters of a client's input in a response."""


def echo(value: object) -> str:
    """Return a client's input as short text that is valid UTF-8.

    Objects and arrays are named, not shown: they may be nested thousands of levels deep. Half a surrogate
    pair, which JSON can contain, has no UTF-8 and becomes a question mark.
    """
    match value:
        case str():
            text = value
        case bool() | int() | float() | None:
            text = json.dumps(value)
        case dict():
            text = "an object"
        case list():
            text = "an array"
        case _:
            text = "something else"
    if len(text) > ECHO_CHARACTERS:
        text = text[: ECHO_CHARACTERS - 1] + "…"
    return text.encode("utf-8", "replace").decode("utf-8")
