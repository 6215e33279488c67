"""Hostile requests get the same bytes with the fast path as without it, and cause no error of the server.

The same seed makes the same requests; `make hostile` makes 200,000 of them, in half an hour. `iris bench
robustness` sends them over sockets.
"""

from __future__ import annotations

import asyncio
import logging
import re
from random import Random
from typing import TYPE_CHECKING

import pytest

from scripts.bench.robustness.requests import mutated
from service.app import create_app, create_framework_app
from service.fast_path.http_protocol import FastPathProtocol
from service.server.http_protocol import LimitedHttpProtocol
from service.telemetry.request_stats import RequestStats
from tests.service.fast_path.test_http_protocol import SETTINGS, Connection

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from service.model.registry import Predictors

SEED = 9
TOLD_TO_THE_CLIENT = {501, 503}
"""Statuses of the service by design: a transfer coding that it does not have, and a time to retry."""


async def answer(
    protocol: type[LimitedHttpProtocol], app: ASGIApp, fast_path: object, writes: tuple[bytes, ...]
) -> tuple[bytes, bool]:
    """Return the responses to one request, and whether the connection was closed."""
    connection = Connection(protocol, app, fast_path)
    answered = await connection.exchange(*writes)
    closed = connection.wire.closed
    counted = connection.watch.stats.by_route
    assert {status for _, status, _ in counted if status >= 500} <= TOLD_TO_THE_CLIENT
    connection.protocol.connection_lost(None)
    if connection.server.tasks:  # those that wait for the rest of a body
        await asyncio.wait(connection.server.tasks, timeout=5)
    assert not connection.server.tasks
    return answered, closed


@pytest.mark.one_python  # thousands of generated requests through two of our own implementations
def test_hostile_requests_get_the_same_bytes_with_and_without_the_fast_path(
    request: pytest.FixtureRequest, predictors: Predictors, caplog: pytest.LogCaptureFixture
):
    stats = RequestStats(instance="i-test", versions={}, log_sample=0)
    fast, ordinary = create_app(predictors, SETTINGS), create_framework_app(predictors, SETTINGS, stats)
    random = Random(SEED)  # noqa: S311 (reproducible)
    caplog.set_level(logging.ERROR)

    async def compare() -> None:
        for writes in mutated(random, int(str(request.config.getoption("--hostile-requests")))):
            expected, closed = await answer(LimitedHttpProtocol, ordinary, None, writes)
            assert await answer(FastPathProtocol, fast, fast, writes) == (expected, closed), writes
            for status in re.findall(rb"^HTTP/1.1 (5\d\d)", expected, re.MULTILINE):
                assert int(status) in TOLD_TO_THE_CLIENT, writes
            assert not [record for record in caplog.records if record.exc_info], writes
            caplog.clear()

    asyncio.run(compare())
    assert {status for _, status, _ in stats.by_route if status >= 500} <= TOLD_TO_THE_CLIENT
