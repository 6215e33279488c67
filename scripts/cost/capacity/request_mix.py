"""Mix of requests: kinds of request whose processor time is measured, and their shares of the traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from service.api.batch_paths import BATCH_PATH
from service.iris.examples import BODY, QUERY_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

CLASSIFY_PATH: Final = QUERY_PATH.partition("?")[0]

BALANCER_HEADERS: Final = (
    b"X-Forwarded-For: 203.0.113.199\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n"
    b"X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678\r\n"
)
"""Headers that an Application Load Balancer adds (Elastic Load Balancing user guide, "HTTP headers")."""

BATCH_ROWS: Final = 100
"""Rows of the batch that is measured."""


@dataclass(frozen=True, kw_only=True)
class RequestKind:
    """Kind of request that is measured."""

    data: bytes
    """The whole request."""
    reconnects: bool = False
    """True if each request opens a connection of its own."""


def _request(start: str, body: bytes = b"", headers: bytes = b"") -> bytes:
    content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n".encode() if body else b""
    base = f"{start} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: iris\r\nAccept: application/json\r\n"
    return base.encode() + headers + content + b"\r\n" + body


FAST_PATH: Final = RequestKind(data=_request(f"GET {QUERY_PATH}"))
"""Identical GET on connections that stay open: the best case."""

KINDS: Final[Mapping[str, RequestKind]] = {
    "query": RequestKind(data=_request(f"GET {QUERY_PATH}", headers=BALANCER_HEADERS)),
    "body": RequestKind(data=_request(f"POST {CLASSIFY_PATH}", BODY, BALANCER_HEADERS)),
    "batch": RequestKind(
        data=_request(f"POST {BATCH_PATH}", b"[" + b",".join([BODY] * BATCH_ROWS) + b"]", BALANCER_HEADERS)
    ),
    "connection": RequestKind(
        data=_request(f"GET {QUERY_PATH}", headers=BALANCER_HEADERS + b"Connection: close\r\n"),
        reconnects=True,
    ),
}
"""Name -> kind of request, as it arrives from a load balancer."""


@dataclass(frozen=True, kw_only=True)
class RequestMix:
    """Shares of the kinds in percent of the requests; the rest are queries on open connections."""

    body: float
    batch: float
    connection: float
    """Queries that open a connection."""

    def __post_init__(self) -> None:
        if min(self.body, self.batch, self.connection, self.query) < 0:
            raise ValueError(f"The shares of a mix are between 0 and 100 percent together, not {self}.")

    @property
    def query(self) -> float:
        """Share of the queries on open connections."""
        return 100 - self.body - self.batch - self.connection

    def mean(self, by_kind: Mapping[str, float]) -> float:
        """Return the mean of a quantity of the kinds over the mix."""
        return sum(getattr(self, name) * by_kind[name] for name in KINDS) / 100


TYPICAL: Final = RequestMix(body=35, batch=1, connection=10)
"""Mix of the default capacity. Assumed."""

HEAVY: Final = RequestMix(body=60, batch=3, connection=20)
"""Mix of the low end of the range. Assumed."""


def seconds_per_byte(costs: Mapping[str, float]) -> float:
    """Return the processor time of a byte of a body, from the costs of a small and a large one."""
    more = len(KINDS["batch"].data) - len(KINDS["body"].data)
    return (costs["batch"] - costs["body"]) / more
