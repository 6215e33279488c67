"""Fixtures of the service: predictors, and a running process that tests send HTTP requests to."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest
import uvicorn

from service.main import listen
from service.model.registry import Predictors, load_predictors
from service.settings import Settings
from tests.trained import small_recipes, train_into

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from contextlib import AbstractContextManager

    from starlette.types import ASGIApp

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_SECONDS = 30.0
LISTENING = re.compile(r"listening on (http://[^\s\"]+)")
SERVING = "Application startup complete."
"""Line that uvicorn logs in each worker once it serves, with its signal handlers in place."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""TLS context without certificate authorities, which each client would otherwise load: 40 ms of CPU time."""


@pytest.fixture(scope="session")
def predictors_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of predictors as `iris train` writes it."""
    return train_into(tmp_path_factory.mktemp("predictors"), small_recipes())


@pytest.fixture(scope="session")
def predictors(predictors_folder: Path) -> Predictors:
    return load_predictors(predictors_folder)


@dataclass(frozen=True, kw_only=True)
class RunningService:
    """A running process of the service."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a GET request on a new connection."""
        url = self.url + path
        return httpx.get(url, headers=headers, trust_env=False, timeout=30, verify=NO_TLS)

    def log_lines(self) -> list[dict[str, Any]]:
        """Return the lines of the log, without one that is being written."""
        lines, _, _ = self.log.read_text().rpartition("\n")
        return [json.loads(line) for line in lines.splitlines()]


class StartService(Protocol):
    """Function that starts `python -m service.main` with these variables until the tests of a file end."""

    def __call__(self, **variables: str) -> RunningService: ...


class RunService(Protocol):
    """Function that runs `python -m service.main` with variables that make it exit by itself."""

    def __call__(self, **variables: str) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def environment(predictors_folder: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IRIS_")}
    return inherited | {"IRIS_PORT": "0", "IRIS_PREDICTORS": str(predictors_folder)}


@contextmanager
def services(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Generator[StartService]:
    """Yield a function that starts services, and end them all."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**variables: str) -> RunningService:
        log = tmp_path_factory.mktemp("service") / "stderr.log"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "service.main"],
                cwd=ROOT,
                env=environment | variables,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        started.append(process)
        workers = int(variables.get("IRIS_WORKERS", "1"))
        return RunningService(process=process, url=_url_when_serving(process, log, workers), log=log)

    try:
        yield start
    finally:
        for process in started:
            process.send_signal(signal.SIGINT)  # without the grace of SIGTERM
        for process in started:
            process.wait(timeout=30)


@pytest.fixture(scope="module")
def start_service(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Generator[StartService]:
    # A service that does nothing takes a third of a percent of a processor, and there are dozens.
    with services(environment, tmp_path_factory) as start:
        yield start


def _url_when_serving(process: subprocess.Popen[bytes], log: Path, workers: int) -> str:
    """Wait for every worker: one that a signal meets while it starts ends at once, without a grace."""
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        logged = log.read_text()
        if logged.count(SERVING) >= workers and (found := LISTENING.search(logged)):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.02)
    pytest.fail(f"the service did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def run_service(environment: dict[str, str]) -> RunService:
    def run(**variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "service.main"],
            cwd=ROOT,
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def service(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Generator[RunningService]:
    """A running service that all tests share, and none may stop."""
    with services(environment, tmp_path_factory) as start:
        yield start(IRIS_INSTANCE_ID="i-test")


@pytest.fixture(scope="session")
def client(service: RunningService) -> Generator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False, timeout=20, verify=NO_TLS) as client:
        yield client


@pytest.fixture(scope="session")
def serving() -> Callable[[ASGIApp], AbstractContextManager[httpx.Client]]:
    """Server of a test's own application, for faults that no request can cause."""

    @contextmanager
    def serve(app: ASGIApp) -> Generator[httpx.Client]:
        listener = listen(Settings(port=0))
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, server_header=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with httpx.Client(base_url=url, trust_env=False, timeout=20, verify=NO_TLS) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()

    return serve
