"""Abuse benchmark: its bystander against known servers, and the command against this service."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scripts.bench.abuse.abuse import ABUSES, train_with
from scripts.bench.abuse.attack import SLOW_BYTES, Target, hold_open, post, read_slowly, repeat, trickle
from scripts.bench.abuse.bystander import Observation, watching
from scripts.bench.serving.servers import ServerError
from scripts.cli import main
from tests.suite.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.bench.abuse.attack import Attack


class Slow(BaseHTTPRequestHandler):
    """Server that stops for half a second at the first attack."""

    protocol_version = "HTTP/1.1"
    pause = threading.Event()

    def do_GET(self) -> None:
        if self.pause.is_set():
            time.sleep(0.5)
            self.pause.clear()
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 (the name that the library calls)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in the library)
        """Log nothing."""


def test_a_stop_of_half_a_second_is_seen_by_every_request_that_was_due_meanwhile():
    Slow.pause.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            target = Target(host="127.0.0.1", port=server.server_address[1])
            with watching(target, [os.getpid()]) as finish:
                Slow.pause.set()
                until(lambda: not Slow.pause.is_set())
                observation = finish()
        finally:
            server.shutdown()
            thread.join()
    slowest = max(*observation.flower_seconds, *observation.health_seconds)
    assert slowest >= 0.5
    assert observation.failed == 0
    assert observation.peak_bytes > 1_000_000


def test_the_99th_percentile_of_a_hundred_samples_lies_below_the_largest():
    assert Observation(flower_seconds=[0.001] * 100).p99_ms == 1.0


def test_an_attack_sends_its_request_over_every_connection_until_its_time_is_over():
    seen: list[bytes] = []

    async def run() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(await reader.readexactly(len(request)))
            writer.close()

        request = post("/x", "text/csv", b"body")
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            target = Target(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
            await repeat(request, connections=3)(target, 0.2)

    asyncio.run(run())
    assert len(seen) >= 3
    assert set(seen) == {post("/x", "text/csv", b"body")}


async def received_in(attack: Attack, seconds: float) -> list[bytes]:
    """Return the pieces that a server receives in an attack."""
    pieces: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                pieces.append(piece)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        await attack(Target(host="127.0.0.1", port=server.sockets[0].getsockname()[1]), seconds)
    return pieces


def test_a_slow_client_sends_its_request_byte_by_byte():
    pieces = asyncio.run(received_in(trickle(b"GET /", connections=1), 5.0))
    assert b"".join(pieces) == b"GET /"
    assert len(pieces) >= 2


def test_a_silent_client_sends_the_beginning_of_a_request_over_every_connection():
    pieces = asyncio.run(received_in(hold_open(b"POST ", connections=3), 0.2))
    assert pieces == [b"POST "] * 3


def test_a_slow_reader_reads_little_of_a_large_answer():
    unread: list[int] = []

    async def run() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(5)
            writer.write(bytes(32 * 1_048_576))  # more than the buffers of both systems
            await asyncio.sleep(0.1)
            unread.append(writer.transport.get_write_buffer_size())
            writer.transport.abort()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            target = Target(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
            await read_slowly(b"GET /", connections=1)(target, 5.0)

    asyncio.run(run())
    assert unread
    assert unread[0] > SLOW_BYTES


def test_each_abuse_has_a_name_of_its_own():
    assert len({abuse.name for abuse in ABUSES}) == len(ABUSES)


def test_the_command_measures_this_service_with_and_without_an_attack():
    words = ["bench", "abuse", "--seconds", "0.5", "--only", "csv-line-feeds", "--format", "json"]
    result = CliRunner().invoke(main, words)
    rows = json.loads(result.stdout)["results"]
    assert [row["abuse"] for row in rows] == ["none", "csv-line-feeds"]
    assert all(row["megabytes"] > 20 and row["p99_ms"] > 0 and row["health_ms"] > 0 for row in rows)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Another version of the project, whose command writes its arguments to `build/predictors`."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "__init__.py").touch()
    (tmp_path / "scripts" / "cli.py").write_text(
        "import pathlib\n"
        "def main(arguments):\n"
        "    pathlib.Path('build').mkdir()\n"
        "    pathlib.Path('build/predictors').write_text(' '.join(arguments))\n"
    )
    return tmp_path


def test_another_version_trains_its_own_predictors_whose_format_may_differ(program: Path):
    assert train_with(program).read_text() == "train"


def test_training_that_fails_is_reported_in_one_line(program: Path):
    (program / "build").mkdir()
    with pytest.raises(ServerError, match=r"its predictors can't be trained: FileExistsError: .*'build'$"):
        train_with(program)


def test_an_unknown_commit_is_refused_in_one_line():
    result = CliRunner().invoke(main, ["bench", "abuse", "--against", "no-such-commit"])
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: Cannot measure:")


@pytest.mark.parametrize("option", ["--seconds=0", "--only=nothing"])
def test_an_invalid_option_is_refused(option: str):
    assert CliRunner().invoke(main, ["bench", "abuse", option]).exit_code == 2
