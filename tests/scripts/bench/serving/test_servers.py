from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from scripts.bench.serving.candidates import CONTESTANTS, Bench, Contestant, Launch
from scripts.bench.serving.servers import MARK, ServerError, running

if TYPE_CHECKING:
    from pathlib import Path

FLOOR = next(contestant for contestant in CONTESTANTS if contestant.name == "floor")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(folder=tmp_path, predictors=tmp_path)


def program(text: str) -> Contestant:
    def launch(_: Bench, port: int) -> Launch:
        return Launch(command=(sys.executable, "-c", text, str(port)))

    return Contestant(name="program", label="A program", explained="", launch=launch)


def of_run(mark: str) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_server_runs_on_the_cores_that_it_is_given_and_is_gone_afterwards(bench: Bench):
    core = psutil.Process().cpu_affinity()[0]
    with running(FLOOR, bench, cores=[core], log=bench.folder / "log") as server:
        (process,) = of_run(server.mark)
        assert process.cpu_affinity() == [core]
        assert server.pss_megabytes() > 1
        assert httpx.get(server.url).json() == {"specie": "Iris Setosa"}
    assert not of_run(server.mark)
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


def test_what_a_server_started_is_gone_with_it_wherever_it_went(bench: Bench):
    detached = (
        "import http.server as h, subprocess, sys\n"
        "subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "class Right(h.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        self.send_response(200); self.end_headers(); self.wfile.write(b'Iris Setosa')\n"
        "h.HTTPServer(('127.0.0.1', int(sys.argv[1])), Right).serve_forever()"
    )
    with running(program(detached), bench, cores=None, log=bench.folder / "log") as server:
        assert len(of_run(server.mark)) == 2
    assert not of_run(server.mark)


def test_a_server_that_ends_says_why_at_once(bench: Bench):
    began = time.monotonic()
    with (
        pytest.raises(ServerError, match="no such model"),
        running(
            program("import sys; sys.exit('no such model')"), bench, cores=None, log=bench.folder / "log"
        ),
    ):
        pass
    assert time.monotonic() - began < 20


def test_a_server_that_answers_wrongly_is_not_measured(bench: Bench):
    wrong = (
        "import sys, http.server as h\n"
        "class Wrong(h.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        self.send_response(200); self.end_headers(); self.wfile.write(b'Iris Virginica')\n"
        "h.HTTPServer(('127.0.0.1', int(sys.argv[1])), Wrong).serve_forever()"
    )
    with (
        pytest.raises(ServerError, match="Iris Virginica"),
        running(program(wrong), bench, cores=None, log=bench.folder / "log"),
    ):
        pass
