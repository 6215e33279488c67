"""CloudWatch's evaluation of an alarm, M datapoints out of N, over a stream of metrics with late datapoints.

After "Configuring how CloudWatch alarms treat missing data" in the CloudWatch user guide: an evaluation reads
a range of more periods than N. If it finds N datapoints, it compares the newest N; if not, it treats the rest
as the alarm says, here as not breaching.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.monitoring.alarm_definitions import PERIOD, Alarm, ErrorRate, Shortage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from infra.monitoring.metrics import Metric

MORE_PERIODS: Final = 2
"""Periods that the range has more than N: 5 for an alarm of 3 in the user guide's examples."""

Stream = dict[str, "Callable[[int], float | None]"]
"""Name of a metric -> its value in each minute; None without a datapoint."""


def seconds_until_alarm(
    alarm: Alarm,
    stream: Stream,
    *,
    start: int = 0,
    minutes: int = 60,
    delay: Mapping[str, int] | int = 0,
    phase: int = 0,
) -> int | None:
    """Return the seconds from `start` until the alarm is on, or None.

    Args:
        alarm: Alarm of the stack.
        stream: Metrics; those that it lacks have no datapoints.
        start: Second of the failure.
        minutes: Minutes to simulate.
        delay: Seconds from the end of a minute until its datapoint can be read; also by metric.
        phase: Second of each minute in which the alarm is evaluated.
    """
    for now in range(phase, minutes * PERIOD, PERIOD):
        if _is_breaching(alarm, stream, now, delay):
            return now - start
    return None


def _is_breaching(alarm: Alarm, stream: Stream, now: int, delay: Mapping[str, int] | int) -> bool:
    newest = now // PERIOD - 1
    wanted = alarm.evaluation_periods
    values = (
        _value(alarm, stream, minute, now, delay)
        for minute in range(newest, newest - wanted - MORE_PERIODS, -1)
        if minute >= 0
    )
    found = [value for value in values if value is not None][:wanted]
    return sum(value > alarm.threshold for value in found) >= alarm.datapoints_to_alarm


def _value(
    alarm: Alarm, stream: Stream, minute: int, now: int, delay: Mapping[str, int] | int
) -> float | None:
    def read(metric: Metric) -> float | None:
        late = delay if isinstance(delay, int) else delay.get(metric.name, 0)
        if (minute + 1) * PERIOD + late > now or metric.name not in stream:
            return None
        return stream[metric.name](minute)

    def total(metrics: Iterable[Metric]) -> float:
        return sum(read(metric) or 0 for metric in metrics)

    match alarm.metric:
        case ErrorRate(errors=errors, total=parts):
            whole = total(parts)
            return 100 * total(errors) / whole if whole > 0 else 0
        case Shortage(healthy=healthy, desired=desired):
            present, needed = read(healthy), read(desired)
            return None if present is None or needed is None else max(needed - present, 0)
        case metric:
            return read(metric)
