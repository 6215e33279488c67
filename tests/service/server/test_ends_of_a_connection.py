"""Ends of one connection: by a timeout, for the place of another one, by its client, and at the shutdown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from service.app import create_framework_app
from service.server import http_protocol
from service.server.connection_timeouts import Wait
from service.server.http_protocol import LimitedHttpProtocol
from service.telemetry.request_stats import RequestStats
from tests.service.fast_path.test_http_protocol import LIVEZ, POST, SETTINGS, Connection, Wire, encode

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from service.model.registry import Predictors

HEAD = b"GET /livez HTTP/1.1\r\nhost: x\r\n"
BODY = encode(POST)[:-5]
STATES: dict[str, list[bytes]] = {
    "silent": [],
    "head": [HEAD],
    "body": [BODY],
    "idle": [encode(LIVEZ)],
    "second head": [encode(LIVEZ), HEAD],
    "second body": [encode(LIVEZ), BODY],
}


class Line(Wire):
    """Wire that keeps how it was ended, and may hold what its client does not read."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[str] = []
        self.unread = 0

    def write_eof(self) -> None:
        self.ends.append("eof")

    def close(self) -> None:
        self.ends.append("close")
        super().close()

    def abort(self) -> None:
        self.ends.append("abort")
        super().abort()

    def get_write_buffer_size(self) -> int:
        return self.unread


@pytest.fixture
def app(predictors: Predictors) -> ASGIApp:
    return create_framework_app(
        predictors, SETTINGS, RequestStats(instance="i-test", versions={}, log_sample=0)
    )


class Talk:
    """Connection with its line."""

    def __init__(self, app: ASGIApp) -> None:
        self.connection = Connection(LimitedHttpProtocol, app)
        self.protocol = self.connection.protocol
        self.line = Line()
        self.protocol.transport = self.connection.wire = self.line

    async def reach(self, state: str) -> None:
        for piece in STATES[state]:
            await self.connection.exchange(piece)
        self.line.sent = b""

    @property
    def answer(self) -> tuple[str, list[str]]:
        """Status of what was sent, and how the line was ended."""
        return self.line.sent[9:12].decode(), self.line.ends


@pytest.mark.parametrize(
    ("state", "wait"),
    [
        ("silent", Wait.HEAD),
        ("head", Wait.HEAD),
        ("body", Wait.BODY),
        ("idle", Wait.IDLE),
        ("second head", Wait.HEAD),
        ("second body", Wait.BODY),
    ],
)
def test_a_connection_waits_for_what_its_client_has_not_done(app: ASGIApp, state: str, wait: Wait):
    async def look() -> None:
        talk = Talk(app)
        await talk.reach(state)
        first, second = talk.protocol.current_wait(), talk.protocol.current_wait()
        assert first
        assert second
        assert first[0] is wait
        assert first[1] is second[1]  # the same wait as before
        talk.line.unread = 1
        unread = talk.protocol.current_wait()
        assert unread
        assert unread[0] is Wait.READ

    asyncio.run(look())


# RFC 9110, 15.5.9: 408 is for a request that has begun; who has sent nothing of one is owed no response.
@pytest.mark.parametrize(
    ("state", "wait", "timed_out", "shed"),
    [
        ("silent", Wait.HEAD, ("", ["close"]), ("", ["close"])),
        ("idle", Wait.IDLE, ("", ["close"]), ("", ["close"])),
        ("head", Wait.HEAD, ("408", ["eof"]), ("503", ["eof", "close"])),
        ("second head", Wait.HEAD, ("408", ["eof"]), ("503", ["eof", "close"])),
        ("body", Wait.BODY, ("408", ["eof"]), ("503", ["eof", "close"])),
        ("second body", Wait.BODY, ("408", ["eof"]), ("503", ["eof", "close"])),
        ("idle", Wait.READ, ("", ["abort"]), ("", ["abort"])),
        ("idle", Wait.CLOSE, ("", ["abort"]), ("", ["abort"])),
    ],
)
def test_a_wait_ends_with_a_response_if_a_request_has_begun(
    app: ASGIApp, state: str, wait: Wait, timed_out: tuple[str, list[str]], shed: tuple[str, list[str]]
):
    async def end() -> None:
        talk = Talk(app)
        await talk.reach(state)
        talk.protocol.time_out(wait)
        assert talk.answer == timed_out
        other = Talk(app)
        await other.reach(state)
        other.protocol.shed(wait)
        assert other.answer == shed
        assert (b"\r\nretry-after: 1\r\n" in other.line.sent) is (shed[0] == "503")

    asyncio.run(end())


