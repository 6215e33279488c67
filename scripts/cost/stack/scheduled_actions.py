"""Reads out of scheduled actions how few and how many instances a fleet may have in each hour of a week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from infra.fleet.schedule import CRON_FIELDS, is_field
from scripts.cost.demand.calendar import HOURS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from scripts.program.resources import Inputs

MINUTES: Final = HOURS_PER_WEEK * 60

UNCHANGED: Final = -1
"""What Terraform writes for a size that an action leaves as it is."""


@dataclass(frozen=True)
class Firing:
    """A size that holds from a minute of the week on, which begins on Monday at midnight."""

    minute: int
    size: int


def is_weekly(action: Inputs) -> bool:
    """Whether an action comes in every week alike, so that a week of the bill can show it."""
    fields = str(action.get("recurrence") or "").split()
    readable = len(fields) == len(CRON_FIELDS) and all(
        is_field(field, least, most) for field, (_, least, most) in zip(fields, CRON_FIELDS, strict=True)
    )
    return readable and fields[2:4] == ["*", "*"] and not (action.get("startTime") or action.get("endTime"))


def sizes_by_hour(actions: Iterable[Inputs], key: str, otherwise: int) -> int | tuple[int, ...]:
    """Say what a limit is in each hour of a week; a single number where no action moves it.

    An hour in which it changes counts with the larger size. Hours are those of the actions' time zone. The
    desired capacity moves no limit: targets take it back within minutes.

    Args:
        actions: scheduled ones, each of which comes every week.
        key: `minSize` or `maxSize`.
        otherwise: what the group has without them.
    """
    firings = sorted(
        (
            Firing(minute, int(size))
            for action in actions
            if (size := action.get(key)) is not None and size != UNCHANGED
            for minute in _minutes(str(action["recurrence"]))
        ),
        key=lambda it: it.minute,
    )
    if not firings:
        return otherwise
    # What holds at the end of a week holds until the first change of the next.
    by_minute: NDArray[np.int64] = np.full(MINUTES, firings[-1].size)
    for firing in firings:
        by_minute[firing.minute :] = firing.size
    return tuple(int(size) for size in by_minute.reshape(HOURS_PER_WEEK, 60).max(axis=1))


def _minutes(recurrence: str) -> list[int]:
    minutes, hours, _, _, weekdays = (
        _values(field, least, most)
        for field, (_, least, most) in zip(recurrence.split(), CRON_FIELDS, strict=True)
    )
    # Cron's week begins on a Sunday.
    days = {(weekday - 1) % 7 for weekday in weekdays}
    return [(day * 24 + hour) * 60 + minute for day in days for hour in hours for minute in minutes]


def _values(field: str, least: int, most: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        ends, _, step = part.partition("/")
        first, _, last = ends.partition("-")
        low = least if first == "*" else int(first)
        high = most if first == "*" else int(last or first)
        found |= set(range(low, high + 1, int(step or 1)))
    return found
