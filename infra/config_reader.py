"""Reads a table of raw strings and remembers every mistake in it, so that all are told at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

T = TypeVar("T")
Name = TypeVar("Name", bound=str)


@dataclass(frozen=True)
class Setting(Generic[T]):
    """What one key says, if it can be read at all."""

    key: str
    readable: T | None
    """None where nothing can be made of the text; the reader holds the mistake."""

    @property
    def value(self) -> T:
        """What it says, once the reader has told that there are no mistakes.

        Raises:
            LookupError: When it could not be read.
        """
        if self.readable is None:
            raise LookupError(f"{self.key} could not be read")
        return self.readable


@dataclass(frozen=True)
class Part(Generic[T]):
    """What the keys of one subject say together."""

    contradictions: tuple[str, ...]
    """A sentence for each two of them that cannot both be meant."""
    value: Callable[[], T]
    """Makes the typed value, once the reader has told that there are no mistakes."""


class Reader:
    """Reads keys one by one; `mistakes` holds, in order, a sentence for each thing that is wrong."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._known: list[str] = []
        self.mistakes: list[str] = []

    def text(self, key: str) -> Setting[str]:
        """Read any text, also the empty one."""
        return self.parsed(key, "any text", str)

    def whole(self, key: str, least: int, most: int) -> Setting[int]:
        """Read a whole number; one out of range is a mistake, and yet takes part in relations."""
        allowed = f"a whole number from {least:,} to {most:,}"
        setting = self.parsed(key, allowed, whole)
        if setting.readable is not None and not least <= setting.readable <= most:
            self._reject(key, allowed)
        return setting

    def number(self, key: str, numbers: Sequence[int]) -> Setting[int]:
        """Read one of the numbers."""

        def chosen(given: str) -> int:
            number = whole(given)
            if number not in numbers:
                nearest = min(numbers, key=lambda allowed: abs(allowed - number))
                raise ValueError(f"the nearest is {nearest}")
            return number

        return self.parsed(key, f"one of {', '.join(map(str, numbers))}", chosen)

    def flag(self, key: str) -> Setting[bool]:
        """Read a yes or no."""
        words = {"true": True, "false": False}

        def chosen(given: str) -> bool:
            if given not in words:
                raise ValueError(did_you_mean(given, words))
            return words[given]

        return self.parsed(key, " or ".join(words), chosen)

    def choice(self, key: str, names: Sequence[Name]) -> Setting[Name]:
        """Read one of the names."""

        def chosen(given: str) -> Name:
            for name in names:
                if name == given:
                    return name
            raise ValueError(did_you_mean(given, names))

        return self.parsed(key, " or ".join(names), chosen)

    def words(self, key: str, names: Sequence[Name]) -> Setting[tuple[Name, ...]]:
        """Read any number of the names, parted by commas, each once; in the order of `names`."""

        def chosen(given: str) -> tuple[Name, ...]:
            asked = [word.strip() for word in given.split(",")] if given.strip() else []
            for word in asked:
                if word not in names:
                    raise ValueError(f"{word!r} is none of them; {did_you_mean(word, names)}".rstrip("; "))
                if asked.count(word) > 1:
                    raise ValueError(f"{word} is there twice")
            return tuple(name for name in names if name in asked)

        return self.parsed(key, f"any of {', '.join(names)}, parted by commas, or nothing", chosen)

    def several(
        self, key: str, allowed: str, parse: Callable[[str], T], *, most: int, separator: str = ","
    ) -> Setting[tuple[T, ...]]:
        """Read any number of things, up to `most`; one that comes twice is a mistake."""

        def chosen(given: str) -> tuple[T, ...]:
            parts = [part.strip() for part in given.split(separator) if part.strip()]
            things = tuple(parse(part) for part in parts)
            twice = next((part for at, part in enumerate(parts) if things[at] in things[:at]), None)
            if twice is not None:
                raise ValueError(f"{twice!r} comes twice")
            if len(things) > most:
                raise ValueError(f"{len(things):,} of them")
            return things

        return self.parsed(key, f"up to {most:,} {allowed}, with {separator!r} between them", chosen)

    def parsed(self, key: str, allowed: str, parse: Callable[[str], T]) -> Setting[T]:
        """Read whatever `parse` makes of the text; its ValueError says why it makes nothing."""
        self._known.append(key)
        if key not in self._values:
            self.mistakes.append(f"{key} is missing: allowed is {allowed}")
            return Setting(key, None)
        try:
            return Setting(key, parse(self._values[key]))
        except ValueError as reason:
            self._reject(key, allowed, str(reason))
            return Setting(key, None)

    def reject_unknown_keys(self) -> None:
        """Call each key that nothing has read a mistake, and name the nearest one that something has."""
        for key in sorted(self._values.keys() - set(self._known)):
            hint = did_you_mean(key, self._known) or f"known are {', '.join(self._known)}"
            self.mistakes.append(f"{key} is not a key: {hint}")

    def _reject(self, key: str, allowed: str, reason: str = "") -> None:
        aside = f" ({reason})" if reason else ""
        self.mistakes.append(f"{key} is {self._values[key]!r}{aside}: allowed is {allowed}")


def whole(text: str) -> int:
    """Read a whole number.

    Raises:
        ValueError: It is none.
    """
    # Fifteen digits are more than any range here has, and few enough to convert whatever is pasted.
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", text):
        raise ValueError
    return int(text)


def did_you_mean(given: str, names: Iterable[str]) -> str:
    """Suggest the name that was probably meant; empty when none is near."""
    by_lower_case = {name.lower(): name for name in names}
    near = get_close_matches(given.lower(), by_lower_case, n=1)
    return f"did you mean {by_lower_case[near[0]]}?" if near else ""
