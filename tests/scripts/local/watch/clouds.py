"""Readings of a small fleet, for the tests of what follows from them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from localcloud.event_log import Event
from scripts.local.watch.observation.reading import (
    FirewallReading,
    FleetReading,
    InstanceReading,
    NodeReading,
    Policy,
    Reading,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FLEET = FleetReading(
    desired=2,
    minimum=2,
    maximum=4,
    instance_type="t4g.small",
    policies=[
        Policy(
            "ALBRequestCountPerTarget", 600, ("TargetTracking-g-AlarmHigh-1", "TargetTracking-g-AlarmLow-2")
        ),
        Policy("ASGAverageCPUUtilization", 20),
    ],
    alarms={
        "TargetTracking-g-AlarmHigh-1": "OK",
        "TargetTracking-g-AlarmLow-2": "ALARM",
        "iris-fleet-errors-930a767": "ALARM",
    },
    versions={"i-a": "1", "i-b": "2"},
    algorithm="round_robin",
)

NODE_A = NodeReading(zone="us-east-1a", answers=True)
NODE_B = NodeReading(zone="us-east-1b", answers=True)
INSTANCE_A = InstanceReading(id="i-a", zone="us-east-1a", pid=11, state="healthy", version="1")
INSTANCE_B = InstanceReading(id="i-b", zone="us-east-1b", pid=12, state="healthy", version="2")

QUIET = Reading(
    time=100.0,
    url="http://127.0.0.1:8080",
    region="us-east-1",
    nodes=[NODE_A, NODE_B],
    instances=[INSTANCE_A, INSTANCE_B],
    firewall=FirewallReading(started=1.0),
    fleet=FLEET,
    events=[Event("2026-01-01T10:00:00.000+00:00", "i-a starts in us-east-1a")],
)
"""Two instances in two zones, without requests."""


def two_seconds_later(**changes: Any) -> Reading:
    """Return the reading after `QUIET`, with changes."""
    return replace(QUIET, time=102.0, **changes)


class ScriptedReader:
    """Reader of given readings, whose last one stays."""

    def __init__(self, *readings: Reading) -> None:
        self._remaining: Iterator[Reading] = iter(readings)
        self._last = readings[0]

    def read(self) -> Reading:
        self._last = next(self._remaining, self._last)
        return self._last
