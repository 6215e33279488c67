"""Concurrency limit: further requests are refused at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from service.server.middleware.concurrency_limit import ConcurrencyLimit
from service.server.middleware.request_context import RequestContext

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class Room:
    """Application whose requests stay until they are released."""

    def __init__(self) -> None:
        self._came_in = asyncio.Semaphore(0)
        self.may_leave = asyncio.Event()

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            self._came_in.release()
            await self.may_leave.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def until_inside(self, requests: int) -> None:
        for _ in range(requests):
            await self._came_in.acquire()


def client_of(admission: ConcurrencyLimit) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(RequestContext(admission, instance_id="i-test"))
    return httpx.AsyncClient(transport=transport, base_url="http://test", trust_env=False)


def test_a_request_beyond_the_limit_gets_503_with_retry_after():
    async def crowd() -> None:
        room = Room()
        async with (
            client_of(ConcurrencyLimit(room, max_concurrent=2)) as client,
            asyncio.TaskGroup() as group,
        ):
            slow = [group.create_task(client.get("/slow")) for _ in range(2)]
            await room.until_inside(2)
            refused = await client.get("/other")
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "1"
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.headers["x-served-by"] == "i-test"
            assert refused.json()["instance"] == "/other"
            for path in ("/livez", "/readyz", "/metrics"):
                assert (await client.get(path)).status_code == 204
            room.may_leave.set()
            assert {(await task).status_code for task in slow} == {204}
            assert (await client.get("/other")).status_code == 204

    asyncio.run(crowd())


def test_a_request_that_leaves_or_fails_makes_room():
    async def leave() -> None:
        room = Room()

        async def failing(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/fails":
                raise ZeroDivisionError
            await room(scope, receive, send)

        async with client_of(ConcurrencyLimit(failing, max_concurrent=1)) as client:
            assert (await client.get("/fails")).status_code == 500
            leaving = asyncio.create_task(client.get("/slow"))
            await room.until_inside(1)
            leaving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaving
            assert (await client.get("/other")).status_code == 204

    asyncio.run(leave())


def test_during_a_shutdown_only_readiness_fails():
    async def end() -> None:
        admission = ConcurrencyLimit(Room(), max_concurrent=1)
        admission.draining = True
        async with client_of(admission) as client:
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.headers["retry-after"]) == (503, "1")
            assert "shutting down" in ready.json()["detail"]
            other = await client.get("/v2/health/ready")
            assert (other.status_code, "shutting down" in other.json()["error"]) == (503, True)
            for alive in ("/livez", "/v2/health/live"):
                assert (await client.get(alive)).status_code == 204
            assert (await client.get("/other")).status_code == 204

    asyncio.run(end())
