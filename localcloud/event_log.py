"""What happened in the local cloud, a line of JSON each: the story that `status` tells."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Event:
    """Something that happened to the fleet."""

    time: str
    """ISO 8601, UTC, to the millisecond."""
    what: str
    """One sentence."""


class Events:
    """The log of one cloud; one process writes it."""

    def __init__(self, file: Path) -> None:
        """Use `file`, which need not exist yet."""
        self._file = file

    def tell(self, what: str) -> None:
        """Add an event that happened now."""
        event = Event(datetime.now(UTC).isoformat(timespec="milliseconds"), what)
        with self._file.open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(event)) + "\n")

    def last(self, count: int) -> list[Event]:
        """Return the newest events, oldest first."""
        if not self._file.exists():
            return []
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return [Event(**json.loads(line)) for line in lines[-count:]]
