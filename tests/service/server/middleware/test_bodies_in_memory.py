"""Limit of bodies, message by message: their sizes, the rest of a refused one, and all of them in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from service.server.middleware import body_limit
from service.server.middleware.body_limit import BodyLimit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Message, Receive, Scope, Send

FLOWER, BATCH = "/flower", "/batch"


def piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


class Sender:
    """Client that sends one message after the other, when the test says so, and keeps the response."""

    def __init__(self, headers: dict[str, str] | None = None, path: str = BATCH) -> None:
        given = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        self.scope: Scope = {"type": "http", "method": "POST", "path": path, "headers": given, "state": {}}
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.received = 0
        self.status = 0
        self.headers: dict[str, str] = {}

    async def receive(self) -> Message:
        message = await self.messages.get()
        self.received += 1
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}


class Limited:
    """Application behind the limit, which answers with 200 once it may, and keeps the bodies that it got."""

    def __init__(self, max_bytes: int) -> None:
        self.bodies: list[bytes] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._limit = BodyLimit(self._app, max_bytes=max_bytes, is_batch_path=lambda path: path == BATCH)
        self._tasks: list[asyncio.Task[None]] = []

    async def _app(self, _: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        self.bodies.append(message["body"])
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def begin(self, sender: Sender, *messages: Message) -> Sender:
        """Begin a request, and send messages of it."""
        self._tasks.append(asyncio.create_task(self._limit(sender.scope, sender.receive, sender.send)))
        await self.go_on(sender, *messages)
        return sender

    async def go_on(self, sender: Sender, *messages: Message) -> None:
        for message in messages:
            sender.messages.put_nowait(message)
        for _ in range(10 + 2 * len(messages)):
            await asyncio.sleep(0)

    async def end(self) -> None:
        """Wait for all requests that end."""
        self.may_answer.set()
        for task in self._tasks:
            await asyncio.wait_for(task, 20)


def sent(
    messages: Sequence[Message],
    headers: dict[str, str] | None = None,
    path: str = BATCH,
    max_bytes: int = 100,
) -> tuple[Sender, list[bytes]]:
    """Send one request; return its client, and the bodies that the application got."""

    async def run() -> tuple[Sender, list[bytes]]:
        limited = Limited(max_bytes)
        sender = await limited.begin(Sender(headers, path), *messages)
        await limited.end()
        return sender, limited.bodies

    return asyncio.run(run())


@pytest.mark.parametrize("is_announced", [True, False])
@pytest.mark.parametrize(
    ("path", "max_bytes", "size", "status"),
    [
        (BATCH, 100, 100, 200),
        (BATCH, 100, 101, 413),
        (BATCH, 100_000, 100_000, 200),
        (BATCH, 100_000, 100_001, 413),
        (FLOWER, 100, 100, 200),  # the smaller one of both limits
        (FLOWER, 100, 101, 413),
        (FLOWER, 100_000, 16_384, 200),
        (FLOWER, 100_000, 16_385, 413),
    ],
)
def test_a_body_has_up_to_the_limit_of_its_path(
    path: str, max_bytes: int, size: int, status: int, *, is_announced: bool
):
    body = b"x" * size
    headers = {"content-length": str(size)} if is_announced else {"transfer-encoding": "chunked"}
    pieces = [piece(body)] if is_announced else [piece(body[:50], more=True), piece(body[50:])]
    sender, bodies = sent(pieces, headers, path, max_bytes)
    assert sender.status == status
    assert bodies == ([body] if status == 200 else [])
    assert "connection" not in sender.headers  # all of it has been read


@pytest.mark.parametrize("length", ["abc", "-1", "1.5", "9" * 5_000, ""])
def test_a_length_that_is_no_number_announces_nothing(length: str):
    sender, bodies = sent([piece(b"ab", more=True), piece(b"c")], {"content-length": length})
    assert (sender.status, bodies) == (200, [b"abc"])


@pytest.mark.parametrize("headers", [{}, {"content-length": "0"}])
def test_a_request_without_a_body_is_not_read_before_the_application_does(headers: dict[str, str]):
    async def run() -> None:
        limited = Limited(100)
        sender = await limited.begin(Sender(headers))
        assert limited.bodies == []
        await limited.go_on(sender, piece(b""))
        await limited.end()
        assert (sender.status, limited.bodies) == (200, [b""])

    asyncio.run(run())


@pytest.mark.parametrize(("size", "status"), [(1_024, 200), (1_025, 431)])
def test_a_content_type_has_up_to_1024_bytes(size: int, status: int):
    sender, _ = sent([piece(b"a")], {"content-length": "1", "content-type": "x" * size})
    assert sender.status == status


# RFC 9112, 9.6: of a connection that is closed while its client sends, the client may lose the response.
@pytest.mark.parametrize(
    ("rest", "closes"),
    [
        ([b""], False),
        ([b"x" * 500], False),
        ([b"x" * 400, b"x" * 599, b"x"], False),
        ([b"x" * 400, b"x" * 600, b"x"], True),  # more than is discarded
    ],
)
@pytest.mark.parametrize("is_announced", [True, False])
def test_the_rest_of_a_refused_body_is_read_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch, rest: list[bytes], *, closes: bool, is_announced: bool
):
    monkeypatch.setattr(body_limit, "DISCARD_BYTES", 1_000)
    headers = {"content-length": "2000"} if is_announced else {"transfer-encoding": "chunked"}
    pieces = [piece(part, more=place < len(rest) - 1) for place, part in enumerate(rest)]
    sender, bodies = sent(pieces if is_announced else [piece(b"x" * 101, more=True), *pieces], headers)
    assert (sender.status, bodies) == (413, [])
    assert (sender.headers.get("connection") == "close") is closes


def test_a_refused_body_that_stalls_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(body_limit, "DISCARD_SECONDS", 0.01)
    sender, _ = sent([piece(b"x", more=True)], {"content-length": "2000"})
    assert (sender.status, sender.headers["connection"]) == (413, "close")


# RFC 9110, 10.1.1: the client sends nothing before 100, which reading would send.
def test_a_large_body_that_waits_for_100_is_refused_without_being_read():
    sender, _ = sent([piece(b"x" * 2_000)], {"content-length": "2000", "expect": "100-continue"})
    assert (sender.status, sender.headers["connection"], sender.received) == (413, "close", 0)


def test_a_client_that_leaves_within_its_body_reaches_no_application_and_takes_no_memory(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(body_limit, "HELD_BODIES", 2)

    async def run() -> None:
        limited = Limited(10)
        for _ in range(5):
            sender = Sender({"content-length": "10"})
            await limited.begin(sender, piece(b"x" * 9, more=True), {"type": "http.disconnect"})
            assert sender.status == 0
        sender = await limited.begin(Sender({"content-length": "10"}), piece(b"x" * 10))
        await limited.end()
        assert (sender.status, limited.bodies) == (200, [b"x" * 10])

    asyncio.run(run())


CHUNKED = {"transfer-encoding": "chunked"}


def test_the_body_that_has_paused_for_longest_makes_room_each_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(body_limit, "HELD_BODIES", 2)

    async def run() -> None:
        limited = Limited(10)
        for _ in range(3):  # what is dropped takes no memory afterwards, nor is it given back twice
            first, second, third = [
                await limited.begin(Sender(CHUNKED), piece(b"x" * 8, more=True)) for _ in range(2)
            ] + [Sender(CHUNKED)]
            await limited.go_on(first, piece(b"x", more=True))
            await limited.begin(third, piece(b"x" * 3, more=True))  # 20 bytes are the limit
            assert (first.status, second.status, third.status) == (0, 0, 0)
            await limited.go_on(third, piece(b"x", more=True))
            assert (first.status, second.status, third.status) == (0, 503, 0)
            assert (second.headers["retry-after"], second.headers["connection"]) == ("1", "close")
            for sender in (first, third):
                await limited.go_on(sender, piece(b""))
            assert (first.status, third.status) == (200, 200)
        await limited.end()

    asyncio.run(run())


def test_bodies_of_requests_in_progress_stay_in_memory_and_a_further_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(body_limit, "HELD_BODIES", 2)

    async def run() -> None:
        limited = Limited(10)
        for _ in range(3):
            limited.may_answer.clear()
            working: list[Any] = [await limited.begin(Sender(CHUNKED), piece(b"x" * 10)) for _ in range(2)]
            further = await limited.begin(Sender(CHUNKED), piece(b"x"))
            assert (further.status, further.headers["retry-after"]) == (503, "1")
            assert "connection" not in further.headers  # all of it has been read
            limited.may_answer.set()
            await limited.go_on(further)
            assert [sender.status for sender in working] == [200, 200]
        await limited.end()

    asyncio.run(run())
