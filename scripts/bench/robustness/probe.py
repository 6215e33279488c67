"""Raw requests over sockets, many at a time, and the answers to them."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CONCURRENT_CONNECTIONS: Final = 16
"""Number of connections at the same time."""

ANSWER_TIMEOUT_SECONDS: Final = 20.0
"""Seconds after which an unanswered request counts as hanging. The service waits for incomplete requests."""

PAUSE_SECONDS: Final = 0.001
"""Seconds between two writes, so that they arrive separately."""

MAXIMUM_BAD_ANSWERS_KEPT: Final = 20
"""Maximum number of bad answers in the report."""

_STATUS: Final = re.compile(rb"(?:HTTP/1\.1 100 Continue\r\n\r\n)*HTTP/1\.[01] (\d{3}) ")


@dataclass(frozen=True, kw_only=True)
class BadAnswer:
    """Request with a wrong answer or none."""

    reason: str
    writes: tuple[str, ...]
    """Sent data, as literals of Python's bytes."""


@dataclass(kw_only=True)
class AnswerCounts:
    """Counts of answers by status."""

    sent: int = 0
    statuses: Counter[str] = field(default_factory=Counter[str])
    """A status, or `closed` for a connection that was closed without an answer."""
    bad: list[BadAnswer] = field(default_factory=list[BadAnswer])
    bad_count: int = 0

    def add(self, writes: tuple[bytes, ...], answer: bytes | None, *, right: bool) -> None:
        """Add one answer; None is a timeout."""
        self.sent += 1
        found = _STATUS.match(answer or b"")
        status = found[1].decode() if found else "hang" if answer is None else "closed"
        self.statuses[status] += 1
        failed = status.startswith("5") and not (answer and _is_answer_to_the_client(status, answer))
        if status == "hang" or failed or (right and not found) or (answer and not found):
            self.bad_count += 1
            if len(self.bad) < MAXIMUM_BAD_ANSWERS_KEPT:
                self.bad.append(BadAnswer(reason=status, writes=tuple(repr(write) for write in writes)))


def _is_answer_to_the_client(status: str, answer: bytes) -> bool:
    """Return whether a status of 500 or more is the client's doing, or says when to try again."""
    # RFC 9112, 6.1: 501 for a transfer coding that the service does not implement.
    return status == "501" or (status == "503" and b"\r\nretry-after: " in answer.lower())


async def send_all(
    requests: Iterable[tuple[bytes, ...]],
    host: str,
    port: int,
    *,
    right: bool,
    on_progress: Callable[[], object],
    end_after_seconds: float = 0.0,
) -> AnswerCounts:
    """Send each request over a connection of its own.

    Args:
        requests: Requests, each as the writes that send it.
        host: Host of the service.
        port: Port of the service.
        right: Whether each is valid and needs an answer; an invalid one may also get its connection closed.
        on_progress: Called after each request.
        end_after_seconds: Time without an answer after which the client ends its direction. A proxy such as
            Envoy answers no request whose client has done so.
    """
    counts, waiting = AnswerCounts(), iter(requests)

    async def worker(mine: Iterator[tuple[bytes, ...]]) -> None:
        for writes in mine:
            counts.add(writes, await _answer(writes, host, port, end_after_seconds), right=right)
            on_progress()

    await asyncio.gather(*(worker(waiting) for _ in range(CONCURRENT_CONNECTIONS)))
    return counts


async def _answer(writes: tuple[bytes, ...], host: str, port: int, end_after_seconds: float) -> bytes | None:
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                return await _exchange(writes, reader, writer, end_after_seconds)
            finally:
                # Immediately: the rest of the answer and of the request does not matter.
                writer.transport.abort()
                with suppress(OSError):
                    await writer.wait_closed()
    except TimeoutError:
        return None


async def _exchange(
    writes: tuple[bytes, ...],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    end_after_seconds: float,
) -> bytes:
    answer = bytearray()

    async def read() -> None:
        with suppress(OSError):
            while part := await reader.read(65_536):
                answer.extend(part)

    # An error is an answer before the service read everything, and that answer counts.
    with suppress(OSError):
        for number, write in enumerate(writes):
            if number:
                await asyncio.sleep(PAUSE_SECONDS)
            writer.write(write)
            await writer.drain()
    reading = asyncio.ensure_future(read())
    try:
        if end_after_seconds:
            await asyncio.wait((reading,), timeout=end_after_seconds)
        if not reading.done():
            # The end of the stream, so that the service does not wait for the rest of an incomplete request.
            with suppress(OSError):
                writer.write_eof()
        await reading
    finally:
        reading.cancel()
    return bytes(answer)