def test_a_refused_connection_waits_for_its_end_and_discards_what_comes(
    app: ASGIApp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(http_protocol, "DISCARD_BYTES", 100)

    async def refuse() -> None:
        talk = Talk(app)
        await talk.reach("head")
        talk.protocol.time_out(Wait.HEAD)
        wait = talk.protocol.current_wait()
        assert wait
        assert wait[0] is Wait.CLOSE
        sent = talk.line.sent
        talk.protocol.data_received(b"x" * 60)
        talk.protocol.data_received(b"x" * 40)
        assert (talk.line.sent, talk.line.ends) == (sent, ["eof"])
        talk.protocol.data_received(b"x")
        assert (talk.line.sent, talk.line.ends) == (sent, ["eof", "abort"])

    asyncio.run(refuse())


def test_each_response_of_the_server_counts_for_the_load(app: ASGIApp):
    async def count() -> None:
        talk = Talk(app)
        for _ in range(3):
            await talk.connection.exchange(encode(LIVEZ))
        assert talk.connection.server.total_requests == 3

    asyncio.run(count())


@pytest.mark.parametrize(
    ("state", "closed_at_once", "closed"),
    [("silent", [], ["close"]), ("idle", [], ["close"]), ("head", [], []), ("second head", [], [])],
)
def test_at_the_shutdown_an_idle_connection_stays_open_for_a_request_on_its_way(
    app: ASGIApp,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    closed_at_once: list[str],
    closed: list[str],
):
    monkeypatch.setattr(http_protocol, "SHUTDOWN_IDLE_SECONDS", 0.01)

    async def shut_down() -> None:
        talk = Talk(app)
        await talk.reach(state)
        talk.protocol.shutdown()
        await asyncio.sleep(0)
        assert talk.line.ends == closed_at_once
        await asyncio.sleep(0.05)
        assert talk.line.ends == closed

    asyncio.run(shut_down())


@pytest.mark.parametrize(("version", "probe"), [("1.1", b"HTTP/1.1 100 Continue\r\n\r\n"), ("1.0", b"")])
def test_a_client_that_has_ended_its_direction_gets_the_response_in_progress(version: str, probe: bytes):
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(_: Scope, __: Receive, send: Send) -> None:
        begun.set()
        await goes_on.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def end() -> None:
        talk = Talk(slow)
        talk.protocol.data_received(f"GET /x HTTP/{version}\r\nhost: x\r\n\r\n".encode())
        await begun.wait()
        assert talk.protocol.current_wait() is None  # the application is working
        assert talk.protocol.eof_received()
        assert talk.line.sent == probe
        goes_on.set()
        (task,) = talk.connection.server.tasks
        await task
        assert talk.line.sent.removeprefix(probe).startswith(b"HTTP/1.1 204 ")
        assert talk.line.ends == ["close"]

    asyncio.run(end())


@pytest.mark.parametrize("state", ["silent", "head", "body", "idle", "second head", "second body"])
def test_without_a_response_in_progress_the_end_of_the_client_is_that_of_the_connection(
    app: ASGIApp, state: str
):
    async def end() -> None:
        talk = Talk(app)
        await talk.reach(state)
        assert not talk.protocol.eof_received()
        assert talk.line.sent == b""

    asyncio.run(end())


def test_a_connection_that_is_lost_takes_no_place_any_more(app: ASGIApp):
    async def lose() -> None:
        talk: Any = Talk(app)
        await talk.reach("body")
        assert len(talk.connection.watch) == 1
        talk.protocol.connection_lost(None)
        assert len(talk.connection.watch) == 0

    asyncio.run(lose())


def test_a_connection_that_is_made_while_the_service_drains_ends_with_its_first_response(app: ASGIApp):
    async def drain() -> None:
        talk = Talk(app)
        talk.connection.watch.draining = True
        talk.protocol.connection_made(talk.line)
        answered = await talk.connection.exchange(encode(LIVEZ))
        assert b"\r\nconnection: close\r\n" in answered
        assert talk.line.ends == ["close"]

    asyncio.run(drain())
