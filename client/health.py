"""Health of the instances as one client sees it: ejection after failures, pauses, and active checks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from client.instance import Instance

FAILURES: Final = 3
"""Number of failures in a row after which an instance is ejected. A refused connection suffices by itself."""

EJECTION_SECONDS: Final = 2.0
"""Duration of the first ejection; it doubles with each that follows without a success in between."""

MAXIMUM_EJECTION_SECONDS: Final = 60.0


@dataclass
class _State:
    failures: int = 0
    ejections: int = 0
    ejected_until: float = 0.0
    paused_until: float = 0.0
    fails_checks: bool = False


class ClientHealth:
    """Health of all instances. An instance that is not known is available."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Create the record, with a clock in seconds."""
        self._clock = clock
        self._states: dict[Instance, _State] = {}

    def record_success(self, instance: Instance) -> None:
        """Record a response, which ends the row of failures."""
        if (state := self._states.get(instance)) is not None:
            state.failures = state.ejections = 0
            state.ejected_until = 0.0

    def record_failure(self, instance: Instance, *, refused: bool = False) -> None:
        """Record a lost connection, a timeout or an error 5xx; eject the instance after `FAILURES` in a row.

        After an ejection, one failure ejects it again, for twice as long.

        Args:
            instance: the instance that failed.
            refused: it accepts no connections, so that no more failures are needed.
        """
        state = self._state(instance)
        state.failures = max(state.failures + 1, FAILURES if refused else 0)
        now = self._clock()
        # Requests in flight fail together; they are one reason to eject.
        if state.failures >= FAILURES and now >= state.ejected_until:
            seconds = min(EJECTION_SECONDS * 2**state.ejections, MAXIMUM_EJECTION_SECONDS)
            state.ejected_until = now + seconds
            state.ejections += 1

    def pause(self, instance: Instance, seconds: float) -> None:
        """Record that an instance asks for a pause (`Retry-After`, RFC 9110, 10.2.3)."""
        self._state(instance).paused_until = self._clock() + seconds

    def record_check(self, instance: Instance, *, passed: bool) -> None:
        """Record an active health check; one that passes ends an ejection."""
        self._state(instance).fails_checks = not passed
        if passed:
            self.record_success(instance)

    def is_available(self, instance: Instance) -> bool:
        """Return whether an instance is neither ejected nor paused nor fails its checks."""
        state = self._states.get(instance)
        if state is None:
            return True
        return not state.fails_checks and max(state.ejected_until, state.paused_until) <= self._clock()

    def pause_left(self, instance: Instance) -> float:
        """Return the seconds until the end of an instance's pause; 0 without one."""
        state = self._states.get(instance)
        return max(0.0, state.paused_until - self._clock()) if state else 0.0

    def keep_only(self, instances: Collection[Instance]) -> None:
        """Forget all other instances."""
        self._states = {instance: state for instance, state in self._states.items() if instance in instances}

    def _state(self, instance: Instance) -> _State:
        return self._states.setdefault(instance, _State())
