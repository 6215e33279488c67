"""Sends requests as bytes over sockets, many at a time, and notes which were answered badly."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

AT_A_TIME: Final = 16
PATIENCE_SECONDS: Final = 20.0
"""Whoever has neither answered nor closed by then hangs. The service waits a while for what is missing."""

PAUSE_SECONDS: Final = 0.001
"""Between two writes, so that they arrive apart."""

KEPT: Final = 20
"""Bad answers that are kept to be looked at."""

_STATUS: Final = re.compile(rb"(?:HTTP/1\.1 100 Continue\r\n\r\n)*HTTP/1\.[01] (\d{3}) ")


@dataclass(frozen=True, kw_only=True)
class Bad:
    """One request that was not answered as it should be."""

    why: str
    writes: tuple[str, ...]
    """What was sent, as text of Python's bytes."""


@dataclass(kw_only=True)
class Tally:
    """How requests were answered."""

    sent: int = 0
    statuses: Counter[str] = field(default_factory=Counter[str])
    """A status, or `closed` for a connection that was closed without an answer."""
    bad: list[Bad] = field(default_factory=list[Bad])
    bad_count: int = 0

    def note(self, writes: tuple[bytes, ...], answer: bytes | None, *, right: bool) -> None:
        """Count one answer; None is none within the time."""
        self.sent += 1
        found = _STATUS.match(answer or b"")
        status = found[1].decode() if found else "hang" if answer is None else "closed"
        self.statuses[status] += 1
        if status == "hang" or status.startswith("5") or (right and not found) or (answer and not found):
            self.bad_count += 1
            if len(self.bad) < KEPT:
                self.bad.append(Bad(why=status, writes=tuple(repr(write) for write in writes)))


async def send_all(
    requests: Iterable[tuple[bytes, ...]],
    host: str,
    port: int,
    *,
    right: bool,
    advance: Callable[[], object],
) -> Tally:
    """Send each request over a connection of its own.

    Args:
        requests: each as the writes that send it.
        host: who listens.
        port: where.
        right: whether each is to be answered; a broken one may also just be hung up on.
        advance: is called after each.
    """
    tally, waiting = Tally(), iter(requests)

    async def worker(mine: Iterator[tuple[bytes, ...]]) -> None:
        for writes in mine:
            tally.note(writes, await _answer(writes, host, port), right=right)
            advance()

    await asyncio.gather(*(worker(waiting) for _ in range(AT_A_TIME)))
    return tally


async def _answer(writes: tuple[bytes, ...], host: str, port: int) -> bytes | None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                return await _exchange(writes, reader, writer)
            finally:
                # At once: nobody reads on, and what is still to be sent does not matter.
                writer.transport.abort()
                with suppress(OSError):
                    await writer.wait_closed()
    except TimeoutError:
        return None


async def _exchange(
    writes: tuple[bytes, ...], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bytes:
    answer = b""
    try:
        for number, write in enumerate(writes):
            if number:
                await asyncio.sleep(PAUSE_SECONDS)
            writer.write(write)
            await writer.drain()
        # Nothing more comes: who waits for the rest of a request cut off can give up.
        writer.write_eof()
    except OSError:
        pass  # it has answered before it read everything, and that answer counts
    try:
        while part := await reader.read(65_536):
            answer += part
    except OSError:
        pass
    return answer
