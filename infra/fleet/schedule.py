"""Scheduled actions of the fleet, parsed from text."""

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
"""Fields of a recurrence: name, minimum and maximum (Auto Scaling user guide, "Scheduled scaling"). Sunday is
0; 7 is not portable."""

SIZES: Final = ("min", "max", "desired")

_CRON_PART: Final = re.compile(r"(\d{1,2})|(?:\*|(\d{1,2})-(\d{1,2}))(?:/(\d{1,2}))?")

_NAME_CHARACTERS: Final = str.maketrans({" ": "-", "*": "any", "-": "to", "/": "by", ",": "and"})
"""Characters of a recurrence -> characters of a name, one to one."""

EXAMPLE: Final = "30 7 * * 1-5 min=4 desired=6"


@dataclass(frozen=True, kw_only=True)
class ScheduledAction:
    """Recurring time, and the sizes of the group from then on; None leaves a size unchanged."""

    recurrence: str
    """Cron expression of five fields."""
    min_size: int | None
    max_size: int | None
    desired_capacity: int | None

    @property
    def name(self) -> str:
        """Name made of the recurrence, which is unique in a group, such as `30-7-any-any-1to5`.

        A name by position would move to another recurrence when an earlier action goes, and two actions can't
        have the same time (Auto Scaling user guide, "Scheduled scaling").
        """
        plain = re.sub(r"\b0(?=\d)", "", self.recurrence)
        return plain.translate(_NAME_CHARACTERS)


def parse_scheduled_action(text: str) -> ScheduledAction:
    """Parse `minute hour day month weekday` and one or more of `min=`, `max=`, `desired=`.

    Raises:
        ValueError: The text is invalid; the message names the part.
    """
    words = text.split()
    fields, sizes = words[: len(CRON_FIELDS)], words[len(CRON_FIELDS) :]
    if len(fields) < len(CRON_FIELDS) or not sizes:
        raise ValueError(f"{text!r} is not five cron fields and a size")
    for field, (name, minimum, maximum) in zip(fields, CRON_FIELDS, strict=True):
        if not is_cron_field(field, minimum, maximum):
            raise ValueError(f"{field!r} is no {name} from {minimum} to {maximum}")
    values: dict[str, int] = {}
    for word in sizes:
        name, _, number = word.partition("=")
        if name not in SIZES or name in values or not re.fullmatch(r"\d{1,4}", number):
            raise ValueError(f"{word!r} is none of {', '.join(f'{size}=<number>' for size in SIZES)}")
        values[name] = int(number)
    return ScheduledAction(
        recurrence=" ".join(fields),
        min_size=values.get("min"),
        max_size=values.get("max"),
        desired_capacity=values.get("desired"),
    )


def is_cron_field(text: str, minimum: int, maximum: int) -> bool:
    """Return whether a text is a cron field: numbers, ranges and steps from `minimum` to `maximum`."""
    return all(_is_in_range(part, minimum, maximum) for part in text.split(","))


def _is_in_range(part: str, minimum: int, maximum: int) -> bool:
    match = _CRON_PART.fullmatch(part)
    if match is None:
        return False
    only, first, last, step = (int(group) if group else None for group in match.groups())
    ends = [number for number in (only, first, last) if number is not None]
    is_ascending = first is None or last is None or first <= last
    return is_ascending and step != 0 and all(minimum <= number <= maximum for number in ends)
