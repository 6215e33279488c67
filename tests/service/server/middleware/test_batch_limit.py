"""Batch limit: one batch is computed at a time, a few wait, and others are refused."""

from __future__ import annotations

import asyncio
import socket
import struct
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from service.api.batch_paths import BATCH_PATH, is_batch
from service.server.client_presence import note_lost_connection
from service.server.middleware import batch_limit
from service.server.middleware.batch_limit import BatchLimit
from service.server.middleware.request_context import RequestContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message, Receive, Scope, Send

    from tests.service.conftest import RunningService, StartService

PATH = BATCH_PATH


class Computer:
    """Application that computes each batch until it is told to answer."""

    def __init__(self, body: bytes = b"") -> None:
        self.computing = 0
        self.maximum_computing = 0
        self.may_answer = asyncio.Event()
        self._body = body

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        self.computing += 1
        self.maximum_computing = max(self.maximum_computing, self.computing)
        try:
            await self.may_answer.wait()
        finally:
            self.computing -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self._body})


def client_of(limit: BatchLimit) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(RequestContext(limit, instance_id="i-test"))
    return httpx.AsyncClient(transport=transport, base_url="http://test", trust_env=False)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (no event tells of every condition)
            await asyncio.sleep(0.001)


def test_one_batch_is_computed_at_a_time_and_all_that_wait_are_answered():
    async def run() -> None:
        computer = Computer()
        async with client_of(BatchLimit(computer, is_batch=is_batch, max_batches=2)) as client:
            waiting = [asyncio.create_task(client.post(PATH)) for _ in range(6)]
            await until(lambda: computer.computing)
            computer.may_answer.set()
            assert {(await task).status_code for task in waiting} == {200}
        assert computer.maximum_computing == 1

    asyncio.run(run())


def test_a_batch_that_cannot_begin_in_time_gets_503_with_retry_after(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batch_limit, "WAIT_SECONDS", 0.05)

    async def run() -> None:
        computer = Computer()
        async with client_of(BatchLimit(computer, is_batch=is_batch, max_batches=3)) as client:
            first = asyncio.create_task(client.post(PATH))
            await until(lambda: computer.computing)
            refused = await client.post(PATH)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json()["detail"] == "The service has reached its limit of 3 concurrent batches."
            computer.may_answer.set()
            assert (await first).status_code == 200
            assert (await client.post(PATH)).status_code == 200

    asyncio.run(run())


def test_only_four_batches_for_each_place_wait_and_more_are_refused_at_once():
    async def run() -> None:
        computer = Computer()
        async with client_of(BatchLimit(computer, is_batch=is_batch, max_batches=1)) as client:
            waiting = [asyncio.create_task(client.post(PATH)) for _ in range(5)]
            await until(lambda: computer.computing)
            assert (await client.post(PATH)).status_code == 503
            computer.may_answer.set()
            assert {(await task).status_code for task in waiting} == {200}

    asyncio.run(run())


def test_a_batch_without_a_response_ends_its_turn_all_the_same():
    async def run() -> None:
        computer = Computer()
        computer.may_answer.set()
        limit = BatchLimit(computer, is_batch=is_batch, max_batches=1)

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        async def send(_: Message) -> None:
            raise AssertionError("there is no client")

        left: dict[str, Any] = {}
        note_lost_connection(left)
        scope: Scope = {"type": "http", "method": "POST", "path": PATH, "headers": [], "state": left}
        await limit(scope, receive, send)
        assert computer.maximum_computing == 0
        with pytest.raises(AssertionError, match="no client"):
            await limit(scope | {"state": {}}, receive, send)
        async with client_of(limit) as client:
            assert (await client.post(PATH)).status_code == 200

    asyncio.run(run())


