"""Connections to a real listener: few are opened, none is lost, and who waits gets the next one."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from scripts.bench.load.connection_pool import ConnectionPool
from scripts.bench.load.http_connection import HttpConnection

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Listener:
    """Listener of this machine that counts its connections, and opens them when it may."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections: list[HttpConnection] = []
        self.opened = 0
        self.may_open = asyncio.Event()
        self.may_open.set()

    async def connect(self) -> HttpConnection:
        self.opened += 1
        await self.may_open.wait()
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(HttpConnection, "127.0.0.1", self.port)
        self.connections.append(connection)
        return connection


@asynccontextmanager
async def listener(limit: int) -> AsyncGenerator[tuple[Listener, ConnectionPool]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        counted = Listener(server.getsockname()[1])
        pool = ConnectionPool(counted.connect, limit)
        yield counted, pool
        await pool.close()
        for connection in counted.connections:
            connection.close()
        await asyncio.sleep(0)


def test_a_connection_that_is_given_back_is_taken_again():
    async def scenario() -> None:
        async with listener(limit=5) as (counted, pool):
            first = await pool.take()
            pool.give_back(first)
            assert await pool.take() is first
            assert counted.opened == 1

    asyncio.run(scenario())


def test_no_more_than_the_limit_are_opened_and_the_next_goes_to_who_has_waited_longest():
    async def scenario() -> None:
        async with listener(limit=2) as (counted, pool):
            first, second = await pool.take(), await pool.take()
            third, fourth = asyncio.create_task(pool.take()), asyncio.create_task(pool.take())
            await asyncio.sleep(0.01)
            assert not third.done()
            pool.give_back(second)
            assert await third is second
            assert not fourth.done()
            # One that was closed makes room for another.
            first.close()
            pool.give_back(first)
            assert (await asyncio.wait_for(fourth, 5)).is_open
            assert counted.opened == 3

    asyncio.run(scenario())


def test_a_connection_that_opens_too_late_serves_the_next_request():
    async def scenario() -> None:
        async with listener(limit=5) as (counted, pool):
            counted.may_open.clear()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(pool.take(), 0.01)
            counted.may_open.set()
            async with asyncio.timeout(30):
                while not counted.connections:  # noqa: ASYNC110 (the pool has it at the same moment)
                    await asyncio.sleep(0.001)
            assert (await pool.take()).is_open
            assert counted.opened == 1

    asyncio.run(scenario())


def test_a_request_that_gives_up_at_the_last_moment_keeps_no_connection():
    async def scenario() -> None:
        async with listener(limit=1) as (_, pool):
            only = await pool.take()
            late = asyncio.create_task(pool.take())
            await asyncio.sleep(0)
            pool.give_back(only)
            late.cancel()
            assert await asyncio.wait_for(pool.take(), 5) is only

    asyncio.run(scenario())


def test_a_connection_that_is_refused_fails_its_request_and_leaves_room():
    async def scenario() -> None:
        async with listener(limit=1) as (counted, pool):
            port, counted.port = counted.port, 1
            for _ in range(3):
                with pytest.raises(OSError, match="onnect"):
                    await asyncio.wait_for(pool.take(), 5)
            counted.port = port
            assert (await asyncio.wait_for(pool.take(), 5)).is_open

    asyncio.run(scenario())


def test_one_that_was_idle_for_longer_than_a_service_keeps_it_is_not_used(monkeypatch: pytest.MonkeyPatch):
    async def scenario() -> None:
        async with listener(limit=1) as (counted, pool):
            first = await pool.take()
            pool.give_back(first)
            monkeypatch.setattr(first, "idle_since", first.idle_since - 4.1)
            second = await asyncio.wait_for(pool.take(), 5)
            assert (first.is_open, second.is_open, counted.opened) == (False, True, 2)

    asyncio.run(scenario())


def test_the_connection_that_was_idle_for_the_shortest_time_is_taken_first():
    async def scenario() -> None:
        async with listener(limit=2) as (_, pool):
            first, second = await pool.take(), await pool.take()
            pool.give_back(first)
            pool.give_back(second)
            assert await pool.take() is second

    asyncio.run(scenario())


def test_a_closed_pool_leaves_no_connection_open():
    async def scenario() -> None:
        async with listener(limit=2) as (_, pool):
            idle = await pool.take()
            pool.give_back(idle)
            await pool.close()
            assert not idle.is_open

    asyncio.run(scenario())
