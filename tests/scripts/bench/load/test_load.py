"""`iris load` on the service itself, on servers that misbehave, and as a process that is interrupted."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from scripts.bench.load.requests import clear_flowers, flower_requests
from scripts.bench.load.target import TargetError, parse_target
from scripts.cli import main
from scripts.cost.capacity.benchmark import start_service
from scripts.training.data import load_data
from scripts.training.train import PREDICTORS, train_missing
from service.model.registry import load_predictors
from tests.http_server import running_server
from tests.listening import closed_port

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

IRIS = str(Path(sys.executable).with_name("iris"))


def iris_load(*options: str) -> Result:
    return CliRunner().invoke(main, ["load", *options])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    train_missing()
    with start_service({"IRIS_INSTANCE_ID": "i-1"}) as service:
        yield f"http://127.0.0.1:{service.port}"


def test_every_predictor_of_the_project_takes_the_clear_flowers_for_their_species():
    train_missing()
    predictors = load_predictors(str(PREDICTORS))
    assert len(clear_flowers()) > 100
    for predictor in predictors:
        for row, name in clear_flowers():
            assert predictor.definition.classes[predictor.model.decide(row)] == name


def test_the_flowers_are_those_of_the_data_set():
    data = load_data()
    rows: set[Any] = {
        (tuple(row), data.classes[label]) for row, label in zip(data.rows.tolist(), data.target, strict=True)
    }
    assert set(clear_flowers()) <= rows


def test_the_requests_have_all_three_ways_and_all_species():
    found = flower_requests()
    ways = {(it.method, "?" in it.target, it.expected) for it in found}
    assert len(ways) == 9


def test_answers_are_verified_and_counted_by_instance(url: str):
    result = iris_load(url, "--rate", "100", "--seconds", "1", "--arrivals", "even", "--format", "json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["requests"], found["right"]) == (100, 100)
    assert found["instances"] == {"i-1": 100}
    assert 0 < found["service_ms"]["p50"] <= found["latency_ms"]["p50"] <= found["latency_ms"]["max"]


def test_another_predictor_is_called_with_its_example(url: str):
    result = iris_load(url, "--predictor", "iris-forest", "--rate", "20", "--seconds", "0.5")
    assert result.exit_code == 0, result.stderr
    assert "had the right answer" in result.stdout


def test_a_log_is_replayed_with_the_statuses_of_then(url: str, tmp_path: Path):
    file = tmp_path / "access.log"
    line = '127.0.0.1 - - [29/Nov/2026:10:00:00 +0000] "{} {} HTTP/1.1" {} 2\n'
    file.write_text(
        line.format("GET", "/readyz", 200)
        + line.format("HEAD", "/livez", 200)
        + line.format("GET", "/x", 404)
    )
    good = iris_load(url, "--replay", str(file), "--format", "json")
    assert good.exit_code == 0, good.stderr
    assert json.loads(good.stdout)["statuses"] == {"200": 2, "404": 1}
    file.write_text(line.format("GET", "/x", 200))
    bad = iris_load(url, "--replay", str(file))
    assert bad.exit_code == 1
    assert "status 404" in bad.stdout


def test_a_report_is_written_as_a_page_or_a_chart(url: str, tmp_path: Path):
    for name, beginning in (("load.html", "<!doctype html>"), ("load.svg", "<?xml")):
        file = tmp_path / name
        result = iris_load(url, "--seconds", "0.5", "--report", str(file))
        assert result.exit_code == 0, result.stderr
        assert file.read_text(encoding="utf-8").startswith(beginning)


class Stub(BaseHTTPRequestHandler):
    """Service whose listing is right, and whose answers are those of its server."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        card: dict[str, Any] = {"name": "one", "default": True, "definition": {"name": "iris"}}
        documents = {"/api/v01/predictors": {"predictors": [card]}, "/api/v01/predictors/one": card}
        document: Any = documents.get(self.path, {"specie": "Iris Setosa"})
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.dumps(document, separators=(",", ":")).encode()
        if self.path not in documents:
            self.server.pause()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - of `stub`
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name of the base class

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        pass


@contextmanager
def stub(pause: Any = lambda: None) -> Generator[str]:
    with running_server(Stub) as server:
        server.pause = pause  # pyright: ignore[reportAttributeAccessIssue]
        yield f"http://127.0.0.1:{server.server_port}"


