"""Connections that wait to be accepted: many in each turn of the event loop, however long it is."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import uvicorn
import uvloop

from service.app import create_app, protocol_class
from service.fast_path import asgi
from service.server import client_presence, connection_timeouts, draining_server
from service.server.connection_timeouts import Connections
from service.server.draining_server import ACCEPTS_PER_TURN, ACCEPTS_WHEN_CROWDED, CROWDED, DrainingServer
from service.settings import Settings
from service.telemetry.request_stats import RequestStats

if TYPE_CHECKING:
    from service.model.registry import Predictors

CONNECTIONS = 200

REQUEST = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture
def connections() -> Connections:
    return Connections(Settings(), RequestStats(instance="i-test", versions={}, log_sample=0))


@pytest.fixture
def server(predictors: Predictors, connections: Connections) -> DrainingServer:
    app = create_app(predictors, Settings())
    config = uvicorn.Config(app, http=protocol_class(), lifespan="off", log_config=None)
    config.load()
    server = DrainingServer(config)
    server.lifespan = config.lifespan_class(config)
    server.lifespan.state |= {connection_timeouts.STATE_KEY: connections, asgi.STATE_KEY: app}
    return server


@pytest.mark.parametrize(("crowded", "at_once"), [(CROWDED, ACCEPTS_PER_TURN), (0, ACCEPTS_WHEN_CROWDED)])
def test_many_connections_are_accepted_in_a_turn_and_fewer_where_many_are_open(
    server: DrainingServer,
    connections: Connections,
    monkeypatch: pytest.MonkeyPatch,
    crowded: int,
    at_once: int,
):
    monkeypatch.setattr(draining_server, "CROWDED", crowded)

    async def accepted_in_each_turn() -> list[int]:
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS))
            for _ in range(CONNECTIONS):
                stack.enter_context(socket.create_connection(listener.getsockname()))
            await server.startup(sockets=[listener])
            accepted = [0]
            while accepted[-1] < CONNECTIONS:
                await asyncio.sleep(0)
                accepted.append(len(connections))
            stack.close()  # the clients have left
            await server.shutdown(sockets=[listener])
            return [after - before for before, after in pairwise(accepted)]

    accepted = uvloop.run(accepted_in_each_turn())
    assert sum(accepted) == CONNECTIONS
    # One of them by uvloop itself.
    assert at_once <= max(accepted) <= at_once + 1
    assert len(accepted) <= CONNECTIONS / at_once + 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the state of a connection")
def test_where_many_are_connected_clients_that_have_left_are_found_and_half_closed_ones_are_answered(
    server: DrainingServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(draining_server, "PROBED_FROM", 1)
    # In one turn, as uvloop itself accepts the first connection of each, without a probe.
    monkeypatch.setattr(draining_server, "TURN_SECONDS", 60)

    async def answers() -> list[bytes]:
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS))

            def connect(*pieces: bytes) -> socket.socket:
                client = stack.enter_context(socket.create_connection(listener.getsockname()))
                client.sendall(b"".join(pieces))
                return client

            await server.startup(sockets=[listener])
            connect()
            await asyncio.sleep(0.1)  # one is open
            for _ in range(CONNECTIONS):
                connect(REQUEST, b"x" * 1_000).close()
            waiting = [
                connect(REQUEST.replace(b"close", b"close\r\nX-Other: 1")),
                connect(REQUEST),
                connect(REQUEST.replace(b"HTTP/1.1", b"HTTP/1.0")),
            ]
            for client in waiting[1:]:
                client.shutdown(socket.SHUT_WR)
            received = [await asyncio.to_thread(_read, client) for client in waiting]
            stack.close()
            await server.shutdown(sockets=[listener])
            return received

    plain, half_closed, old = uvloop.run(answers())
    assert plain.startswith(b"HTTP/1.1 200 OK")
    assert half_closed.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert old.startswith(b"HTTP/1.1 200 OK")
    # uvloop accepts one that has left.
    assert server.server_state.total_requests < CONNECTIONS / 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the state of a connection")
def test_probes_end_with_the_time_of_a_turn(server: DrainingServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(draining_server, "PROBED_FROM", 0)
    monkeypatch.setattr(draining_server, "TURN_SECONDS", 0)
    probed: list[socket.socket] = []

    def probe(connection: socket.socket) -> bool:
        probed.append(connection)
        return client_presence.probe_unread(connection)

    monkeypatch.setattr(draining_server, "probe_unread", probe)

    async def probed_in_each_turn() -> list[int]:
        with socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS) as listener:
            for _ in range(CONNECTIONS):
                with socket.create_connection(listener.getsockname()) as client:
                    client.sendall(REQUEST)
            await server.startup(sockets=[listener])
            after_turns = [0]
            # uvloop itself accepts the others.
            while after_turns[-1] < CONNECTIONS / 3:
                await asyncio.sleep(0)
                after_turns.append(len(probed))
            await server.shutdown(sockets=[listener])
            return [after - before for before, after in pairwise(after_turns)]

    assert max(uvloop.run(probed_in_each_turn())) == 1


def _read(client: socket.socket) -> bytes:
    client.settimeout(30)
    return b"".join(iter(lambda: client.recv(65_536), b""))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the state of a connection")
def test_a_connection_that_is_being_probed_when_the_server_ends_is_answered(
    server: DrainingServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(draining_server, "PROBED_FROM", 0)
    monkeypatch.setattr(draining_server, "PROBE_SECONDS", 600)

    async def answers() -> list[bytes]:
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS))
            clients = [
                stack.enter_context(socket.create_connection(listener.getsockname())) for _ in range(8)
            ]
            for client in clients:
                client.sendall(REQUEST)
                client.shutdown(socket.SHUT_WR)
            await server.startup(sockets=[listener])
            await server.shutdown(sockets=[listener])
            return [await asyncio.to_thread(_read, client) for client in clients]

    assert [b"HTTP/1.1 200 OK" in answer for answer in uvloop.run(answers())] == [True] * 8


def test_a_signal_ends_it_without_waiting_for_the_next_tick(
    server: DrainingServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(draining_server, "TICK_SECONDS", 3_600)

    async def end() -> None:
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(server.main_loop())
            await asyncio.sleep(0)
            server.handle_exit(signal.SIGTERM, None)

    asyncio.run(end())


def test_each_tick_sets_the_date_of_responses(server: DrainingServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(draining_server, "TICK_SECONDS", 0.01)

    async def names_set() -> list[list[bytes]]:
        found: list[list[bytes]] = []
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(server.main_loop())
            for _ in range(3):
                server.server_state.default_headers = []
                await asyncio.sleep(0.1)
                found.append([name for name, _ in server.server_state.default_headers])
            server.handle_exit(signal.SIGTERM, None)
        return found

    assert [b"date" in names for names in asyncio.run(names_set())] == [True] * 3
