"""JSON log: one object per line, without text of clients, and without delaying requests."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from service.telemetry import json_logs
from service.telemetry.json_logs import DroppingQueueHandler, LogQueue
from tests.service.conftest import NO_TLS
from tests.suite.waiting import until

if TYPE_CHECKING:
    from tests.service.conftest import RunningService, StartService

CLASSIFY = "/api/v01/classify/1.4/0.2/5.1/3.5"


@pytest.fixture(scope="module")
def logging_everything(start_service: StartService) -> RunningService:
    return start_service(IRIS_LOG_SAMPLE="1", IRIS_INSTANCE_ID="i-log", IRIS_GRACE_SECONDS="0")


def lines_of(running: RunningService, request_id: str) -> list[dict[str, Any]]:
    """Wait for the lines about one request, and return them."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if found := [line for line in running.log_lines() if line.get("request_id") == request_id]:
            return found
        time.sleep(0.02)
    pytest.fail(running.log.read_text())


@pytest.mark.parametrize(
    ("path", "query", "status", "route"),
    [
        (CLASSIFY, "", 200, "/api/v01/classify/{pl}/{pw}/{sl}/{sw}"),
        (CLASSIFY, "?detail=true", 200, "/api/v01/classify/{pl}/{pw}/{sl}/{sw}"),
        (CLASSIFY.replace("1.4", "secret"), "", 422, "/api/v01/classify/{pl}/{pw}/{sl}/{sw}"),
        ("/secret", "?secret=1", 404, "(none)"),
    ],
)
def test_a_request_is_one_line_without_text_of_the_client(
    logging_everything: RunningService, path: str, query: str, status: int, route: str
):
    name = f"log-{status}-{len(path)}-{len(query)}"
    headers = {
        "x-request-id": name,
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "authorization": "Bearer secret",
        "user-agent": "secret",
    }
    response = logging_everything.get(path + query, headers)
    assert response.status_code == status
    (line,) = lines_of(logging_everything, name)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert 0 < line.pop("duration_ms") < 5_000
    answered = status == 200
    assert (line.pop("predictor"), bool(line.pop("version"))) == (
        ("iris-logistic", True) if answered else (None, False)
    )
    assert line == {
        "level": "INFO",
        "logger": "service.requests",
        "message": f"GET {route} {status}",
        "request_id": name,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "method": "GET",
        "route": route,
        "status": status,
        "bytes": len(response.content),
        "instance": "i-log",
    }
    assert "secret" not in logging_everything.log.read_text()
    assert "127.0.0.1" not in json.dumps(line)


def test_log_lines_of_the_server_are_json(logging_everything: RunningService):
    assert logging_everything.get(CLASSIFY, {"x-request-id": "json"}).status_code == 200
    lines_of(logging_everything, "json")  # then the lines of the start have been written
    assert {line["logger"] for line in logging_everything.log_lines()} >= {
        "service",
        "uvicorn.error",
        "service.requests",
    }


def test_records_beyond_the_queue_are_dropped_and_counted():
    lines: LogQueue = Queue(maxsize=2)
    handler = DroppingQueueHandler(lines)
    for number in range(5):
        handler.emit(logging.LogRecord("x", logging.INFO, __file__, 1, "%d", (number,), None))
    assert (lines.qsize(), handler.dropped) == (2, 3)


