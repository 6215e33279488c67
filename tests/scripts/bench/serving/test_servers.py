from __future__ import annotations

import sys
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from localcloud.health_probe import NO_CERTIFICATES
from localcloud.processes import find_free_port
from scripts.bench.serving import servers
from scripts.bench.serving.server_candidates import CANDIDATES, BenchFolders, LaunchCommand, ServerCandidate
from scripts.bench.serving.servers import MARK, ServerError, running
from tests.http_server import running_server

if TYPE_CHECKING:
    from pathlib import Path

FLOOR = next(candidate for candidate in CANDIDATES if candidate.name == "floor")


@pytest.fixture
def bench(tmp_path: Path) -> BenchFolders:
    return BenchFolders(folder=tmp_path, predictors=tmp_path)


def program(text: str) -> ServerCandidate:
    def launch(_: BenchFolders, port: int) -> LaunchCommand:
        return LaunchCommand(command=(sys.executable, "-c", text, str(port)))

    return ServerCandidate(name="program", label="A program", explained="", launch=launch)


def processes_with_mark(mark: str) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_server_runs_on_the_given_cores_and_is_stopped_afterwards(bench: BenchFolders):
    core = psutil.Process().cpu_affinity()[0]
    with running(FLOOR, bench, cores=[core], log=bench.folder / "log") as server:
        (process,) = processes_with_mark(server.mark)
        assert process.cpu_affinity() == [core]
        assert server.pss_megabytes() > 1
        assert httpx.get(server.url, verify=NO_CERTIFICATES).json() == {"specie": "Iris Setosa"}
    assert not processes_with_mark(server.mark)
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url, verify=NO_CERTIFICATES)


def test_detached_child_processes_end_with_their_server(bench: BenchFolders):
    detached = (
        "import http.server as h, subprocess, sys\n"
        "subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "class Right(h.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        self.send_response(200); self.end_headers(); self.wfile.write(b'Iris Setosa')\n"
        "h.HTTPServer(('127.0.0.1', int(sys.argv[1])), Right).serve_forever()"
    )
    with running(program(detached), bench, cores=None, log=bench.folder / "log") as server:
        assert len(processes_with_mark(server.mark)) == 2
    assert not processes_with_mark(server.mark)


def test_the_error_of_a_server_that_ends_is_reported_immediately(bench: BenchFolders):
    began = time.monotonic()
    with (
        pytest.raises(ServerError, match="no such model"),
        running(
            program("import sys; sys.exit('no such model')"), bench, cores=None, log=bench.folder / "log"
        ),
    ):
        pass
    assert time.monotonic() - began < 20


def test_a_server_whose_port_another_process_takes_is_started_with_another_one(
    bench: BenchFolders, monkeypatch: pytest.MonkeyPatch
):
    right = (
        "import sys, http.server as h\n"
        "class Right(h.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        self.send_response(200); self.end_headers(); self.wfile.write(b'Iris Setosa')\n"
        "h.HTTPServer(('127.0.0.1', int(sys.argv[1])), Right).serve_forever()"
    )
    with running_server(BaseHTTPRequestHandler) as other:
        ports = iter([other.server_port])
        monkeypatch.setattr(servers, "find_free_port", lambda: next(ports, None) or find_free_port())
        with running(program(right), bench, cores=None, log=bench.folder / "log") as server:
            assert not server.url.endswith(f":{other.server_port}")
            assert len(server.process_ids()) == 1


def test_a_server_with_a_wrong_answer_is_an_error(bench: BenchFolders):
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
