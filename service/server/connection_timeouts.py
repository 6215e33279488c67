"""Watches over all connections of a worker: who keeps it waiting is cut off.

Once a second every connection is looked at. What it waits for is remembered from one look to the next, so
that a request that comes and goes between two looks costs nothing: no timer, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from service.server.middleware.body_limit import DISCARD_BYTES

if TYPE_CHECKING:
    from service.settings import Settings
    from service.telemetry.request_stats import RequestStats

STATE_KEY: Final = "connections"
"""Where the server finds its `Connections` among what the application gave it when it started."""

LINGER_SECONDS: Final = 2
"""After a refusal, so long may the client take to read it and close."""


class Wait(Enum):
    """What a connection can wait for the client to do."""

    HEAD = auto()
    """To send the head of a request, of which something has come."""
    BODY = auto()
    """To send the rest of a request's body."""
    READ = auto()
    """To read what was sent."""
    IDLE = auto()
    """To send another request."""
    CLOSE = auto()
    """To close, as it was told that this is the end."""


class TimedConnection(Protocol):
    """One connection, as its watcher sees it."""

    def current_wait(self) -> tuple[Wait, object] | None:
        """Say what it waits for, with an object that is the same as long as it is the same wait."""
        ...

    def time_out(self, wait: Wait) -> None:
        """End a wait that took too long."""
        ...

    def close_after_response(self) -> None:
        """Let the answer under way be the last one."""
        ...


@dataclass(slots=True)
class _Look:
    wait: Wait
    token: object
    since: float


class Connections:
    """The connections of one worker."""

    def __init__(self, settings: Settings, stats: RequestStats) -> None:
        self.instance_id = settings.instance_id
        self.stats = stats
        self.draining = False
        """Whether each answer is the last one of its connection."""
        self.maximum_body_bytes = DISCARD_BYTES + 2 * settings.max_body_bytes
        """On the wire, chunks' framing and trailers included; the rest of a refused body too."""
        self._most = settings.max_connections
        self._seconds = {
            Wait.HEAD: settings.head_seconds,
            Wait.BODY: settings.body_seconds,
            Wait.READ: settings.body_seconds,
            Wait.IDLE: settings.keep_alive_seconds,
            Wait.CLOSE: LINGER_SECONDS,
        }
        self._looks: dict[TimedConnection, _Look] = {}

    def __len__(self) -> int:
        return len(self._looks)

    def add(self, connection: TimedConnection) -> bool:
        """Watch a new connection; say whether there is room for it."""
        self._looks[connection] = _Look(Wait.IDLE, None, monotonic())
        return len(self._looks) <= self._most

    def remove(self, connection: TimedConnection) -> None:
        """Forget one that is closed."""
        self._looks.pop(connection, None)

    def drain(self) -> None:
        """Let each answer from now on be the last one of its connection."""
        self.draining = True
        for connection in self._looks:
            connection.close_after_response()

    def check_timeouts(self) -> None:
        """Look at every connection, and give those up that kept waiting for too long."""
        now = monotonic()
        for connection, last in tuple(self._looks.items()):
            found = connection.current_wait()
            if found is None:
                last.token = connection  # it computes; whatever comes next is a new wait
            elif found[1] is not last.token or found[0] is not last.wait:
                last.wait, last.token = found
                last.since = now
            elif now - last.since >= self._seconds[last.wait]:
                connection.time_out(last.wait)
