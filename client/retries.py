"""Retries that are safe: the requests that may be sent again, and the budget that bounds their number."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
"""Methods of which several requests have the effect of one (RFC 9110, 9.2.2)."""

NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout)
"""Errors before anything of a request was sent."""

LOST: Final = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)
"""Errors of a connection that ends before a response: the request may have been processed."""

SHARE: Final = 0.2
"""Retries for each request: an outage multiplies the load by 1.2 rather than by the number of attempts."""

PER_SECOND: Final = 10.0
"""Retries each second for clients with few requests."""

RESERVE: Final = 100.0
"""Maximum of saved retries: the requests in flight at an instance that is lost."""


class RetryBudget:
    """Token bucket that bounds the retries to a share of the requests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Create a full bucket, with a clock in seconds."""
        self._clock = clock
        self._tokens = RESERVE
        self._at = clock()

    def record_request(self) -> None:
        """Add the share of a request; `withdraw` keeps to the maximum."""
        self._tokens += SHARE

    def withdraw(self) -> bool:
        """Withdraw a retry from the bucket; return false if it is empty."""
        now = self._clock()
        self._tokens = min(RESERVE, self._tokens + (now - self._at) * PER_SECOND)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def is_repeatable(request: httpx.Request, repeatable_paths: tuple[str, ...]) -> bool:
    """Return whether a request that may have been processed can be sent again.

    Args:
        request: the request; its content must be in memory.
        repeatable_paths: beginnings of the paths at which the caller declares POST to be safe.
    """
    is_declared = request.method == "POST" and request.url.path.startswith(repeatable_paths)
    return (request.method in IDEMPOTENT or is_declared) and isinstance(request.stream, httpx.ByteStream)


def retry_after_seconds(value: str | None) -> float | None:
    """Return the seconds of a `Retry-After`, as a number or as a date; None for anything else."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
