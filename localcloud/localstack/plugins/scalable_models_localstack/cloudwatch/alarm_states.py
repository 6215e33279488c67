"""State of an alarm from its latest datapoints.

Source: CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data".
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def evaluation_range(alarm: Mapping[str, Any]) -> int:
    """Return the number of periods to read, some more than are evaluated, in case that some have no data."""
    periods = int(alarm["EvaluationPeriods"])
    return periods + max(periods // 3, 2)


def alarm_state(alarm: Mapping[str, Any], values: Sequence[float | None]) -> str | None:
    """Return the state of an alarm; None if it stays as it is.

    Args:
        alarm: alarm in the shape of DescribeAlarms.
        values: value of each period of the evaluation range, oldest first; None without data.
    """
    compare, threshold = COMPARISONS[alarm["ComparisonOperator"]], float(alarm["Threshold"])
    periods = int(alarm["EvaluationPeriods"])
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    treatment = alarm.get("TreatMissingData", "missing")
    breaching = [None if value is None else compare(value, threshold) for value in values]
    real = [breach for breach in breaching if breach is not None]
    if len(real) >= periods:
        return "ALARM" if sum(real[-periods:]) >= needed else "OK"
    latest = breaching[-periods:]
    if treatment in {"breaching", "notBreaching"}:
        filled = [treatment == "breaching" if breach is None else breach for breach in latest]
        return "ALARM" if sum(filled) >= needed else "OK"
    if not real or latest.count(None) == periods:
        return "INSUFFICIENT_DATA" if treatment == "missing" else None
    # The oldest of the datapoints that the alarm needs breaches, and no later one contradicts it.
    is_early_alarm = breaching[-needed] is True and False not in breaching[-needed:]
    if latest.count(True) >= needed or is_early_alarm:
        return "ALARM" if treatment == "missing" or latest.count(True) >= needed else None
    return "OK" if treatment == "missing" else None


class EvaluatedStates:
    """Last state of each alarm by its metrics. One that is set by hand stays until this state changes."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}

    def reset(self, alarm: str) -> None:
        """Begin anew with an alarm that is created or changed."""
        self._states[alarm] = "INSUFFICIENT_DATA"

    def changes(self, alarm: str, state: str | None, present: str) -> bool:
        """Record the state of an alarm by its metrics; return whether the alarm has to be set to it.

        Args:
            alarm: name of the alarm.
            state: state by its metrics; None if it stays as it is.
            present: state that the alarm has.
        """
        if state is None or self._states.get(alarm) == state:
            return False
        self._states[alarm] = state
        return state != present
