"""Scheduled actions: the minimum and maximum size of a group in each hour of the week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from infra.fleet.schedule import CRON_FIELDS, is_cron_field
from scripts.cost.demand.calendar import HOURS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from scripts.program.resources import Inputs

MINUTES_PER_WEEK: Final = HOURS_PER_WEEK * 60
"""Minutes of a week."""

UNCHANGED: Final = -1
"""Value, from Terraform, of a size that an action does not change."""


@dataclass(frozen=True)
class SizeChange:
    """Size that applies from a minute of the week on; the week begins on Monday at midnight."""

    minute: int
    size: int


def is_weekly(action: Inputs) -> bool:
    """Return whether an action recurs every week, so that the bill's week includes it."""
    fields = str(action.get("recurrence") or "").split()
    readable = len(fields) == len(CRON_FIELDS) and all(
        is_cron_field(field, minimum, maximum)
        for field, (_, minimum, maximum) in zip(fields, CRON_FIELDS, strict=True)
    )
    return readable and fields[2:4] == ["*", "*"] and not (action.get("startTime") or action.get("endTime"))


def hourly_sizes(actions: Iterable[Inputs], key: str, default: int) -> int | tuple[int, ...]:
    """Return a limit in each hour of the week, or a single number if no action changes it.

    An hour in which it changes counts with the larger size. Hours are in the actions' time zone. The desired
    capacity is ignored: target tracking overrides it within minutes.

    Args:
        actions: weekly scheduled actions.
        key: `minSize` or `maxSize`.
        default: the group's own limit.
    """
    changes = sorted(
        (
            SizeChange(minute, int(size))
            for action in actions
            if (size := action.get(key)) is not None and size != UNCHANGED
            for minute in _minutes(str(action["recurrence"]))
        ),
        key=lambda it: it.minute,
    )
    if not changes:
        return default
    # The size at the end of a week applies until the first change of the next.
    by_minute: NDArray[np.int64] = np.full(MINUTES_PER_WEEK, changes[-1].size)
    for change in changes:
        by_minute[change.minute :] = change.size
    return tuple(int(size) for size in by_minute.reshape(HOURS_PER_WEEK, 60).max(axis=1))


def _minutes(recurrence: str) -> list[int]:
    minutes, hours, _, _, weekdays = (
        _values(field, minimum, maximum)
        for field, (_, minimum, maximum) in zip(recurrence.split(), CRON_FIELDS, strict=True)
    )
    # Cron's week begins on Sunday.
    days = {(weekday - 1) % 7 for weekday in weekdays}
    return [(day * 24 + hour) * 60 + minute for day in days for hour in hours for minute in minutes]


def _values(field: str, minimum: int, maximum: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        ends, _, step = part.partition("/")
        first, _, last = ends.partition("-")
        low = minimum if first == "*" else int(first)
        high = maximum if first == "*" else int(last or first)
        found |= set(range(low, high + 1, int(step or 1)))
    return found
