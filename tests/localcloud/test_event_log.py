from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from localcloud.event_log import Events

if TYPE_CHECKING:
    from pathlib import Path


def test_the_newest_events_are_told_oldest_first(tmp_path: Path):
    events = Events(tmp_path / "events.jsonl")
    for number in range(5):
        events.tell(f"event {number}")
    assert [event.what for event in events.last(2)] == ["event 3", "event 4"]


def test_an_event_knows_when_it_happened(tmp_path: Path):
    events = Events(tmp_path / "events.jsonl")
    events.tell("something")
    assert datetime.fromisoformat(events.last(1)[0].time).tzinfo is not None


def test_where_nothing_happened_there_is_nothing_to_tell(tmp_path: Path):
    assert Events(tmp_path / "events.jsonl").last(3) == []
