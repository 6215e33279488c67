"""Probes of an Envoy: whether they show that it hangs, or that it runs something other than it should."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PROBE_INTERVAL: Final = 0.5
"""Seconds after an answered probe until the next one."""

PROBE_TIMEOUT: Final = 0.3
"""Seconds in which a probe must be answered; on an idle machine, it takes 3 ms."""

UNANSWERED: Final = 5
"""Number of unanswered probes in a row after which Envoy hangs. One that is only slow, on a busy machine,
answers one of them."""

OUTDATED: Final = 3
"""Number of probes in a row with an older version: Envoy reads a file within milliseconds."""

LATE: Final = 2 * PROBE_TIMEOUT
"""Duration in seconds of an unanswered probe that shows nothing of Envoy, as the prober had no processor."""


@dataclass(frozen=True)
class RunningVersions:
    """Answer to a probe."""

    versions: Mapping[str, str]
    """Version that Envoy runs, by part: binary, bootstrap configuration, and each file that it follows."""
    rejected: int
    """Number of files that Envoy has refused since its start; it keeps those of before."""


class ProbeHistory:
    """Results of the last probes of one Envoy process."""

    def __init__(self) -> None:
        """Begin without any probe."""
        self._unanswered = 0
        self._outdated = 0
        self._rejected = 0
        """Refused files when Envoy was last up to date."""
        self._reported = 0
        """Refused files that `take_refused` has named, or will."""
        self._refused: list[str] = []

    def take_refused(self) -> list[str]:
        """Return the parts of the configuration that Envoy has refused since the last call."""
        refused, self._refused = self._refused, []
        return refused

    def add_unanswered(self, seconds: float) -> str | None:
        """Add a probe that was given up after some seconds; return the fault that it shows, if it does."""
        if seconds < LATE:
            self._unanswered += 1
        return "did not answer" if self._unanswered >= UNANSWERED else None

    def add_answer(self, running: RunningVersions, required: Mapping[str, str]) -> str | None:
        """Add an answered probe; return the fault that it shows, if it does.

        A file that Envoy refuses is no such fault, as another Envoy would refuse it too, and then have none.

        Args:
            running: the answer.
            required: version that Envoy should run, by part.
        """
        self._unanswered = 0
        older = [part for part, version in required.items() if running.versions.get(part) != version]
        if not older:
            self._outdated, self._rejected = 0, running.rejected
            return None
        if running.rejected != self._rejected:
            if running.rejected != self._reported:
                self._reported, self._refused = running.rejected, older
            return None
        self._outdated += 1
        return f"was out of date ({', '.join(older)})" if self._outdated >= OUTDATED else None
