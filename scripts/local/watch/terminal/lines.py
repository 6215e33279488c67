"""Lines of the terminal view where there is no terminal: sentences, or JSON objects for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scripts.local.watch.view import numbers
from scripts.local.watch.view.alarms import alarms_of
from scripts.local.watch.view.events import event_sentence
from scripts.local.watch.view.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localcloud.event_log import Event
    from scripts.local.watch.observation.snapshot import Snapshot
    from scripts.local.watch.view.texts import Language


def new_events(before: Sequence[Event], now: Sequence[Event]) -> list[Event]:
    """Return the events that have been added since an earlier look."""
    return [event for event in now if event not in before]


def sentences(snapshot: Snapshot, events: Sequence[Event], language: Language) -> list[str]:
    """Return a line for each event, and one with the figures of this moment."""
    lines = [f"{event.time[11:19]}  {event_sentence(event.what, language)}" for event in events]
    clock = f"{datetime.now(UTC):%H:%M:%S}"
    if not snapshot.url:
        return [*lines, f"{clock}  {text('down', language)}"]
    point = snapshot.point
    parts = [
        f"{numbers.rate(point.per_second)} {text('per_second', language)}",
        f"p50 {numbers.milliseconds(point.p50)}, p99 {numbers.milliseconds(point.p99)}",
        f"{numbers.rate(point.errors)} {text('errors_each', language)}",
        f"{numbers.rate(point.blocked)} {text('blocked_each', language)}",
        f"{text('cpu', language)} {numbers.percent(point.cpu)}",
        f"{numbers.NONE if point.desired is None else point.desired} {text('desired', language)}",
        f"{point.running} {text('running', language)}",
        f"{point.healthy} {text('healthy_count', language)}",
        f"{numbers.dollars(point.cost)}/h",
        *(
            f"{text('alarm', language)}: {alarm.name}"
            for alarm in alarms_of(snapshot, language)
            if alarm.is_on
        ),
    ]
    return [*lines, f"{clock}  {'; '.join(parts)}"]


def document(snapshot: Snapshot, events: Sequence[Event]) -> str:
    """Return a JSON object of all that is known, on one line: rates per second, durations in seconds."""
    figures: dict[str, Any] = asdict(snapshot)
    figures |= figures.pop("point")
    # Times of a monotonic clock mean nothing elsewhere.
    figures["time"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    figures["events"] = [asdict(event) for event in events]
    return json.dumps(figures)
