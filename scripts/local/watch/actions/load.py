"""Load on the cloud by `iris load`: a constant rate, a ramp, the demand of a day, or a spike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scripts.local.own_address import FLOODER, SHARES_LOOPBACK
from scripts.local.watch.actions.commands import BackgroundCommand
from scripts.local.watch.actions.outcome import ActionError, Outcome, number

if TYPE_CHECKING:
    from collections.abc import Mapping

MAXIMUM_RATE: Final = 2_000.0
"""Maximum rate of a load from the page, in requests per second: one laptop also runs the fleet."""

MAXIMUM_SECONDS: Final = 3_600.0

SPIKE: Final = 6
"""Peak of a spike, as a multiple of the rate before and after it."""

RAMP: Final = 10
"""Final rate of a ramp, as a multiple of its first one."""

CLIENTS: Final = "127.0.1.0/24"
"""Addresses of the clients: from a single one, the firewall would block a load as a flood."""

FLOOD_RATE: Final = 400
FLOOD_SECONDS: Final = 25
"""Flood of 10,000 requests, five times what the firewall lets pass from one address in five minutes."""


def source_of(address: str) -> list[str]:
    """Return the options of `iris load` that send from an address or range of this machine."""
    return ["--source", address] if SHARES_LOOPBACK else []


def load_words(kind: str, rate: float, seconds: float) -> list[str]:
    """Return the options of `iris load` for a kind of load.

    Raises:
        ActionError: There is no such kind.
    """
    low = f"{max(rate / SPIKE, 1):g}"
    match kind:
        case "constant":
            demand = ["--rate", f"{rate:g}"]
        case "ramp":
            demand = ["--ramp", f"{max(rate / RAMP, 1):g}:{rate:g}"]
        case "curve":
            demand = ["--curve", "day", "--rate", f"{rate:g}"]
        case "spike":
            demand = ["--steps", f"{low},{low},{rate:g},{rate:g},{low},{low}"]
        case _:
            raise ActionError("unknown_action", name=kind)
    return [*demand, "--seconds", f"{seconds:g}"]


class Load:
    """Load and flood that the page has started."""

    def __init__(self) -> None:
        """Create it without a load."""
        self._load: BackgroundCommand | None = None
        self._flood: BackgroundCommand | None = None

    @property
    def commands(self) -> list[str]:
        """Commands that run now."""
        return [each.text for each in (self._load, self._flood) if each and each.is_running]

    def start(self, url: str, kind: str, fields: Mapping[str, str]) -> Outcome:
        """Start a load in place of the one that runs.

        Raises:
            ActionError: The rate, the duration or the kind is impossible.
        """
        rate = number(fields, "rate", 1, MAXIMUM_RATE)
        seconds = number(fields, "seconds", 1, MAXIMUM_SECONDS)
        words = ["load", url, *load_words(kind, rate, seconds), *source_of(CLIENTS)]
        self.stop()
        self._load = BackgroundCommand(words)
        return Outcome("started", {"command": self._load.text})

    def flood(self, url: str) -> Outcome:
        """Send more requests from one address than the firewall lets pass."""
        if self._flood:
            self._flood.stop()
        words = [
            "load",
            url,
            "--rate",
            str(FLOOD_RATE),
            "--seconds",
            str(FLOOD_SECONDS),
            *source_of(FLOODER),
        ]
        self._flood = BackgroundCommand(words)
        return Outcome("started", {"command": self._flood.text})

    def stop(self) -> Outcome:
        """Stop the load."""
        for each in (self._load, self._flood):
            if each:
                each.stop()
        return Outcome("load_stopped")
