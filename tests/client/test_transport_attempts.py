"""Attempts of a request by both transports: what is closed, and what is no longer outstanding, after each."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typing_extensions import override

from client import balancer as balancers
from client import transport as transports
from client.balancer import Balancer
from client.choices import PowerOfTwoChoices
from client.discovery import StaticInstances
from client.transport import AsyncBalancedTransport, BalancedTransport
from tests.client.balanced import health_in_no_time
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from client.instance import Instance

    Answer = Callable[[], httpx.Response]

ADDRESS = "http://10.0.1.1:80"


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Body of a response, which counts how often it is closed; it breaks off if there is an error."""

    def __init__(self, error: httpx.TransportError | None = None) -> None:
        self.closed = 0
        self.error = error

    @override
    def __iter__(self) -> Iterator[bytes]:
        yield b"{}"
        if self.error:
            raise self.error

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    @override
    def close(self) -> None:
        self.closed += 1

    @override
    async def aclose(self) -> None:
        self.closed += 1


class Connections(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Connections on which each request gets the next answer."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.is_closed = False
        self.options: dict[str, object] = {}

    def create(self, **options: object) -> Connections:
        """Stand for the class of these connections, with any options."""
        self.options = options
        return self

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.answers.pop(0)()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.answers.pop(0)()

    @override
    def close(self) -> None:
        self.is_closed = True

    @override
    async def aclose(self) -> None:
        self.is_closed = True


class Choose:
    """Choice of the first instance, which keeps what is outstanding."""

    def __init__(self) -> None:
        self.outstanding: list[int] = []

    def __call__(self, candidates: Sequence[Instance], outstanding: Mapping[Instance, int]) -> Instance:
        self.outstanding.append(sum(outstanding.values()))
        return candidates[0]


def send(connections: Connections, choose: Choose, requests: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send requests one after the other, of which any may fail, and close the client."""
    monkeypatch.setattr(httpx, "HTTPTransport", connections.create)
    transport = BalancedTransport(StaticInstances(ADDRESS), choose)
    with httpx.Client(transport=transport, base_url="http://iris") as client:
        for _ in range(requests):
            with suppress(httpx.TransportError, KeyboardInterrupt):
                client.get("/listpredictors")


def send_asynchronously(
    connections: Connections, choose: Choose, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Send requests as `send` does."""
    monkeypatch.setattr(httpx, "AsyncHTTPTransport", connections.create)

    async def run() -> None:
        transport = AsyncBalancedTransport(StaticInstances(ADDRESS), choose)
        async with httpx.AsyncClient(transport=transport, base_url="http://iris") as client:
            for _ in range(requests):
                with suppress(httpx.TransportError, asyncio.CancelledError):
                    await client.get("/listpredictors")

    asyncio.run(run())


BOTH = pytest.mark.parametrize(
    ("sending", "interruption"), [(send, KeyboardInterrupt), (send_asynchronously, asyncio.CancelledError)]
)


@BOTH
def test_the_response_before_another_attempt_is_closed(
    monkeypatch: pytest.MonkeyPatch, sending: Any, interruption: object
):
    del interruption
    bodies = [Body() for _ in range(3)]
    overloaded = [
        lambda body=body: httpx.Response(503, headers={"retry-after": "0"}, stream=body) for body in bodies
    ]
    connections = Connections(*overloaded)
    sending(connections, Choose(), 1, monkeypatch)
    assert [bool(body.closed) for body in bodies] == [True] * 3
    assert connections.is_closed


@BOTH
def test_no_way_in_which_a_request_ends_leaves_it_outstanding(
    monkeypatch: pytest.MonkeyPatch, sending: Any, interruption: type[BaseException]
):
    def fail(error: BaseException) -> Answer:
        def answer() -> httpx.Response:
            raise error

        return answer

    connections = Connections(
        lambda: httpx.Response(200, stream=Body()),
        fail(interruption()),
        fail(httpx.ReadTimeout("slow")),
        lambda: httpx.Response(200, stream=Body(httpx.ReadError("reset"))),
        lambda: httpx.Response(200, stream=Body()),
    )
    choose = Choose()
    sending(connections, choose, 5, monkeypatch)
    assert choose.outstanding == [0] * 5


@BOTH
def test_a_request_waits_out_a_pause_of_all_instances_before_each_further_attempt(
    monkeypatch: pytest.MonkeyPatch, sending: Any, interruption: object
):
    del interruption
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(balancers, "ClientHealth", health_in_no_time)
    monkeypatch.setattr(transports, "time", SimpleNamespace(sleep=pauses.append))
    monkeypatch.setattr(transports.anyio, "sleep", pause)
    overloaded = [lambda: httpx.Response(503, headers={"retry-after": "4"}, stream=Body())] * 3
    sending(Connections(*overloaded), Choose(), 1, monkeypatch)
    assert pauses == [4, 4]


@BOTH
def test_bodies_that_break_off_eject_an_instance_as_other_lost_connections_do(
    monkeypatch: pytest.MonkeyPatch, sending: Any, interruption: object
):
    del interruption
    errors: list[Exception] = []
    record = Balancer.record_error

    def keep(balancer: Balancer, instance: Instance, error: httpx.TransportError) -> None:
        errors.append(error)
        record(balancer, instance, error)

    monkeypatch.setattr(Balancer, "record_error", keep)
    reset = httpx.ReadError("reset")
    sending(Connections(lambda: httpx.Response(200, stream=Body(reset))), Choose(), 1, monkeypatch)
    assert errors == [reset]


class Recorded(Balancer):
    """Balancer that keeps its options, and whether it was closed."""

    options: tuple[object, ...] = ()
    is_closed = False

    def __init__(self, *options: Any) -> None:
        super().__init__(*options)
        Recorded.options, Recorded.is_closed = options, False

    @override
    def close(self) -> None:
        super().close()
        Recorded.is_closed = True


@pytest.mark.parametrize(
    ("transport", "connected"),
    [(BalancedTransport, "HTTPTransport"), (AsyncBalancedTransport, "AsyncHTTPTransport")],
)
def test_both_transports_pass_their_options_on_and_close_everything(
    monkeypatch: pytest.MonkeyPatch, transport: Any, connected: str
):
    connections = Connections()
    monkeypatch.setattr(httpx, connected, connections.create)
    monkeypatch.setattr(transports, "Balancer", Recorded)
    discover, choose, limits = StaticInstances(ADDRESS), Choose(), httpx.Limits(max_connections=7)
    transport(discover)
    assert isinstance(Recorded.options[1], PowerOfTwoChoices)
    assert (Recorded.options[0], *Recorded.options[2:]) == (discover, (), None)
    assert connections.options["limits"] == httpx.Limits()
    created = transport(discover, choose, repeatable_paths=["/a"], check_path="/b", limits=limits)
    assert Recorded.options == (discover, choose, ["/a"], "/b")
    assert connections.options["limits"] is limits
    if transport is BalancedTransport:
        created.close()
    else:
        asyncio.run(created.aclose())
    assert Recorded.is_closed
    assert connections.is_closed


def test_an_asynchronous_request_can_be_cancelled_while_the_aws_api_is_silent():
    asked, silence = threading.Event(), threading.Event()
    ended_before: list[bool] = []

    def discover() -> list[Instance]:
        asked.set()
        ended_before.append(silence.wait(30))
        return []

    async def run() -> None:
        transport = AsyncBalancedTransport(discover)
        async with httpx.AsyncClient(transport=transport, base_url="http://iris") as client:
            request = asyncio.ensure_future(client.get("/listpredictors"))
            assert await asyncio.to_thread(asked.wait, 30)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            silence.set()

    asyncio.run(run())
    assert until(lambda: ended_before) == [True]
