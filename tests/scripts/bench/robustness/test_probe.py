"""Probe against misbehaving servers, and against this service."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scripts.bench.robustness import probe
from scripts.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable


def counts_for(answer: bytes | None, *, right: bool, monkeypatch: pytest.MonkeyPatch) -> probe.AnswerCounts:
    """Send one request to a server that answers with these bytes; None is no answer."""
    if answer is None:
        monkeypatch.setattr(probe, "ANSWER_TIMEOUT_SECONDS", 0.3)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(100)
            if answer is None:
                await asyncio.sleep(0.6)
            else:
                writer.write(answer)
        finally:
            writer.close()

    async def run() -> probe.AnswerCounts:
        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            port: int = server.sockets[0].getsockname()[1]
            nothing: Callable[[], object] = lambda: None  # noqa: E731 (typed here)
            requests = [(b"GET / HTTP/1.1\r\n\r\n",)]
            return await probe.send_all(requests, "127.0.0.1", port, right=right, on_progress=nothing)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "hang"),
        (b"HTTP/1.1 500 Internal Server Error\r\n\r\n", "500"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "503"),
        (b"Traceback (most recent call last):", "closed"),
    ],
)
def test_a_bad_answer_is_kept_with_its_request(
    answer: bytes | None, reason: str, monkeypatch: pytest.MonkeyPatch
):
    counts = counts_for(answer, right=False, monkeypatch=monkeypatch)
    assert counts.bad_count == 1
    assert (counts.bad[0].reason, counts.bad[0].writes) == (reason, (repr(b"GET / HTTP/1.1\r\n\r\n"),))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 501 Not Implemented\r\n\r\n",
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n",
    ],
)
def test_a_transfer_coding_that_is_not_implemented_and_a_time_to_retry_are_valid_answers(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
):
    assert counts_for(answer, right=False, monkeypatch=monkeypatch).bad_count == 0


def test_a_closed_connection_is_a_valid_answer_only_to_a_malformed_request(monkeypatch: pytest.MonkeyPatch):
    assert counts_for(b"", right=False, monkeypatch=monkeypatch).bad_count == 0
    assert counts_for(b"", right=True, monkeypatch=monkeypatch).bad_count == 1


def test_the_status_after_100_continue_counts(monkeypatch: pytest.MonkeyPatch):
    answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    assert counts_for(answer, right=True, monkeypatch=monkeypatch).statuses == {"200": 1}


def test_the_service_gives_no_bad_answer_to_thousands_of_requests():
    words = [
        "bench",
        "robustness",
        "--requests",
        "6000",
        "--examples",
        "0",
        "--seed",
        "3",
        "--format",
        "json",
    ]
    result = CliRunner().invoke(main, words)
    report = json.loads(result.stdout)
    assert report["requests"] == 6_000
    assert (report["failures"], report["bad"]) == (0, [])
    assert result.exit_code == 0
    assert {"200", "400", "404"} <= set(report["statuses"])


def statuses_of_a_proxy(end_after_seconds: float) -> dict[str, int]:
    """Send a request to a server that answers none whose client has ended its direction, as Envoy does."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        try:
            await asyncio.wait_for(reader.read(), 0.2)
        except TimeoutError:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    async def run() -> probe.AnswerCounts:
        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            return await probe.send_all(
                [(b"GET / HTTP/1.1\r\n",)],
                "127.0.0.1",
                server.sockets[0].getsockname()[1],
                right=False,
                on_progress=lambda: None,
                end_after_seconds=end_after_seconds,
            )

    return dict(asyncio.run(run()).statuses)


def test_a_proxy_gets_the_time_to_answer_before_the_client_ends():
    assert statuses_of_a_proxy(0.0) == {"closed": 1}
    assert statuses_of_a_proxy(10.0) == {"200": 1}
