"""Start and end of the service's process."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import struct
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from service import main
from service.fast_path.http_protocol import FastPathProtocol
from service.main import create_worker_app, listen, server_config
from service.settings import Settings
from service.telemetry import json_logs, metrics_files
from service.telemetry.prometheus import DIRECTORY_VARIABLE
from tests.service.conftest import NO_TLS
from tests.service.model.corrupt import copy_predictor, edit_parameters, rewrite

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.service.conftest import RunService, StartService

FLOWER = b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}'


def assert_one_line(stderr: str, *parts: str) -> None:
    (line,) = stderr.splitlines()
    assert line.startswith("The service cannot start: ")
    assert all(part in line for part in parts)


def test_a_port_in_use_is_reported_in_one_line(run_service: RunService):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        ended = run_service(IRIS_PORT=str(port))
    assert ended.returncode == 1
    assert_one_line(ended.stderr, f"cannot listen on 127.0.0.1 port {port}", "in use")


def test_an_address_of_another_machine_is_reported_in_one_line(run_service: RunService):
    ended = run_service(IRIS_HOST="192.0.2.1")  # reserved for documentation (RFC 5737): no machine has it
    assert ended.returncode == 1
    assert_one_line(ended.stderr, "cannot listen on 192.0.2.1 port 0")


def test_all_invalid_settings_are_reported_in_one_line(run_service: RunService):
    ended = run_service(IRIS_PORT="http", IRIS_WORKERS="0")
    assert ended.returncode == 1
    assert_one_line(ended.stderr, "IRIS_PORT is 'http'", "IRIS_WORKERS is '0'")


def test_missing_predictors_are_reported_in_one_line(run_service: RunService, tmp_path: Path):
    ended = run_service(IRIS_PREDICTORS=str(tmp_path))
    assert ended.returncode == 1
    assert_one_line(ended.stderr, "there is no predictor in", str(tmp_path))


def test_a_tampered_predictor_is_never_served(
    run_service: RunService, predictors_folder: Path, tmp_path: Path
):
    folder = tmp_path / "iris-logistic"
    folder.mkdir()
    for name in ("predictor.json", "manifest.json"):
        (folder / name).write_bytes((predictors_folder / "iris-logistic" / name).read_bytes())
    packed = json.loads((folder / "predictor.json").read_text())
    packed["intercepts"][0] += 1e-9
    (folder / "predictor.json").write_text(json.dumps(packed))
    ended = run_service(IRIS_PREDICTORS=str(tmp_path))
    assert ended.returncode == 1
    assert_one_line(ended.stderr, "SHA-256 differs")


def test_an_invalid_predictor_is_reported_before_its_first_use(
    run_service: RunService, predictors_folder: Path, tmp_path: Path
):
    folder = Path(shutil.copytree(predictors_folder, tmp_path / "predictors"))
    edit_parameters(folder / "iris-forest", lambda packed: packed.pop("roots"))
    ended = run_service(IRIS_PREDICTORS=str(folder))
    assert ended.returncode == 1
    assert_one_line(ended.stderr, "iris-forest does not hold a predictor", "it has no 'roots'")


@pytest.mark.parametrize(
    "name", ["iris-logistic", "iris-forest"]
)  # the default, and one that is unpacked later
def test_a_predictor_that_cannot_be_parsed_is_reported_in_one_line(
    name: str, run_service: RunService, predictors_folder: Path, tmp_path: Path
):
    folder = copy_predictor(predictors_folder, tmp_path / "predictors")
    rewrite(folder / name, "[" * 100_000)
    ended = run_service(IRIS_PREDICTORS=str(folder))
    assert ended.returncode == 1
    assert_one_line(ended.stderr, f"{name} does not hold a predictor", "recursion")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the length of a queue")
def test_many_clients_can_connect_at_once():
    with listen(Settings(port=0)) as listener:
        information = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)
        # Of a listening socket, `tcpi_sacked` is the maximum of its queue (Linux, net/ipv4/tcp.c).
        (longest,) = struct.unpack_from("I", information, 28)
    assert longest == min(2_048, int(Path("/proc/sys/net/core/somaxconn").read_text()))


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_an_address_of_either_family_can_be_listened_on(host: str, family: socket.AddressFamily):
    with listen(Settings(host=host, port=0)) as listener:
        assert (listener.family, listener.getsockname()[0]) == (family, host)


def test_after_sigterm_it_finishes_the_request_in_progress_and_exits_with_0(start_service: StartService):
    running = start_service()
    url = urlsplit(running.url)
    assert running.get("/readyz").status_code == 200
    with socket.create_connection((url.hostname, url.port), timeout=20) as connection:
        head = f"POST /api/v01/classify HTTP/1.1\r\nhost: x\r\ncontent-length: {len(FLOWER)}\r\n"
        connection.sendall(head.encode() + b"content-type: application/json\r\n\r\n" + FLOWER[:10])
        assert running.get("/livez").status_code == 200  # the incomplete request has been received by now
        running.process.send_signal(signal.SIGTERM)
        wait_until_refused(url.hostname, url.port)
        connection.sendall(FLOWER[10:])
        received = bytearray()
        while chunk := connection.recv(65_536):
            received += chunk
    assert b"HTTP/1.1 200 OK" in received
    assert received.endswith(b'{"specie":"Iris Setosa"}')
    assert running.process.wait(timeout=20) == 0
    assert "Traceback" not in running.log.read_text()


def wait_until_refused(host: str | None, port: int | None) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host or "", port or 0), timeout=1).close()
        except OSError:
            return
        time.sleep(0.02)
    raise AssertionError("new connections are still accepted")


def test_an_idle_connection_does_not_keep_it_from_stopping(start_service: StartService):
    running = start_service()
    with httpx.Client(base_url=running.url, trust_env=False, verify=NO_TLS) as client:
        assert client.get("/livez").status_code == 200
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=20) == 0


def test_an_idle_connection_is_closed_after_its_timeout(start_service: StartService):
    running = start_service(IRIS_KEEP_ALIVE_SECONDS="1")
    url = urlsplit(running.url)
    with socket.create_connection((url.hostname, url.port), timeout=20) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        while connection.recv(65_536):
            pass
    assert running.get("/livez").status_code == 200


def test_several_workers_share_the_port_and_stop_together(start_service: StartService):
    running = start_service(IRIS_WORKERS="2", IRIS_INSTANCE_ID="i-pair")
    response = running.get("/api/v01/classify/1.4/0.2/5.1/3.5")
    assert response.content == b'{"specie":"Iris Setosa"}'
    assert response.headers["x-served-by"] == "i-pair"
    family = psutil.Process(running.process.pid).children(recursive=True)
    assert len(family) >= 2
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=30) == 0
    _, left = psutil.wait_procs(family, timeout=10)
    assert not left


def test_the_server_does_what_the_service_does_not_do_itself():
    async def app(*_: object) -> None: ...

    config = server_config(app, Settings(workers=1, drain_seconds=20, grace_seconds=3))
    assert (config.app, config.factory, config.workers) == (app, False, 1)
    assert (config.loop, config.http, config.ws, config.lifespan) == (
        "uvloop",
        FastPathProtocol,
        "none",
        "on",
    )
    # The grace comes before the time in which open requests are finished, and both are the drain time.
    assert config.timeout_graceful_shutdown == 17
    assert not config.proxy_headers  # any client could send them
    assert not config.server_header
    assert not config.access_log
    assert config.log_config is None


def test_each_worker_builds_its_own_application_and_has_time_to_start():
    config = server_config("service.main:create_worker_app", Settings(workers=3))
    assert (config.app, config.factory, config.workers) == ("service.main:create_worker_app", True, 3)
    assert config.timeout_worker_healthcheck == 15  # importing the service takes 4 to 10 s on two busy vCPU


class Supervised:
    """Supervisor that only keeps what it was given, and looks around while it would run."""

    found: dict[str, Any]
    failed = False

    def __init__(self, _config: uvicorn.Config, _listener: socket.socket, **options: Any) -> None:
        Supervised.found = options

    def run(self) -> None:
        Supervised.found["folder"] = folder = os.environ[DIRECTORY_VARIABLE]
        if folder:
            metrics_files.allocate(folder, 7)
        Supervised.found["on_worker_exit"](7)
        Supervised.found["files"] = {
            path.name: path.stat().st_size for path in Path(folder or "/x").glob("*")
        }


@pytest.fixture
def supervise(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Supervise the workers of some settings; return what the supervisor was given and what it found."""
    monkeypatch.setenv(DIRECTORY_VARIABLE, "")
    monkeypatch.setattr(main, "Supervisor", Supervised)

    def run(**settings: Any) -> dict[str, Any]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            main.supervise(uvicorn.Config("app"), listener, Settings(**settings))
        return Supervised.found

    return run


