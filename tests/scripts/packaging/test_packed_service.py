"""Unpacked archive, run as on an instance: by a Python with nothing else installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from localcloud.health_probe import NO_CERTIFICATES
from scripts.packaging import interpreters, wheels
from tests.listening import wait_until_listening
from tests.scripts.packed import run

if TYPE_CHECKING:
    from collections.abc import Generator
    from subprocess import Popen

DRAIN_SECONDS: Final = 20
"""Seconds within which the service ends."""

SETOSA: Final = b'{"specie":"Iris Setosa"}'
CLASSIFY: Final = "/api/v01/classify/1.4/0.2/5.1/3.5"
ROUTE: Final = "/api/v01/classify/{pl}/{pw}/{sl}/{sw}"

THIS: Final = interpreters.this_interpreter()
OF_AWS: Final = interpreters.find_interpreter(wheels.AWS_PYTHON)
FOR_AWS: Final = {"x86_64": "aws-x86_64", "aarch64": "aws-arm64"}.get(os.uname().machine, "aws-x86_64")
"""Target whose libraries run on this machine, if that has Linux."""

needs_python_of_aws = pytest.mark.skipif(
    OF_AWS is None or sys.platform != "linux",
    reason=f"there is no Python {wheels.AWS_PYTHON} for Linux here",
)


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    folder: Path
    python: interpreters.Interpreter


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("local", THIS), id="local"),
        pytest.param((FOR_AWS, OF_AWS), id="aws", marks=[needs_python_of_aws, pytest.mark.one_python]),
    ],
)
def unpacked(
    request: pytest.FixtureRequest,
    predictors: Path,
    packed_archives: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Unpacked:
    """One archive for this Python, and the one for AWS, for the Python that runs it there."""
    target, python = request.param
    folder = tmp_path_factory.mktemp("unpacked")
    archive = Path(run(target, predictors, packed_archives).stdout.strip())
    zipfile.ZipFile(archive).extractall(folder)
    return Unpacked(folder=folder, python=python)


@contextmanager
def started(unpacked: Unpacked, log: Path, **variables: str) -> Generator[tuple[Popen[bytes], httpx.Client]]:
    """Start the service without this environment: no site-packages, no variables but its own."""
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [unpacked.python.path, "-S", "-E", "-s", "-m", "service.main"],
            cwd=unpacked.folder,
            env={"IRIS_PORT": "0", **variables},
            stderr=stderr,
        )
    try:
        url = wait_until_listening(process, log)
        with httpx.Client(base_url=url, trust_env=False, timeout=20, verify=NO_CERTIFICATES) as client:
            yield process, client
    finally:
        process.kill()
        process.wait(timeout=30)


def test_it_serves_without_anything_else_installed(unpacked: Unpacked, tmp_path: Path):
    with started(unpacked, tmp_path / "log") as (_, client):
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.get(CLASSIFY).content == SETOSA
        assert client.get("/api/v01/classify?pl=5.1&pw=3.5&sw=0.4&sl=1.4").content == SETOSA
        flower = {"pl": "1.4", "pw": "0.2", "sl": "5.1", "sw": "3.5"}
        assert client.post("/api/v01/classify", json=flower).content == SETOSA
        assert client.get("/version").json()["python"] == unpacked.python.version
        listed = client.get("/listpredictors").json()["predictors"]
        assert [one["name"] for one in listed] == ["iris-bayes", "iris-forest", "iris-logistic"]
        assert "openapi" in client.get("/openapi.json").json()
        assert client.get("/nowhere").status_code == 404
        assert client.get("/api/v01/classify?pl=abc").status_code == 422
        assert client.post("/api/v01/classify", content=b"x" * 2_000_000).status_code == 413


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_is_logged_and_counted_and_the_service_ends_in_time(
    unpacked: Unpacked, tmp_path: Path, workers: int
):
    log = tmp_path / "log"
    variables = {
        "IRIS_WORKERS": str(workers),
        "IRIS_LOG_SAMPLE": "1",
        "IRIS_GRACE_SECONDS": "0",
        "IRIS_DRAIN_SECONDS": str(DRAIN_SECONDS),
        "TMPDIR": str(tmp_path),
    }
    with started(unpacked, log, **variables) as (process, client):
        answered = client.get(CLASSIFY, headers={"x-request-id": "the-one"})
        assert answered.content == SETOSA
        line = line_of("the-one", log)
        assert (line["logger"], line["route"], line["status"]) == ("service.requests", ROUTE, 200)
        assert line["bytes"] == len(SETOSA)
        wait_for_metric(
            client,
            "http_request_duration_seconds_count",
            {"method": "GET", "route": ROUTE, "status": "2xx"},
        )
        wait_for_metric(client, "iris_predictions_total", {"predictor": "iris-logistic"})
        client.close()
        process.terminate()
        assert process.wait(timeout=DRAIN_SECONDS) == 0
    lines = lines_in(log)
    assert "shutting down on SIGTERM" in {line["message"] for line in lines}
    assert [line for line in lines if line["level"] != "INFO"] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "log"
    ]  # the files of the workers' metrics are removed


def lines_in(log: Path) -> list[dict[str, Any]]:
    """Read the complete lines of the log, each a JSON object."""
    return [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]


def line_of(request_id: str, log: Path) -> dict[str, Any]:
    """Wait for the log line of a request, and return it."""
    deadline = time.monotonic() + 10
    while not (found := [line for line in lines_in(log) if line.get("request_id") == request_id]):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    (line,) = found
    return line


def wait_for_metric(client: httpx.Client, name: str, labels: dict[str, str]) -> None:
    """Wait until the metric is 1: workers share their metrics about once a second."""
    deadline = time.monotonic() + 10
    while value_of(client, name, labels) != 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def value_of(client: httpx.Client, name: str, labels: dict[str, str]) -> float | None:
    samples = [
        sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if (sample.name, sample.labels) == (name, labels)
    ]
    return samples[0] if samples else None
