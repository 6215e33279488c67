from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from localcloud.event_log import Event, EventLog

if TYPE_CHECKING:
    from pathlib import Path


def test_the_latest_events_are_returned_oldest_first(tmp_path: Path):
    events = EventLog(tmp_path / "events.jsonl")
    for number in range(5):
        events.append(f"event {number}")
    assert [event.what for event in events.last(2)] == ["event 3", "event 4"]


def test_an_event_has_a_time_with_a_time_zone(tmp_path: Path):
    events = EventLog(tmp_path / "events.jsonl")
    events.append("something")
    assert datetime.fromisoformat(events.last(1)[0].time).tzinfo is not None


def test_lines_in_an_unknown_format_are_skipped_and_unknown_fields_ignored(tmp_path: Path):
    file = tmp_path / "events.jsonl"
    known = '{"time": "2026-01-01T00:00:00+00:00", "what": "an event", "level": "info"}'
    file.write_text('{"time": "2026-01-01"}\n[]\nnull\n{"time": \n' + known)
    assert EventLog(file).last(5) == [Event("2026-01-01T00:00:00+00:00", "an event")]


def test_a_missing_log_has_no_events(tmp_path: Path):
    assert EventLog(tmp_path / "events.jsonl").last(3) == []
