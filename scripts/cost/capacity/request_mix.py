"""Mix of requests: kinds of request whose processor time is measured, and their shares of the traffic."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from service.api.batch_paths import BATCH_PATH
from service.iris.examples import BODY, QUERY_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

CLASSIFY_PATH: Final = QUERY_PATH.partition("?")[0]

ROWS: Final[Mapping[str, int]] = MappingProxyType({"batch": 100, "large_batch": 1_000})
"""Rows of the batches that are measured."""

CONNECTIONS: Final = 32
"""Connections over which the requests for single flowers are sent."""

BATCH_CONNECTIONS: Final = 2
"""Connections over which batches are sent: the service refuses more than 8 at once (`IRIS_MAX_BATCHES`)."""


@dataclass(frozen=True, kw_only=True)
class RequestKind:
    """Kind of request that is measured."""

    data: bytes
    """The whole request."""
    connections: int = CONNECTIONS
    """Connections over which it is sent, each with one request at a time."""
    reconnects: bool = False
    """True if each request opens a connection of its own to the service, without the load balancer, which
    would reuse its connections."""


def _request(start: str, body: bytes = b"", headers: bytes = b"") -> bytes:
    content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n".encode() if body else b""
    base = f"{start} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: iris\r\nAccept: application/json\r\n"
    return base.encode() + headers + content + b"\r\n" + body


def _batch(rows: int) -> RequestKind:
    body = b"[" + b",".join([BODY] * rows) + b"]"
    return RequestKind(data=_request(f"POST {BATCH_PATH}", body), connections=BATCH_CONNECTIONS)


FAST_PATH: Final = RequestKind(data=_request(f"GET {QUERY_PATH}"))
"""Identical GET on connections that stay open: the best case."""

CLOSE: Final = b"Connection: close\r\n"

KINDS: Final[Mapping[str, RequestKind]] = MappingProxyType(
    {
        "query": FAST_PATH,
        "body": RequestKind(data=_request(f"POST {CLASSIFY_PATH}", BODY)),
        "batch": _batch(ROWS["batch"]),
        "connection": RequestKind(data=_request(f"GET {QUERY_PATH}", headers=CLOSE), reconnects=True),
        "body_connection": RequestKind(data=_request(f"POST {CLASSIFY_PATH}", BODY, CLOSE), reconnects=True),
        "large_batch": _batch(ROWS["large_batch"]),
    }
)
"""Name -> kind of request, as clients send it to the load balancer."""


@dataclass(frozen=True, kw_only=True)
class RequestMix:
    """Shares of the kinds in percent of the requests; the rest are queries on open connections."""

    body: float = 0
    """Bodies with one flower."""
    batch: float = 0
    """Batches of 100 rows."""
    connection: float = 0
    """Queries that open a connection to the service."""
    body_connection: float = 0
    """Bodies that open a connection to the service."""

    def __post_init__(self) -> None:
        if min(self.shares.values()) < 0:
            raise ValueError(
                f"The shares of a mix are between 0 and 100 percent, and together at most 100, not "
                f"{', '.join(f'{share:g} {name}' for name, share in asdict(self).items() if share)}."
            )

    @property
    def shares(self) -> dict[str, float]:
        """Kind -> percent of the requests."""
        others: dict[str, float] = asdict(self)
        return {"query": 100 - sum(others.values()), **others}

    def mean(self, by_kind: Mapping[str, float]) -> float:
        """Return the mean of a quantity of the kinds over the mix."""
        return sum(share * by_kind[name] for name, share in self.shares.items()) / 100

    @property
    def worst_case(self) -> RequestMix:
        """Mix without the fast path: each single flower is a body on a connection of its own."""
        batches = max(self.batch, WORST_CASE_BATCHES)
        return RequestMix(batch=batches, body_connection=100 - batches)


WORST_CASE_BATCHES: Final = 3
"""Minimum share of batches in the worst case, in percent. Assumed."""

TYPICAL: Final = RequestMix(body=35, batch=1, connection=10)
"""Mix of the default capacity: a tenth of the requests opens a connection, as in the assumption
`requests_per_connection`. Assumed."""


def seconds_per_byte(seconds: Mapping[str, float]) -> float:
    """Return the processor time of a byte of a body, its row decided and answered: that of a larger batch."""
    more = len(KINDS["large_batch"].data) - len(KINDS["batch"].data)
    return max(0.0, (seconds["large_batch"] - seconds["batch"]) / more)
