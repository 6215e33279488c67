"""When people are told, and who: types and ranges of the alarms' keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from infra.config_reader import Reader, Setting

LONGEST_EMAIL: Final = 254
"""Characters of an address: a path of mail has 256 with its angle brackets (RFC 5321, 4.5.3.1.3)."""


@dataclass(frozen=True, kw_only=True)
class AlarmConfig:
    """What is too much; `Pulumi.yaml` says what each figure means."""

    email: str | None
    """Who is told; None leaves it to whoever subscribes to the topic."""
    error_percent: int
    client_error_percent: int
    latency_ms: int
    concurrency: int
    blocked_requests: int


@dataclass(frozen=True, kw_only=True)
class AlarmSettings:
    """The same as it was read, for those that have relations with it."""

    email: Setting[str]
    error_percent: Setting[int]
    client_error_percent: Setting[int]
    latency_ms: Setting[int]
    concurrency: Setting[int]
    blocked_requests: Setting[int]

    @property
    def value(self) -> AlarmConfig:
        """The typed value, once the reader has told that there are no mistakes."""
        return AlarmConfig(
            email=self.email.value or None,
            error_percent=self.error_percent.value,
            client_error_percent=self.client_error_percent.value,
            latency_ms=self.latency_ms.value,
            concurrency=self.concurrency.value,
            blocked_requests=self.blocked_requests.value,
        )


def read_alarms(read: Reader) -> AlarmSettings:
    """Read the alarms' keys; `read` keeps what is wrong with each."""
    return AlarmSettings(
        email=read.parsed("alarmEmail", "an address like you@example.com, or nothing", _email),
        error_percent=read.whole("alarmErrorPercent", 1, 100),
        client_error_percent=read.whole("alarmClientErrorPercent", 1, 100),
        latency_ms=read.whole("alarmLatencyMs", 1, 60_000),
        concurrency=read.whole("alarmConcurrentExecutions", 1, 100_000),
        blocked_requests=read.whole("alarmBlockedRequestsPerMinute", 1, 1_000_000_000),
    )


def _email(given: str) -> str:
    # Only what is surely none is refused: whether somebody reads it, the mail that SNS sends first will tell.
    if given and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", given):
        raise ValueError
    if len(given) > LONGEST_EMAIL:
        raise ValueError(f"{len(given)} characters, and an address has {LONGEST_EMAIL} at most")
    return given
