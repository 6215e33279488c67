"""Sizes that a fleet is to have at certain times: a line of text, read once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

CRON_FIELDS: Final = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 6),
)
"""Of a recurrence, with the least and the most of each (Auto Scaling user guide, "Scheduled scaling").
Sunday is 0: not every cron takes it for 7 as well."""

SIZES: Final = ("min", "max", "desired")

_PART: Final = re.compile(r"(\d{1,2})|(?:\*|(\d{1,2})-(\d{1,2}))(?:/(\d{1,2}))?")

EXAMPLE: Final = "30 7 * * 1-5 min=4 desired=6"


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """A time that comes again and again, and what the group is to be like from then on."""

    recurrence: str
    """Five fields, as cron has them."""
    least: int | None
    most: int | None
    desired: int | None
    """None leaves each as it is."""


def parse_occasion(text: str) -> Occasion:
    """Read `minute hour day month weekday` and one or more of `min=`, `max=`, `desired=`.

    Raises:
        ValueError: It cannot be read; the text says which part.
    """
    words = text.split()
    fields, sizes = words[: len(CRON_FIELDS)], words[len(CRON_FIELDS) :]
    if len(fields) < len(CRON_FIELDS) or not sizes:
        raise ValueError(f"{text!r} is not five cron fields and a size")
    for field, (name, least, most) in zip(fields, CRON_FIELDS, strict=True):
        if not is_field(field, least, most):
            raise ValueError(f"{field!r} is no {name} from {least} to {most}")
    told: dict[str, int] = {}
    for word in sizes:
        name, _, number = word.partition("=")
        if name not in SIZES or name in told or not re.fullmatch(r"\d{1,4}", number):
            raise ValueError(f"{word!r} is none of {', '.join(f'{size}=<number>' for size in SIZES)}")
        told[name] = int(number)
    return Occasion(
        recurrence=" ".join(fields),
        least=told.get("min"),
        most=told.get("max"),
        desired=told.get("desired"),
    )


def is_field(text: str, least: int, most: int) -> bool:
    """Whether a text is a field of cron: numbers, ranges and steps between `least` and `most`."""
    return all(_is_in_range(part, least, most) for part in text.split(","))


def _is_in_range(part: str, least: int, most: int) -> bool:
    found = _PART.fullmatch(part)
    if found is None:
        return False
    only, first, last, step = (int(group) if group else None for group in found.groups())
    ends = [number for number in (only, first, last) if number is not None]
    rising = first is None or last is None or first <= last
    return rising and step != 0 and all(least <= number <= most for number in ends)
