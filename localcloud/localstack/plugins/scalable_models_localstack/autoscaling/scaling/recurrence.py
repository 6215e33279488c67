"""Times of a scheduled action: the next one of a cron expression in a time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from crontab import CronTab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAY_OF_MONTH, DAY_OF_WEEK = 2, 4
"""Positions of the two fields of which one that matches is sufficient if both are restricted (crontab(5))."""

FIELDS = 5


def next_time(recurrence: str, zone: str, after: datetime) -> datetime | None:
    """Return the first time of a recurrence that is later than `after`, in UTC; None if there is none.

    Raises:
        ValueError: The expression is invalid.
        ZoneInfoNotFoundError: There is no such time zone.
    """
    fields = recurrence.split()
    if len(fields) != FIELDS:
        raise ValueError(f"{recurrence!r} has not {FIELDS} fields")
    alternatives = [fields]
    if fields[DAY_OF_MONTH] != "*" and fields[DAY_OF_WEEK] != "*":
        alternatives = [
            [*fields[:position], "*", *fields[position + 1 :]] for position in (DAY_OF_MONTH, DAY_OF_WEEK)
        ]
    times = [next(_times(" ".join(each), ZoneInfo(zone), after), None) for each in alternatives]
    return min((time for time in times if time is not None), default=None)


def _times(expression: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Return the times of an expression later than `after`, by the clock on the wall of the time zone."""
    following = cast("Callable[..., float | None]", CronTab(expression).next)  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue] - it has no types
    local = after.astimezone(zone).replace(tzinfo=None, microsecond=0)
    while (seconds := following(local, default_utc=True)) is not None:
        local += timedelta(seconds=round(seconds))
        time = local.replace(tzinfo=zone).astimezone(UTC)
        # In the hour that a clock repeats, the first one counts.
        if time > after:
            yield time