def test_wrong_answers_end_with_1():
    with stub() as url:
        result = iris_load(url, "--rate", "30", "--seconds", "1", "--arrivals", "even", "--format", "json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    # A third of the flowers are setosas.
    assert (found["right"], found["wrong"], found["failed"]) == (10, 20, 0)
    assert "instead of" in found["wrong_answers"][0]


def test_a_service_that_stalls_shows_it_to_each_request_that_was_due_meanwhile():
    begun: list[float] = []

    def stall_until_two_seconds_after_the_first_request() -> None:
        begun.append(time.monotonic())
        time.sleep(max(0.0, begun[0] + 2 - time.monotonic()))

    with stub(stall_until_two_seconds_after_the_first_request) as url:
        result = iris_load(url, "--rate", "20", "--seconds", "1", "--arrivals", "even", "--format", "json")
    found = json.loads(result.stdout)
    assert found["requests"] == 20  # whether or not the first ones are answered
    assert found["latency_ms"]["p50"] > 300


def test_requests_that_wait_for_a_connection_count_from_the_moment_at_which_they_were_due():
    with stub(lambda: time.sleep(0.1)) as url:
        options = ("--rate", "20", "--seconds", "1", "--arrivals", "even", "--connections", "1")
        found = json.loads(iris_load(url, *options, "--format", "json").stdout)
    # One connection manages 10 of 20 per second: the last request waits for a second.
    assert found["latency_ms"]["max"] > 800
    assert found["service_ms"]["p50"] < 300


def test_a_load_ends_a_timeout_after_its_last_request_also_if_all_connections_are_busy():
    released = threading.Event()
    begun = time.monotonic()
    with stub(lambda: released.wait(60)) as url:
        options = ("--rate", "20", "--seconds", "1", "--arrivals", "even", "--connections", "1")
        result = iris_load(url, *options, "--timeout", "1", "--format", "json")
        passed = time.monotonic() - begun
        released.set()
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["failed"] == found["requests"] == 20
    assert set(found["problems"]) <= {"no answer within 1 s", "no connection within 1 s"}
    # Without the limit on waiting, 20 requests one at a time would take 20 s, and half of them ten at least.
    assert passed < 15
    assert 999 < found["latency_ms"]["p50"] < 6_000


def test_a_load_without_a_request_says_so(url: str):
    # The first request of the process is due after 0.144 times the mean distance, here 1.44 s.
    result = iris_load(url, "--rate", "0.1", "--seconds", "1")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "No request was due in 1 s.")


def test_ctrl_c_ends_the_load_with_the_report_so_far(url: str):
    with subprocess.Popen(
        [IRIS, "load", url, "--seconds", "60", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stderr
        while "Sending" not in started.stderr.readline():
            assert started.poll() is None
        started.send_signal(signal.SIGINT)
        output, _ = started.communicate(timeout=20)
    found = json.loads(output)
    assert started.returncode == 130
    assert found["interrupted"]
    assert 0 < found["right"] < 60 * 50


def test_ctrl_c_before_the_first_answer_has_the_same_status_and_no_trace():
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        subprocess.Popen(
            [IRIS, "load", f"http://127.0.0.1:{silent.getsockname()[1]}"], stderr=subprocess.PIPE, text=True
        ) as started,
    ):
        connection, _ = silent.accept()
        with connection:
            started.send_signal(signal.SIGINT)
            _, error = started.communicate(timeout=20)
    assert (started.returncode, error.splitlines()[-1]) == (130, "Aborted!")
    assert "Traceback" not in error


def test_a_port_without_a_service_and_a_service_of_another_kind_are_one_line():
    with closed_port() as port:
        refused = iris_load(f"http://127.0.0.1:{port}")
    assert refused.exit_code == 1
    assert "does not answer" in refused.stderr.splitlines()[-1]
    with stub() as url:
        other = iris_load(f"{url}/elsewhere")
    assert other.exit_code == 1
    assert "does not answer like this service" in other.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ramp", "1:2", "--steps", "1,2"], "exclude one another"),
        (["--rate", "5", "--ramp", "1:2"], "does not go with"),
        (["--ramp", "1"], "is not of the form 10:100"),
        (["--ramp", "0:0"], "has no requests"),
        (["--steps", "1,nan"], "is not a finite number"),
        (["--report", "load.pdf"], "ends in .html or .svg"),
        (["--seconds", "86401"], "is not in the range"),
    ],
)
def test_options_that_contradict_are_refused(options: list[str], message: str):
    result = iris_load("http://127.0.0.1:1", *options)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("url", "authority", "prefix"),
    [
        ("http://127.0.0.1:8080/", "127.0.0.1:8080", ""),
        ("https://example.com", "example.com", ""),
        ("http://[::1]:8080/stage/", "[::1]:8080", "/stage"),
    ],
)
def test_a_url_has_an_authority_and_a_prefix(url: str, authority: str, prefix: str):
    target = parse_target(url)
    assert (target.authority, target.prefix) == (authority, prefix)


@pytest.mark.parametrize(
    "url", ["example.com", "ftp://example.com", "http://user:password@example.com", "http://example.com/#a"]
)
def test_a_url_with_more_than_an_address_is_refused(url: str):
    with pytest.raises(TargetError, match="is not of the form"):
        parse_target(url)


def test_no_local_cloud_is_one_line_with_the_way_out(tmp_path: Path):
    result = iris_load("--home", str(tmp_path))
    assert result.exit_code == 1
    assert "`make up` starts one" in result.stderr.splitlines()[-1]
