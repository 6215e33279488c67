"""Requests that arrive at once: few are begun in each turn of the event loop, health checks before others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from service.app import create_app, protocol_class
from service.server.request_queue import STARTS_PER_TURN, RequestQueue
from service.settings import Settings
from tests.service.fast_path.test_http_protocol import LIVEZ, Connection, encode
from tests.service.generated import GeneratedRequest

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from service.model.registry import Predictors

REQUESTS = 100
LISTING = encode(GeneratedRequest("GET", "/listpredictors"))


class Application:
    """Application that records the turn of the event loop in which each request has begun."""

    def __init__(self) -> None:
        self.turn = 0
        self.begun: list[tuple[str, int]] = []

    async def count_turns(self) -> None:
        while True:
            self.turn += 1
            await asyncio.sleep(0)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.begun.append((scope["path"], self.turn))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


def connections(app: Application, number: int) -> list[Connection]:
    """Return connections that share the queue of the first one."""
    opened = [Connection(protocol_class(), app) for _ in range(number)]
    for each in opened:
        each.watch.requests = opened[0].watch.requests
    return opened


async def until_answered(app: Application, opened: list[Connection]) -> None:
    counter = asyncio.create_task(app.count_turns())
    while not all(each.wire.sent for each in opened):  # noqa: ASYNC110 (the turns are counted)
        await asyncio.sleep(0)
    counter.cancel()


def test_a_turn_begins_sixteen_requests_in_the_order_of_their_arrival():
    async def run() -> list[int]:
        app = Application()
        opened = connections(app, REQUESTS)
        for each in opened:
            each.protocol.data_received(LISTING)
        await until_answered(app, opened)
        return [turn for _, turn in app.begun]

    turns = asyncio.run(run())
    assert len(turns) == REQUESTS
    assert turns == sorted(turns)
    assert max(turns.count(turn) for turn in turns) == STARTS_PER_TURN == 16


def test_a_health_check_is_begun_before_requests_that_wait():
    async def run() -> list[str]:
        app = Application()
        opened = connections(app, REQUESTS)
        for each in opened[:-1]:
            each.protocol.data_received(LISTING)
        opened[-1].protocol.data_received(encode(LIVEZ))
        await until_answered(app, opened)
        return [path for path, _ in app.begun]

    assert asyncio.run(run()).index("/livez") == STARTS_PER_TURN


def test_a_request_for_which_the_queue_has_no_room_is_refused_with_a_time_to_retry():
    async def run() -> list[bytes]:
        app = Application()
        opened = connections(app, STARTS_PER_TURN + 4)
        opened[0].watch.requests = RequestQueue(maximum=2)
        for each in opened:
            each.watch.requests = opened[0].watch.requests
            each.protocol.data_received(LISTING)
        health = connections(app, 1)
        health[0].watch.requests = opened[0].watch.requests
        health[0].protocol.data_received(encode(LIVEZ))
        await until_answered(app, [*opened, *health])
        return [each.wire.sent for each in (*opened, *health)]

    sent = asyncio.run(run())
    refused = [each for each in sent if each.startswith(b"HTTP/1.1 503 ")]
    assert refused == sent[STARTS_PER_TURN + 2 : -1]
    assert len(refused) == 2
    assert all(b"\r\nretry-after: 1\r\n" in each for each in refused)


@pytest.mark.parametrize("target", ["/api/v01/classify/1.4/0.2/5.1/3.5", "/api/v01/classify/1/2/3/x"])
def test_one_flower_is_answered_although_the_queue_is_full_or_refused_as_any_request(
    predictors: Predictors, target: str
):
    async def run() -> bytes:
        app = create_app(predictors, Settings())
        connection = Connection(protocol_class(), app, app)
        connection.watch.requests = RequestQueue(maximum=0)
        connection.protocol.data_received(encode(GeneratedRequest("GET", target)))
        return connection.wire.sent

    expected = b"HTTP/1.1 503 " if target.endswith("x") else b"HTTP/1.1 200 "
    assert asyncio.run(run()).startswith(expected)


def test_a_request_whose_client_leaves_while_it_waits_gets_no_answer():
    async def run() -> tuple[int, bytes]:
        app = Application()
        opened = connections(app, STARTS_PER_TURN + 1)
        for each in opened:
            each.protocol.data_received(LISTING)
        opened[-1].protocol.connection_lost(None)
        await until_answered(app, opened[:-1])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return len(app.begun), opened[-1].wire.sent

    assert asyncio.run(run()) == (STARTS_PER_TURN + 1, b"")