def test_other_requests_do_not_wait_for_batches():
    async def run() -> None:
        computer = Computer()
        limit = BatchLimit(computer, is_batch=is_batch, max_batches=1)
        async with client_of(limit) as client:
            waiting = [asyncio.create_task(client.post(PATH)) for _ in range(2)]
            waiting += [
                asyncio.create_task(client.post(PATH + "/other")),
                asyncio.create_task(client.get(PATH)),
            ]
            await until(lambda: computer.computing == 3)
            computer.may_answer.set()
            assert {(await task).status_code for task in waiting} == {200}

    asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "key"), [("/api/v01/predictors/wine/predict", "detail"), ("/v2/models/wine/infer", "error")]
)
def test_a_large_body_waits_for_its_turn_on_every_path_of_batches_and_a_small_one_does_not(
    path: str, key: str
):
    async def run() -> None:
        computer = Computer()
        async with client_of(BatchLimit(computer, is_batch=is_batch, max_batches=1)) as client:
            batch = asyncio.create_task(client.post(path, content=b" " * 5_000))
            small = asyncio.create_task(client.post(path, content=b"{}"))
            await until(lambda: computer.computing == 2)
            refused = await client.post(path, content=b" " * 5_000)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert "limit of 1 concurrent batch." in refused.json()[key]
            computer.may_answer.set()
            assert {(await task).status_code for task in (batch, small)} == {200}

    asyncio.run(run())


@pytest.mark.parametrize(
    ("length", "pieces"),
    [
        (65_536, [(65_536, False)]),
        (131_072, [(65_536, True), (65_536, False)]),
        (200_000, [(65_536, True), (65_536, True), (65_536, True), (3_392, False)]),
    ],
)
def test_a_long_response_is_sent_in_pieces_and_ends_with_the_last(
    length: int, pieces: list[tuple[int, bool]]
):
    sent: list[tuple[int, bool]] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            sent.append((len(message["body"]), message.get("more_body", False)))

    async def run() -> None:
        computer = Computer(b"x" * length)
        computer.may_answer.set()
        scope = {"type": "http", "method": "POST", "path": PATH}
        await BatchLimit(computer, is_batch=is_batch, max_batches=1)(scope, None, send)  # pyright: ignore[reportArgumentType] (not called)

    asyncio.run(run())
    assert sent == pieces


def test_a_client_that_reads_slowly_makes_room_for_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batch_limit, "SLOW_READ_SECONDS", 0.01)
    sent: list[str] = []

    async def run() -> None:
        computer = Computer(b"x")
        computer.may_answer.set()
        limit = BatchLimit(computer, is_batch=is_batch, max_batches=1)
        scope = {"type": "http", "method": "POST", "path": PATH}

        async def block(message: dict[str, object]) -> None:
            sent.append(str(message["type"]))
            await asyncio.Event().wait()

        async def accept(message: dict[str, object]) -> None:
            sent.append(str(message["type"]))

        slow = asyncio.create_task(limit({**scope}, None, block))  # pyright: ignore[reportArgumentType] (not called)
        await until(lambda: sent)
        await asyncio.sleep(0.02)
        await limit({**scope}, None, accept)  # pyright: ignore[reportArgumentType] (not called)
        await slow

    asyncio.run(run())
    assert sent == ["http.response.start", "http.response.start", "http.response.body"]


# 10,000 rows with details take a third of a second or more.
LONG = b"pl,pw,sl,sw\n" + b"0,0,0,0\n" * 10_000


def send_batch(service: RunningService, body: bytes) -> socket.socket:
    url = urlsplit(service.url)
    connection = socket.create_connection((url.hostname, url.port), timeout=30)
    head = f"POST {PATH}?detail=true HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\n"
    connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    return connection


@pytest.fixture(scope="module")
def logging_service(start_service: StartService) -> RunningService:
    return start_service(IRIS_LOG_SAMPLE="1")


def statuses_of_batches(service: RunningService) -> list[int]:
    """Return the statuses in the log."""
    return [line["status"] for line in service.log_lines() if line.get("method") == "POST"]


@pytest.mark.parametrize("how", ["close", "reset"])
def test_work_ends_when_its_client_has_left(logging_service: RunningService, how: str):
    before, sent = len(statuses_of_batches(logging_service)), 0
    deadline = monotonic() + 20
    while 499 not in (statuses := statuses_of_batches(logging_service)[before:]):
        assert monotonic() < deadline
        if len(statuses) == sent:  # on a busy machine, the work may have ended before the client left
            with send_batch(logging_service, LONG) as connection:
                if how == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sent += 1
        logging_service.get("/livez")
    assert "Traceback" not in logging_service.log.read_text()


