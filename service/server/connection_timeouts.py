"""Timeouts of a worker's connections: a client that keeps a connection waiting for too long is disconnected.

All connections are checked once a second. The wait of each is remembered until the next check, so that a
request that arrives and is answered between two checks costs nothing: no timer, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from service.server.middleware.body_limit import DISCARD_BYTES
from service.server.read_queue import ReadQueue
from service.server.request_queue import RequestQueue

if TYPE_CHECKING:
    from service.settings import Settings
    from service.telemetry.request_stats import RequestStats

STATE_KEY: Final = "connections"
"""Key of `Connections` in the lifespan state (ASGI) that the application passes to the server."""

LINGER_SECONDS: Final = 2
"""Seconds that a client has, after an error response, to read it and close."""

RESERVED_CONNECTIONS: Final = 64
"""Connections beyond the limit, for health checks of a worker whose connections are all in use."""

SHED_FRACTION: Final = 64
"""One in so many connections is closed at the limit, as finding them takes milliseconds."""


class Wait(Enum):
    """Action of the client that a connection waits for."""

    HEAD = auto()
    """The rest of a request's head."""
    BODY = auto()
    """The rest of a request's body."""
    READ = auto()
    """Reading the response."""
    IDLE = auto()
    """Another request."""
    CLOSE = auto()
    """Closing, after the last response."""


class TimedConnection(Protocol):
    """Connection that `Connections` checks."""

    def current_wait(self) -> tuple[Wait, object] | None:
        """Return the current wait, and an object that stays the same as long as the wait does."""
        ...

    def time_out(self, wait: Wait) -> None:
        """End a wait that took too long."""
        ...

    def shed(self, wait: Wait) -> None:
        """End a wait at once, as another connection needs the place of this one."""
        ...

    def close_after_response(self) -> None:
        """Make the response in progress the last one of the connection."""
        ...


@dataclass(slots=True)
class _LastCheck:
    """Wait of a connection at its last check."""

    wait: Wait
    token: object
    since: float


class Connections:
    """Open connections of one worker."""

    def __init__(self, settings: Settings, stats: RequestStats) -> None:
        self.instance_id = settings.instance_id
        self.stats = stats
        self.draining = False
        """True if each response is the last one of its connection."""
        self.maximum_body_bytes = DISCARD_BYTES + 2 * settings.max_body_bytes
        """Maximum of a body on the wire, with the framing of its chunks, trailers, and the rest of a refused
        body."""
        self.reading = ReadQueue()
        self.requests = RequestQueue(settings.max_concurrent)
        self._maximum = settings.max_connections
        self._seconds = {
            Wait.HEAD: settings.head_seconds,
            Wait.BODY: settings.body_seconds,
            Wait.READ: settings.body_seconds,
            Wait.IDLE: settings.keep_alive_seconds,
            Wait.CLOSE: LINGER_SECONDS,
        }
        self._checks: dict[TimedConnection, _LastCheck] = {}

    def __len__(self) -> int:
        return len(self._checks)

    def add(self, connection: TimedConnection) -> bool:
        """Add a new connection; return whether it is within the limit.

        At the limit, those that have kept the service waiting for longest are closed. If it waits for none,
        the new one is in the reserve.
        """
        if len(self._checks) >= self._maximum:
            self._shed()
        self._checks[connection] = _LastCheck(Wait.HEAD, connection, monotonic())
        return len(self._checks) <= self._maximum

    def has_reserve(self) -> bool:
        """Return whether the connections are within the limit and the reserve for health checks."""
        return len(self._checks) <= self._maximum + RESERVED_CONNECTIONS

    def _shed(self) -> None:
        """Close the connections that are nearest to their timeouts."""
        now = monotonic()
        waits: list[tuple[float, TimedConnection, Wait]] = []
        for connection, last in self._checks.items():
            if current := connection.current_wait():
                is_same = current[0] is last.wait and current[1] is last.token
                waited = now - last.since if is_same else 0.0
                waits.append((waited / self._seconds[current[0]], connection, current[0]))
        waits.sort(key=lambda wait: wait[0], reverse=True)  # stable: of equals, the oldest connection first
        for _, connection, wait in waits[: max(1, self._maximum // SHED_FRACTION)]:
            self.remove(connection)
            connection.shed(wait)

    def remove(self, connection: TimedConnection) -> None:
        """Remove a closed connection."""
        self._checks.pop(connection, None)

    def drain(self) -> None:
        """Make each response from now on the last one of its connection."""
        self.draining = True
        for connection in self._checks:
            connection.close_after_response()

    def check_timeouts(self) -> None:
        """Check every connection, and end the waits that took too long."""
        now = monotonic()
        for connection, last in tuple(self._checks.items()):
            current = connection.current_wait()
            if current is None:
                last.token = connection  # the application is working; the next wait is a new one
            elif current[1] is not last.token or current[0] is not last.wait:
                last.wait, last.token = current
                last.since = now
            elif now - last.since >= self._seconds[last.wait]:
                connection.time_out(last.wait)