def test_a_log_without_a_reader_delays_no_request(environment: dict[str, str]):
    """Once the pipe is full, after 64 KiB, the service answers, counts the dropped lines, and ends in
    time."""
    with subprocess.Popen(
        [sys.executable, "-m", "service.main"],
        env=environment | {"IRIS_LOG_SAMPLE": "1", "IRIS_GRACE_SECONDS": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr
        found = re.search(r"listening on (http://[^\"]+)", process.stderr.readline().decode())
        assert found
        with httpx.Client(base_url=found[1], trust_env=False, timeout=10, verify=NO_TLS) as client:
            for _ in range(400):  # 300 bytes each
                assert client.get(CLASSIFY).status_code == 200
        process.terminate()
        assert process.wait(timeout=20) == 0


def logged_by(code: str, folder: Path) -> list[dict[str, Any]]:
    """Run a program that logs as the service does, and return its log."""
    program = folder / "program.py"
    program.write_text(
        "import logging; from service.telemetry import json_logs; json_logs.configure_logging()\n"
        f"log = logging.getLogger('service')\n{code}\njson_logs.flush()"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    ended = subprocess.run([sys.executable, program], env=environment, capture_output=True, check=True)
    return [json.loads(line) for line in ended.stderr.splitlines()]


def test_an_exception_is_logged_with_its_traceback_in_one_line(tmp_path: Path):
    code = "try: 1 / 0\nexcept ZeroDivisionError: log.exception('failed')"
    (line,) = logged_by(code, tmp_path)
    assert (line["level"], line["message"]) == ("ERROR", "failed")
    assert "ZeroDivisionError" in line["exception"]


@pytest.mark.parametrize(
    ("faulty", "error"),
    [
        ("log.info('%d', 'secret')", "TypeError"),
        ("log.info('one', extra={'fields': {('secret',): 1}})", "TypeError"),
        (
            "x = ['secret']; x.append(x); log.info('one', extra={'fields': {'x': x}})",
            "ValueError",
        ),
    ],
)
def test_a_record_that_cannot_be_formatted_is_reported_and_the_next_one_is_written(
    faulty: str, error: str, tmp_path: Path
):
    failure, following = logged_by(f"{faulty}\nlog.info('next')", tmp_path)
    assert (failure["level"], failure["logger"]) == ("ERROR", "service.telemetry.json_logs")
    assert re.fullmatch(
        rf"cannot write a record of service, logged at .+/program.py:3: {error}", failure["message"]
    )
    assert following["message"] == "next"


def test_the_log_is_the_only_one_of_its_process(monkeypatch: pytest.MonkeyPatch):
    root = logging.getLogger()
    before = root.level
    monkeypatch.setattr(root, "handlers", [logging.NullHandler()])
    json_logs.configure_logging(-1)
    (handler,) = root.handlers
    assert isinstance(handler, DroppingQueueHandler)
    assert root.level == logging.INFO
    root.setLevel(before)


def test_lines_that_cannot_be_written_are_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    with Path("/dev/full").open("wb") as full:  # each write fails: no space left on device (full(4))
        json_logs.configure_logging(full.fileno())
        for _ in range(3):
            logging.getLogger("service").info("a line")
        json_logs.flush()
        assert json_logs.dropped_record_count() == 3


def test_a_torn_line_loses_only_itself(monkeypatch: pytest.MonkeyPatch):
    written: list[bytes] = []
    room = 10

    def write(_: int, data: bytes) -> int:
        nonlocal room
        if not room:
            raise OSError(28, "No space left on device")
        size = min(room, len(data))
        room -= size
        written.append(data[:size])
        return size

    monkeypatch.setattr(json_logs.os, "write", write)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    json_logs.configure_logging(-1)
    log = logging.getLogger("service")
    log.info("torn")
    log.info("lost")
    json_logs.flush()
    room = 10_000
    log.info("whole")
    log.info("another")
    json_logs.flush()
    torn, *whole = b"".join(written).splitlines()
    assert len(torn) == 10
    assert [json.loads(line)["message"] for line in whole] == ["whole", "another"]
    assert json_logs.dropped_record_count() == 2


WITHOUT_FILES = """
import os, sys
for descriptor in map(int, sys.argv[1]):
    os.close(descriptor)
os.execv(sys.executable, [sys.executable, "-m", "service.main"])
"""


@pytest.mark.parametrize(("closed", "workers"), [("2", "1"), ("012", "2")])
def test_a_service_without_standard_files_serves_on(environment: dict[str, str], closed: str, workers: str):
    variables = {"IRIS_WORKERS": workers, "IRIS_GRACE_SECONDS": "0"}
    process = subprocess.Popen([sys.executable, "-c", WITHOUT_FILES, closed], env=environment | variables)
    try:
        port = until(lambda: listening_port(process.pid))
        answer = httpx.get(f"http://127.0.0.1:{port}/livez", trust_env=False, timeout=30, verify=NO_TLS)
        assert answer.status_code == 200
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0


def listening_port(pid: int) -> int | None:
    """Return the port on which a process listens that has no log to tell it."""
    sockets = psutil.Process(pid).net_connections("tcp")
    return next((each.laddr.port for each in sockets if each.status == psutil.CONN_LISTEN), None)