def test_a_client_that_ends_only_its_own_direction_gets_its_answer(logging_service: RunningService):
    with send_batch(logging_service, LONG) as connection:
        connection.shutdown(socket.SHUT_WR)
        received = bytearray()
        while piece := connection.recv(1_048_576):
            received += piece
    interim, _, final = received.partition(b"\r\n\r\n")
    assert interim == b"HTTP/1.1 100 Continue"
    assert final.startswith(b"HTTP/1.1 200 OK\r\n")
    assert final.count(b"Iris ") >= 10_000


def test_a_batch_that_was_refused_while_it_waited_for_its_turn_leaves_its_place(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(batch_limit, "WAIT_SECONDS", 0.05)
    sent: list[Message] = []

    async def run() -> None:
        computer = Computer(b"x")
        limit = BatchLimit(computer, is_batch=is_batch, max_batches=2)
        async with client_of(limit) as client:
            first = asyncio.create_task(client.post(PATH))
            await until(lambda: computer.computing)
            assert (await client.post(PATH)).status_code == 503
            computer.may_answer.set()
            assert (await first).status_code == 200
        scope = {"type": "http", "method": "POST", "path": PATH}
        begun = asyncio.Event()

        async def block(_: Message) -> None:
            begun.set()
            await asyncio.Event().wait()

        async def accept(message: Message) -> None:
            sent.append(message)

        slow = asyncio.create_task(limit({**scope}, None, block))  # pyright: ignore[reportArgumentType] (not called)
        await begun.wait()
        await limit({**scope}, None, accept)  # pyright: ignore[reportArgumentType] (not called)
        slow.cancel()

    asyncio.run(run())
    assert [message.get("status") for message in sent] == [200, None]


def test_the_pieces_of_a_message_do_not_end_a_response_of_several_messages():
    sent: list[Message] = []

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for more_body in (True, False):
            await send({"type": "http.response.body", "body": b"x" * 70_000, "more_body": more_body})

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        limit = BatchLimit(app, is_batch=is_batch, max_batches=1)
        await limit({"type": "http", "method": "POST", "path": PATH}, None, send)  # pyright: ignore[reportArgumentType] (not called)

    asyncio.run(run())
    assert [message["more_body"] for message in sent[1:]] == [True, True, True, False]


def test_a_response_that_has_just_begun_makes_no_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batch_limit, "WAIT_SECONDS", 0.02)
    monkeypatch.setattr(batch_limit, "SLOW_READ_SECONDS", 600.0)  # for any machine
    sent: list[Message] = []
    refused: list[Message] = []

    async def run() -> None:
        computer = Computer(b"x")
        computer.may_answer.set()
        limit = BatchLimit(computer, is_batch=is_batch, max_batches=1)
        scope = {"type": "http", "method": "POST", "path": PATH}
        goes_on = asyncio.Event()

        async def read_slowly(message: Message) -> None:
            sent.append(message)
            await goes_on.wait()

        async def accept(message: Message) -> None:
            refused.append(message)

        slow = asyncio.create_task(limit({**scope}, None, read_slowly))  # pyright: ignore[reportArgumentType] (not called)
        await until(lambda: sent)
        await limit({**scope}, None, accept)  # pyright: ignore[reportArgumentType] (not called)
        goes_on.set()
        await slow

    asyncio.run(run())
    assert refused[0]["status"] == 503
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


def test_a_timeout_of_the_application_itself_is_an_error_as_any_other():
    async def app(_: Scope, __: Receive, ___: Send) -> None:
        raise TimeoutError

    async def run() -> None:
        limit = BatchLimit(app, is_batch=is_batch, max_batches=1)
        for _ in range(2):  # which leaves its place
            with pytest.raises(TimeoutError):
                await limit({"type": "http", "method": "POST", "path": PATH}, None, None)  # pyright: ignore[reportArgumentType] (not called)

    asyncio.run(run())
