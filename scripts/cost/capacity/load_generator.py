"""Closed-loop load generator: several connections, each of which always has one request in progress.

It is written by hand because it shares the processor with the service that it measures, and so must take
little of it.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from scripts.cost.capacity.request_mix import FAST_PATH
from scripts.cost.capacity.vcpu_throughput import CapacityError

if TYPE_CHECKING:
    from scripts.cost.capacity.request_mix import RequestKind

DRAIN_SECONDS: Final = 10.0
"""Timeout for the last responses after the end of a step, in seconds."""


def send_requests(
    host: str, port: int, connections: int, seconds: float, kind: RequestKind = FAST_PATH
) -> list[float]:
    """Send requests on several connections for some seconds; return the latencies, in seconds.

    Raises:
        CapacityError: a response has another status than 200, or is missing.
    """
    try:
        return asyncio.run(_asked(host, port, connections, seconds, kind))
    except TimeoutError as error:
        raise CapacityError(f"The service did not answer a request within {DRAIN_SECONDS:g} s.") from error
    except (OSError, EOFError) as error:
        raise CapacityError(f"The service closed a connection: {error}.") from error


async def _asked(host: str, port: int, connections: int, seconds: float, kind: RequestKind) -> list[float]:
    latencies: list[float] = []
    clients = [await asyncio.open_connection(host, port) for _ in range(connections)]
    end = time.monotonic() + seconds

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while time.monotonic() < end:
            sent = time.perf_counter()
            if kind.reconnects:
                writer.close()
                reader, writer = await asyncio.open_connection(host, port)
            writer.write(kind.data)
            headers = await reader.readuntil(b"\r\n\r\n")
            if not headers.startswith(b"HTTP/1.1 200"):
                raise CapacityError(f"The service answered {headers.splitlines()[0].decode()!r}.")
            await reader.readexactly(_content_length(headers))
            latencies.append(time.perf_counter() - sent)
        writer.close()

    try:
        async with asyncio.timeout(seconds + DRAIN_SECONDS):
            await asyncio.gather(*(client(*streams) for streams in clients))
    finally:
        for _, writer in clients:
            writer.close()
    return latencies


def _content_length(headers: bytes) -> int:
    for line in headers.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise CapacityError("The service answered without a content-length.")
