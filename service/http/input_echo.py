"""Shows clients what they gave. Standard library alone: batches are read without any framework."""

from __future__ import annotations

import json
from typing import Final

ECHO_CHARACTERS: Final = 100
"""Of what a client sent, no more than this is sent back."""


def echo(given: object) -> str:
    """Turn what a client gave into text that is short and can be sent back, whatever it was.

    What holds other values is named, not shown: it may be nested thousands of levels deep. Half a surrogate
    pair, which JSON can smuggle into a string, has no UTF-8 and becomes a question mark.
    """
    match given:
        case str():
            text = given
        case bool() | int() | float() | None:
            text = json.dumps(given)
        case dict():
            text = "an object"
        case list():
            text = "an array"
        case _:
            text = "something else"
    if len(text) > ECHO_CHARACTERS:
        text = text[: ECHO_CHARACTERS - 1] + "…"
    return text.encode("utf-8", "replace").decode("utf-8")
