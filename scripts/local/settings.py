"""Settings in one text, `key=value key=value`, with spaces in values: that of `make up CONFIG="..."`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

_PAIR: Final = re.compile(r"(?:^|\s)([\w:-]+)=")


class SettingsError(Exception):
    """Text that does not begin with a key."""


def split_settings(text: str, keys: Collection[str]) -> list[tuple[str, str]]:
    """Return the keys and values of a text.

    A value ends where a known key begins: `schedule=30 7 * * 1-5 min=4; 0 19 * * 1-5 min=2 owner=Ana Diaz`
    holds two settings, since there is none called `min`.

    Args:
        text: Settings, separated by spaces; it may be empty.
        keys: All known keys. The first one of the text may be another.

    Raises:
        SettingsError: The text does not begin with `key=`.
    """
    text = text.strip()
    if not text:
        return []
    begins = [it for it in _PAIR.finditer(text) if it.start() == 0 or it[1] in keys]
    if not begins or begins[0].start():
        raise SettingsError(f"{text!r} is not of the form key=value")
    ends = [*(it.start() for it in begins[1:]), len(text)]
    return [(it[1], text[it.end() : end].strip()) for it, end in zip(begins, ends, strict=True)]
