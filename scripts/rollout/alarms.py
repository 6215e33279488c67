"""The stack's alarms: looked at before a roll-out, and all the while."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from scripts.rollout.result import RolloutError

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOK_EVERY: Final = 5.0
"""Seconds between two looks; CloudWatch itself looks once a minute."""

AT_ONCE: Final = 100
"""Alarms that one call describes (CloudWatch API reference 2010-08-01, DescribeAlarms)."""


class AlarmError(RuntimeError):
    """An alarm went off; the message says which, and what it says."""


class Watch:
    """Looks at some alarms, and at no others."""

    def __init__(self, cloudwatch: Any, names: Sequence[str]) -> None:  # noqa: ANN401 - boto3 makes a client's methods at run time
        self._cloudwatch = cloudwatch
        self._names = list(names)
        self._known: set[str] = set()

    def begin(self, *, despite_alarms: bool) -> None:
        """Make sure that all is quiet.

        Args:
            despite_alarms: Take those that are on already as they are, and look at the others alone.

        Raises:
            RolloutError: An alarm is on.
        """
        already = self._ringing()
        if already and not despite_alarms:
            told = "; ".join(already.values())
            raise RolloutError(f"{told}. Nothing was changed; --despite-alarms goes ahead all the same.")
        self._known = set(already)

    def quiet(self) -> list[str]:
        """Return the names of the alarms that are not taken as they are."""
        return [name for name in self._names if name not in self._known]

    def look(self) -> None:
        """Look once.

        Raises:
            AlarmError: An alarm went off since the beginning.
        """
        ringing = self._ringing()
        # One that went quiet meanwhile may go off anew.
        self._known &= ringing.keys()
        if new := [told for name, told in ringing.items() if name not in self._known]:
            raise AlarmError("; ".join(new))

    def look_for(self, seconds: float) -> None:
        """Look again and again for a while, and once at its end; raises as `look` does."""
        until = time.monotonic() + seconds
        while True:
            began = time.monotonic()
            self.look()
            # One that began before the end has not seen all that happened until then, however long it took.
            if began >= until:
                return
            time.sleep(max(0, min(until - time.monotonic(), LOOK_EVERY)))

    def _ringing(self) -> dict[str, str]:
        """Return what is on: the alarm's name -> what to tell of it."""
        described: list[dict[str, Any]] = []
        for first in range(0, len(self._names), AT_ONCE):
            names = self._names[first : first + AT_ONCE]
            answer = self._cloudwatch.describe_alarms(AlarmNames=names, MaxRecords=AT_ONCE)
            described += answer["MetricAlarms"] + answer.get("CompositeAlarms", [])
        if missing := set(self._names) - {alarm["AlarmName"] for alarm in described}:
            raise RolloutError(f"the alarm {min(missing)} is gone, so nobody would notice what goes wrong")
        return {
            alarm["AlarmName"]: f"the alarm {alarm['AlarmName']} is on: {_why(alarm)}"
            for alarm in described
            if alarm["StateValue"] == "ALARM"
        }


def _why(alarm: dict[str, Any]) -> str:
    return alarm.get("AlarmDescription") or alarm.get("StateReason") or "it says no more"
