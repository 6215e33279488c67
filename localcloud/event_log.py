"""Event log of the local cloud, shown by `status`: one line of JSON per event."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Event:
    """Event of the fleet."""

    time: str
    """Time in ISO 8601, UTC, to the millisecond."""
    what: str
    """Description in one sentence."""


class EventLog:
    """Event log of one cloud, written by one process."""

    def __init__(self, file: Path) -> None:
        """Create a log in `file`, which need not exist yet."""
        self._file = file

    def append(self, what: str) -> None:
        """Append an event with the current time."""
        event = Event(datetime.now(UTC).isoformat(timespec="milliseconds"), what)
        with self._file.open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(event)) + "\n")

    def last(self, count: int) -> list[Event]:
        """Return the latest events, oldest first, without lines in an unknown format."""
        if not self._file.exists():
            return []
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return [event for line in lines[-count:] if (event := _parse_event(line))]


def _parse_event(line: str) -> Event | None:
    try:
        fields = json.loads(line)
        return Event(time=str(fields["time"]), what=str(fields["what"]))
    except (ValueError, TypeError, KeyError):
        return None