def test_workers_share_a_folder_in_which_one_that_died_leaves_its_counts_alone(
    supervise: Callable[..., dict[str, Any]],
):
    found = supervise(workers=2, drain_seconds=30, report_load=True)
    assert (found["drain_seconds"], found["report_load"]) == (30, True)
    assert found["files"] == {"counter_7.db": 0}  # without gauges, and without room that it did not use
    assert not Path(found["folder"]).exists()


def test_workers_without_metrics_share_no_folder(supervise: Callable[..., dict[str, Any]]):
    found = supervise(workers=2, metrics=False)
    assert (found["folder"], found["files"], found["report_load"]) == ("", {}, False)


def test_a_service_whose_workers_cannot_start_ends_with_the_reason(
    supervise: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Supervised, "failed", True)
    with pytest.raises(SystemExit, match="a worker failed to start"):
        supervise(workers=2)


@pytest.mark.parametrize("fault", ["settings", "predictors"])
def test_a_worker_that_cannot_start_says_so_to_its_supervisor_after_its_last_line(
    fault: str, predictors_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = Path(shutil.copytree(predictors_folder, tmp_path / "predictors"))
    edit_parameters(folder / "iris-forest", lambda packed: packed.pop("roots"))
    monkeypatch.setenv("IRIS_PREDICTORS", str(predictors_folder if fault == "settings" else folder))
    monkeypatch.setenv("IRIS_PORT", "http" if fault == "settings" else "0")
    steps: list[str] = []
    monkeypatch.setattr(json_logs, "configure_logging", lambda: steps.append("configured"))
    monkeypatch.setattr(json_logs, "flush", lambda: steps.append("flushed"))
    with pytest.raises(SystemExit) as caught:
        create_worker_app()
    assert caught.value.code == STARTUP_FAILURE
    assert steps == ["configured", "flushed"]


NO_LIMIT = resource.RLIM_INFINITY


# setrlimit(2): the soft limit is at most the hard one, which no process without privileges can raise.
@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [
        (256, 4_096, 1_000),
        (256, 1_000, 1_000),
        (256, 300, 300),
        (256, NO_LIMIT, 1_000),
        (999, 4_096, 1_000),
        (1_000, 4_096, None),
        (2_000, 4_096, None),
        (NO_LIMIT, NO_LIMIT, None),
    ],
)
def test_the_limit_of_open_files_is_raised_only_as_far_as_needed_and_allowed(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, expected: int | None
):
    limits: list[tuple[int, int]] = []

    def set_limit(_: int, limit: tuple[int, int]) -> None:
        limits.append(limit)

    def limit_of(_: int) -> tuple[int, int]:
        return soft, hard

    monkeypatch.setattr(resource, "getrlimit", limit_of)
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    main.raise_open_file_limit(1_000)
    assert limits == ([] if expected is None else [(expected, hard)])
