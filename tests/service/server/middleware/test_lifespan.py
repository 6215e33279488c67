"""Lifespan of a worker: what runs at its start, once a second, and at its end."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import TYPE_CHECKING, Any

import pytest

from service import app as assembly
from service.app import create_framework_app
from service.server.connection_timeouts import STATE_KEY, Connections
from service.server.graceful_shutdown import GracefulShutdown
from service.server.middleware import lifespan
from service.server.middleware.lifespan import Lifespan
from service.settings import Settings
from service.telemetry import json_logs
from service.telemetry.request_stats import RequestStats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.model.registry import Predictors

STATS = RequestStats(instance="i-test", versions={}, log_sample=0)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten a second to a millisecond."""
    monkeypatch.setattr(lifespan, "INTERVAL_SECONDS", 0.001)


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Leave the collector of garbage on."""
    yield
    gc.enable()


async def no_request(_: Scope, __: Receive, ___: Send) -> None:
    pytest.fail("the application itself got an event of the lifespan")


def lifespan_of(*every_second: Callable[[], None], at_end: Callable[[], None] = lambda: None) -> ASGIApp:
    shutdown = GracefulShutdown(lambda: None, grace_seconds=0)
    return Lifespan(
        no_request,
        connections=Connections(Settings(), STATS),
        shutdown=shutdown,
        every_second=every_second,
        on_shutdown=[at_end],
    )


def run(
    app: ASGIApp, until: Callable[[], object] = lambda: True, sent: list[str] | None = None
) -> dict[str, Any]:
    """Start an application, wait until something has happened, and end it; return its state."""
    events = ["lifespan.startup"]
    state: dict[str, Any] = {}
    answers = [] if sent is None else sent

    async def receive() -> Message:
        while not events:
            async with asyncio.timeout(30):
                while not until():  # noqa: ASYNC110 (no event tells of every condition)
                    await asyncio.sleep(0.001)
            events.append("lifespan.shutdown")
        return {"type": events.pop()}

    async def send(message: Message) -> None:
        answers.append(message["type"])

    async def main() -> None:
        await app({"type": "lifespan", "state": state}, receive, send)

    asyncio.run(main())
    return state


def test_the_server_finds_the_connections_in_the_state():
    sent: list[str] = []
    state = run(lifespan_of(), sent=sent)
    assert isinstance(state[STATE_KEY], Connections)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_signals_are_handled_before_the_server_begins_to_serve(monkeypatch: pytest.MonkeyPatch):
    sent: list[str] = []
    installed: list[list[str]] = []

    def install(_: GracefulShutdown) -> None:
        installed.append(list(sent))

    monkeypatch.setattr(GracefulShutdown, "install", install)
    run(lifespan_of(), sent=sent)
    assert installed == [[]]


def test_tasks_run_again_and_again_even_after_one_that_fails(caplog: pytest.LogCaptureFixture):
    runs: list[str] = []

    def fail() -> None:
        runs.append("failed")
        raise ZeroDivisionError

    run(lifespan_of(fail, lambda: runs.append("ran")), until=lambda: len(runs) >= 6)
    assert runs[:6] == ["failed", "ran"] * 3
    assert caplog.records[0].levelno == logging.ERROR
    assert caplog.records[0].exc_info


def test_the_last_tasks_run_before_the_server_is_told_that_all_is_done():
    sent: list[str] = []
    seen: list[list[str]] = []
    run(lifespan_of(at_end=lambda: seen.append(list(sent))), sent=sent)
    assert seen == [["lifespan.startup.complete"]]


def test_garbage_is_collected_while_it_serves_but_for_what_was_there_at_the_start():
    gc.disable()  # as the entry point does while it imports
    gc.unfreeze()
    seen: list[tuple[bool, bool]] = []
    run(
        lifespan_of(lambda: seen.append((gc.isenabled(), gc.get_freeze_count() > 10_000))), until=lambda: seen
    )
    assert seen[0] == (True, True)


@pytest.mark.parametrize("metrics", [True, False])
def test_metrics_are_brought_up_to_date_each_second_and_with_the_log_at_the_end(
    predictors: Predictors, monkeypatch: pytest.MonkeyPatch, *, metrics: bool
):
    done: list[str] = []

    class Metrics(assembly.PrometheusMetrics):
        def update(self) -> None:
            done.append("metrics")

    def check_timeouts(_: Connections) -> None:
        done.append("connections")

    monkeypatch.setattr(assembly, "PrometheusMetrics", Metrics)
    monkeypatch.setattr(json_logs, "flush", lambda: done.append("log"))
    monkeypatch.setattr(Connections, "check_timeouts", check_timeouts)
    app = create_framework_app(predictors, Settings(metrics=metrics), STATS)
    run(app, until=lambda: len(done) >= 4)
    each_second, at_end = (
        (["connections", "metrics"], ["log", "metrics"]) if metrics else (["connections"], ["log"])
    )
    assert done[: 2 * len(each_second)] == each_second * 2
    assert done[-len(at_end) :] == at_end
