"""CloudWatch alarms of a stack, checked before and during a roll-out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from scripts.rollout.alarm_timing import seconds_to_alarm
from scripts.rollout.rollout_result import RolloutError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.type_defs import CompositeAlarmTypeDef, MetricAlarmTypeDef

POLL_SECONDS: Final = 5.0
"""Seconds between two checks; CloudWatch itself evaluates alarms once a minute."""

MAXIMUM_ALARMS_PER_CALL: Final = 100
"""Maximum number of alarms that one call describes (CloudWatch API reference 2010-08-01, DescribeAlarms)."""


class AlarmError(RuntimeError):
    """An alarm went off; the message names it and its reason."""


class AlarmWatch:
    """Watch over the alarms of one stack."""

    def __init__(self, cloudwatch: CloudWatchClient, names: Sequence[str]) -> None:
        self._cloudwatch = cloudwatch
        self._names = list(names)
        self._ignored: set[str] = set()

    def start(self, *, despite_alarms: bool) -> None:
        """Check that no alarm is on.

        Args:
            despite_alarms: Ignore the alarms that are on already, and watch only the others.

        Raises:
            RolloutError: An alarm is on.
        """
        active = self._active_alarms()
        if active and not despite_alarms:
            reasons = "; ".join(active.values())
            raise RolloutError(f"{reasons}. Nothing was changed; --despite-alarms goes ahead anyway.")
        self._ignored = set(active)

    def watched_alarms(self) -> list[str]:
        """Return the names of the alarms that are not ignored."""
        return [name for name in self._names if name not in self._ignored]

    def seconds_to_alarm(self) -> int:
        """Return the seconds that the slowest alarm needs to go off; 0 without alarms."""
        return max(map(_seconds_to_alarm, self._describe()), default=0)

    def check(self) -> None:
        """Check all watched alarms once.

        Raises:
            AlarmError: An alarm went off since the start.
        """
        active = self._active_alarms()
        # An ignored alarm that returned to OK may go off again, and then counts.
        self._ignored &= active.keys()
        if reasons := [reason for name, reason in active.items() if name not in self._ignored]:
            raise AlarmError("; ".join(reasons))

    def check_for(self, seconds: float) -> None:
        """Check repeatedly for some seconds, and once at their end; raise as `check` does."""
        until = time.monotonic() + seconds
        while True:
            started_at = time.monotonic()
            self.check()
            # A check that started before the end has not seen everything up to it, however long it took.
            if started_at >= until:
                return
            time.sleep(max(0, min(until - time.monotonic(), POLL_SECONDS)))

    def _active_alarms(self) -> dict[str, str]:
        """Return the alarms that are on: name -> sentence with the reason."""
        return {
            alarm["AlarmName"]: f"the alarm {alarm['AlarmName']} is on: {_reason(alarm)}"
            for alarm in self._describe()
            if alarm["StateValue"] == "ALARM"
        }

    def _describe(self) -> list[MetricAlarmTypeDef | CompositeAlarmTypeDef]:
        """Return the descriptions of all alarms.

        Raises:
            RolloutError: One no longer exists.
        """
        described: list[MetricAlarmTypeDef | CompositeAlarmTypeDef] = []
        for first in range(0, len(self._names), MAXIMUM_ALARMS_PER_CALL):
            names = self._names[first : first + MAXIMUM_ALARMS_PER_CALL]
            response = self._cloudwatch.describe_alarms(AlarmNames=names, MaxRecords=MAXIMUM_ALARMS_PER_CALL)
            described += response["MetricAlarms"] + response.get("CompositeAlarms", [])
        if missing := set(self._names) - {alarm["AlarmName"] for alarm in described}:
            raise RolloutError(f"the alarm {min(missing)} no longer exists, so a failure would go unnoticed")
        return described


def _seconds_to_alarm(alarm: MetricAlarmTypeDef | CompositeAlarmTypeDef) -> int:
    queries = [query.get("MetricStat", {}).get("Period", 0) for query in alarm.get("Metrics", ())]
    datapoints = alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods", 0)
    # A composite alarm has no period of its own.
    return seconds_to_alarm(max([alarm.get("Period", 0), *queries]), datapoints) if datapoints else 0


def _reason(alarm: MetricAlarmTypeDef | CompositeAlarmTypeDef) -> str:
    return alarm.get("AlarmDescription") or alarm.get("StateReason") or "no reason given"
