"""Access log of a web server or of an Application Load Balancer, read as requests to be sent again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMON: Final = re.compile(
    r'\S+ \S+ \S+ \[(?P<time>[^\]]+)\] "(?P<method>[A-Z]+) (?P<target>\S+) HTTP/[\d.]+" (?P<status>\d{3})\b'
)
"""Common Log Format of Apache and nginx, and the combined format, which begins with it."""

ALB: Final = re.compile(
    r"(?:https?|h2) (?P<time>\S+) (?:\S+ ){6}(?P<status>\d{3}|-) (?:\S+ ){3}"
    r'"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/[\d.]+"'
)
"""Access log of an ALB (ELB user guide, "Access logs for your Application Load Balancer", syntax)."""

WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods of the requests that can be sent again: no log has bodies."""


class AccessLogError(ValueError):
    """Log that has no request to be sent again."""


@dataclass(frozen=True)
class LoggedRequest:
    """Request of a log."""

    seconds: float
    """Seconds since the first one."""
    method: str
    target: str
    """Path and query."""
    status: int
    """Status of its response."""


@dataclass(frozen=True)
class AccessLog:
    """Requests of a log in the order of their times, and the number of lines that were left out."""

    requests: tuple[LoggedRequest, ...]
    left_out: int
    """Lines with a body, without a response, or in another format."""


def read_log(lines: Iterable[str]) -> AccessLog:
    """Read the requests of a log.

    Requests with the same time, as in a log with whole seconds, are spread over the second.

    Raises:
        AccessLogError: It has no request without a body.
    """
    found: list[tuple[float, LoggedRequest]] = []
    left_out = 0
    for line in lines:
        if entry := _parse(line):
            found.append(entry)
        else:
            left_out += bool(line.strip())
    if not found:
        raise AccessLogError(
            "it has no GET, HEAD or OPTIONS in the common, combined or Application Load Balancer format"
        )
    found.sort(key=lambda entry: entry[0])
    same = Counter(at for at, _ in found)
    seen = Counter[float]()
    spread: list[tuple[float, LoggedRequest]] = []
    for at, request in found:
        share = seen[at] / same[at] if at.is_integer() else 0.0
        seen[at] += 1
        spread.append((at + share, request))
    first = spread[0][0]
    return AccessLog(
        tuple(LoggedRequest(at - first, it.method, it.target, it.status) for at, it in spread), left_out
    )


def _parse(line: str) -> tuple[float, LoggedRequest] | None:
    """Return the time of a line and its request; None if it can't be sent again."""
    match = COMMON.match(line) or ALB.match(line)
    if not match or match["method"] not in WITHOUT_BODY or not match["status"].isdecimal():
        return None
    try:
        moment = (
            datetime.strptime(match["time"], "%d/%b/%Y:%H:%M:%S %z")
            if match.re is COMMON
            else datetime.fromisoformat(match["time"])
        )
        parts = urlsplit(match["target"])
    except ValueError:
        return None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    status = int(match["status"])
    if status < HTTPStatus.OK or not target.isascii() or not target.startswith("/"):
        return None
    return moment.timestamp(), LoggedRequest(0.0, match["method"], target, status)
