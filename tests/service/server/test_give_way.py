"""Long work: the connections and requests of other clients do not wait for one step of it each."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from time import perf_counter, thread_time
from typing import TYPE_CHECKING

import uvicorn
import uvloop
from uvicorn.server import ServerState

from service.api.routes.batch import run_steps
from service.app import create_app, protocol_class
from service.fast_path import asgi
from service.server import connection_timeouts
from service.server.connection_timeouts import Connections
from service.server.give_way import OTHERS_SHARE, give_way
from service.settings import Settings
from service.telemetry.request_stats import RequestStats

if TYPE_CHECKING:
    from collections.abc import Generator

    from service.model.registry import Predictors

STEP = 0.004
CONNECTIONS = 100


def work() -> float:
    """Work for one step, by the processor's time; return the time that passed."""
    started, end = perf_counter(), thread_time() + STEP
    while thread_time() < end:
        pass
    return perf_counter() - started


def test_connections_that_wait_to_be_accepted_do_not_wait_for_a_step_each(predictors: Predictors):
    app = create_app(predictors, Settings())
    config = uvicorn.Config(app, lifespan="off", log_config=None)
    config.load()
    connections = Connections(Settings(), RequestStats(instance="i-test", versions={}, log_sample=0))
    state = {connection_timeouts.STATE_KEY: connections, asgi.STATE_KEY: app}

    async def steps_until_all_are_accepted() -> int:
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS))
            for _ in range(CONNECTIONS):
                stack.enter_context(socket.create_connection(listener.getsockname()))
            server = await asyncio.get_running_loop().create_server(
                lambda: protocol_class()(config, ServerState(), state), sock=listener
            )
            steps = 0
            while len(connections) < CONNECTIONS:
                await give_way(work())
                steps += 1
            server.close()
            return steps

    # One connection in each turn of the event loop: without the pause, a step for each.
    assert uvloop.run(steps_until_all_are_accepted()) < CONNECTIONS / 2


def test_work_goes_on_however_many_requests_there_are():
    async def worked_share() -> float:
        busy = True

        async def keep_busy() -> None:
            while busy:
                work()
                await asyncio.sleep(0)

        others = asyncio.create_task(keep_busy())
        worked = 0.0
        started = thread_time()
        for _ in range(10):
            before = thread_time()
            work()
            # Not the time that passed: it may have passed without a processor, which the pause would not.
            spent = thread_time() - before
            worked += spent
            await give_way(spent)
        total = thread_time() - started
        busy = False
        await others
        return worked / total

    # The last turn of a pause is one of the others' as well, and takes as long as a step.
    assert asyncio.run(worked_share()) > 0.5 / (OTHERS_SHARE + 2)


def test_two_parts_of_the_work_on_a_batch_are_never_done_in_one_turn():
    turns: list[int] = []

    async def run() -> None:
        turn = 0

        async def count_turns() -> None:
            nonlocal turn
            while True:
                turn += 1
                await asyncio.sleep(0)

        def read(result: list[int] | None) -> Generator[None, None, list[int] | None]:
            work()
            turns.append(turn)
            yield
            work()
            turns.append(turn)
            return result

        counter = asyncio.create_task(count_turns())
        # The fast reader leaves the batch to the strict one, and the response is made of what that returns.
        assert await run_steps(read(None), {}) is None
        assert await run_steps(read([1]), {}) == [1]
        turns.append(turn)
        counter.cancel()

    asyncio.run(run())
    assert len(set(turns)) == len(turns) == 5
