"""Held against servers that do what a good one never does, and against our own."""

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


def sent_to(answer: bytes | None, *, right: bool, monkeypatch: pytest.MonkeyPatch) -> probe.Tally:
    """Send one request to a server that answers everything with these bytes; None is nothing, ever."""
    monkeypatch.setattr(probe, "PATIENCE_SECONDS", 0.3)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(100)
            if answer is None:
                await asyncio.sleep(0.6)
            else:
                writer.write(answer)
        finally:
            writer.close()

    async def run() -> probe.Tally:
        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            port: int = server.sockets[0].getsockname()[1]
            nothing: Callable[[], object] = lambda: None  # noqa: E731 (typed here)
            requests = [(b"GET / HTTP/1.1\r\n\r\n",)]
            return await probe.send_all(requests, "127.0.0.1", port, right=right, advance=nothing)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "hang"),
        (b"HTTP/1.1 500 Internal Server Error\r\n\r\n", "500"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "503"),
        (b"Traceback (most recent call last):", "closed"),
    ],
)
def test_a_bad_answer_is_kept_with_its_request(
    answer: bytes | None, why: str, monkeypatch: pytest.MonkeyPatch
):
    tally = sent_to(answer, right=False, monkeypatch=monkeypatch)
    assert tally.bad_count == 1
    assert (tally.bad[0].why, tally.bad[0].writes) == (why, (repr(b"GET / HTTP/1.1\r\n\r\n"),))


def test_hanging_up_is_an_answer_to_a_broken_request_alone(monkeypatch: pytest.MonkeyPatch):
    assert sent_to(b"", right=False, monkeypatch=monkeypatch).bad_count == 0
    assert sent_to(b"", right=True, monkeypatch=monkeypatch).bad_count == 1


def test_the_status_after_a_go_on_is_the_one_that_counts(monkeypatch: pytest.MonkeyPatch):
    answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    assert sent_to(answer, right=True, monkeypatch=monkeypatch).statuses == {"200": 1}


def test_our_service_answers_thousands_of_them_and_none_badly():
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
    ended = CliRunner().invoke(main, words)
    told = json.loads(ended.stdout)
    assert told["requests"] == 6_000
    assert (told["failures"], told["bad"]) == (0, [])
    assert ended.exit_code == 0
    assert {"200", "400", "404"} <= set(told["statuses"])
