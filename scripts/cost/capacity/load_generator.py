"""Asks the service over and over, on several connections at a time, and takes the time of each answer."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from scripts.cost.capacity.vcpu_throughput import CapacityError

PATIENCE_SECONDS: Final = 10.0
"""Time beyond a step's own for which its last answers are waited for."""

REQUEST: Final = (
    b"GET /api/v01/classify?pl=1.4&pw=0.2&sl=5.1&sw=3.5 HTTP/1.1\r\nHost: localhost\r\n"
    b"User-Agent: iris\r\nAccept: application/json\r\n\r\n"
)


def ask(host: str, port: int, connections: int, seconds: float) -> list[float]:
    """Ask over and over on several connections; return how long each answer took, in seconds.

    Raises:
        CapacityError: an answer is something else than a 200, or does not come.
    """
    try:
        return asyncio.run(_asked(host, port, connections, seconds))
    except TimeoutError as error:
        raise CapacityError(f"The service left a request unanswered for {PATIENCE_SECONDS:g} s.") from error
    except (OSError, EOFError) as error:
        raise CapacityError(f"The service broke off a connection: {error}.") from error


async def _asked(host: str, port: int, connections: int, seconds: float) -> list[float]:
    latencies: list[float] = []
    clients = [await asyncio.open_connection(host, port) for _ in range(connections)]
    end = time.monotonic() + seconds

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while time.monotonic() < end:
            asked = time.perf_counter()
            writer.write(REQUEST)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise CapacityError(f"The service answered {head.splitlines()[0].decode()!r}.")
            await reader.readexactly(_content_length(head))
            latencies.append(time.perf_counter() - asked)

    try:
        async with asyncio.timeout(seconds + PATIENCE_SECONDS):
            await asyncio.gather(*(client(*streams) for streams in clients))
    finally:
        for _, writer in clients:
            writer.close()
    return latencies


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise CapacityError("The service answered without a content-length.")
