"""Connections that wait to be accepted: many in each turn of the event loop, however long it is."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import uvicorn
import uvloop

from service.app import create_app, protocol_class
from service.fast_path import asgi
from service.server import connection_timeouts, draining_server
from service.server.connection_timeouts import Connections
from service.server.draining_server import ACCEPTS_PER_TURN, ACCEPTS_WHEN_CROWDED, CROWDED, DrainingServer
from service.settings import Settings
from service.telemetry.request_stats import RequestStats

if TYPE_CHECKING:
    from service.model.registry import Predictors

CONNECTIONS = 200


@pytest.mark.parametrize(("crowded", "at_once"), [(CROWDED, ACCEPTS_PER_TURN), (0, ACCEPTS_WHEN_CROWDED)])
def test_many_connections_are_accepted_in_a_turn_and_fewer_where_many_are_open(
    predictors: Predictors, monkeypatch: pytest.MonkeyPatch, crowded: int, at_once: int
):
    monkeypatch.setattr(draining_server, "CROWDED", crowded)
    app = create_app(predictors, Settings())
    config = uvicorn.Config(app, http=protocol_class(), lifespan="off", log_config=None)
    config.load()
    connections = Connections(Settings(), RequestStats(instance="i-test", versions={}, log_sample=0))

    async def accepted_in_each_turn() -> list[int]:
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS))
            for _ in range(CONNECTIONS):
                stack.enter_context(socket.create_connection(listener.getsockname()))
            server = DrainingServer(config)
            server.lifespan = config.lifespan_class(config)
            server.lifespan.state |= {connection_timeouts.STATE_KEY: connections, asgi.STATE_KEY: app}
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
