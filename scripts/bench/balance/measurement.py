"""Measurement of the methods in turns: the uneven fleet, Envoy or the client's transport, and the load."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from client.choices import CHOICES
from client.discovery import StaticInstances
from client.transport import AsyncBalancedTransport
from localcloud.health_probe import is_ready
from localcloud.load_balancer import envoy
from localcloud.load_balancer.envoy_config import (
    EnvoyFiles,
    EnvoyTarget,
    configuration_files,
    endpoint_config,
)
from localcloud.processes import find_free_port
from localcloud.provisioning.interruption import run_interruptible
from localcloud.state_dir import replace_text
from scripts.bench.balance import open_loop
from scripts.bench.balance.results import (
    INSTANCES,
    WARM_UP_SECONDS,
    MethodComparison,
    summarize,
)
from scripts.bench.balance.slow_instance import find_running_seconds
from scripts.bench.balance.throttle import throttled
from scripts.bench.measurement_conditions import measure_conditions
from scripts.console.child_process import child_process
from scripts.cost.capacity.benchmark import start_service

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from scripts.bench.balance.methods import Method
    from scripts.bench.balance.open_loop import Sample

COLD: Final = "cold"
SLOW: Final = "slow"

START_SECONDS: Final = 60.0
"""Seconds in which Envoy and its targets must be ready."""

LOAD_BALANCER: Final = {
    "idle_timeout.timeout_seconds": "60",
    "routing.http.xff_header_processing.mode": "append",
}
"""Attributes of the load balancer: AWS's defaults."""

TARGET_GROUP: Final = {
    "HealthCheckPath": "/readyz",
    "HealthCheckIntervalSeconds": 5,
    "HealthCheckTimeoutSeconds": 2,
    "HealthyThresholdCount": 2,
    "UnhealthyThresholdCount": 3,
    "Matcher": {"HttpCode": "200"},
}
"""Health check of the target group."""


def measure(
    methods: Sequence[Method],
    *,
    seconds: float,
    rounds: int,
    rate: float,
    on_progress: Callable[[str], None] = lambda _: None,
) -> MethodComparison:
    """Measure each method in turns on one fleet, of which the cold instance is started before each turn.

    Args:
        methods: Methods to measure.
        seconds: Duration of a turn, after the warm-up.
        rounds: Number of turns of each method.
        rate: Requests per second.
        on_progress: Called with a text before each turn.

    Raises:
        CapacityError: An instance does not start.
        TimeoutError: Envoy does not forward requests.
    """
    turns: dict[str, list[list[Sample]]] = {method.name: [] for method in methods}
    conditions = measure_conditions(["httpx", "uvicorn"])
    with ExitStack() as stack:
        on_progress("Slowing one instance down")
        ports = {name: stack.enter_context(_instance(name)) for name in INSTANCES if name != COLD}
        for turn in range(rounds):
            for method in methods:
                on_progress(f"Round {turn + 1} of {rounds}: {method.name}")
                _wait_until_ready(ports)
                with _instance(COLD) as cold:
                    found = _measure_turn(method, {**ports, COLD: cold}, rate, seconds)
                    turns[method.name].append(found)
    return MethodComparison(
        conditions=conditions,
        rate=rate,
        seconds=seconds,
        rounds=rounds,
        methods=[summarize(name, found) for name, found in turns.items()],
    )


@contextmanager
def _instance(name: str) -> Generator[int]:
    """Start an instance, throttled if it is the slow one; yield its port."""
    variables = {"IRIS_INSTANCE_ID": name, "IRIS_REPORT_LOAD": "on", "IRIS_GRACE_SECONDS": "0"}
    with start_service(variables) as service, ExitStack() as stack:
        if name == SLOW:
            pid = service.processes[0].pid
            running = find_running_seconds(pid, f"http://127.0.0.1:{service.port}")
            stack.enter_context(throttled(pid, running))
        yield service.port


def _measure_turn(method: Method, ports: Mapping[str, int], rate: float, seconds: float) -> list[Sample]:
    if method.choice:
        urls = [f"http://127.0.0.1:{port}" for port in ports.values()]
        transport = AsyncBalancedTransport(
            StaticInstances(*urls),
            CHOICES[method.choice](),
            repeatable_paths=[open_loop.PATH],
            limits=open_loop.LIMITS,
        )
        return run_interruptible(_send("http://iris", transport, rate, seconds))
    with _envoy(method.attributes, ports) as url:
        return run_interruptible(_send(url, httpx.AsyncHTTPTransport(limits=open_loop.LIMITS), rate, seconds))


async def _send(url: str, transport: httpx.AsyncBaseTransport, rate: float, seconds: float) -> list[Sample]:
    async with httpx.AsyncClient(base_url=url, transport=transport, timeout=open_loop.TIMEOUT) as client:
        return await open_loop.send(client, rate, WARM_UP_SECONDS + seconds)


def _wait_until_ready(ports: Mapping[str, int]) -> None:
    """Wait until the instances have worked off the batches of the turn before, which fail health checks."""
    end = time.monotonic() + START_SECONDS
    for name, port in ports.items():
        while not is_ready(f"http://127.0.0.1:{port}"):
            if time.monotonic() > end:
                raise TimeoutError(f"{name} is not ready after the turn before")
            time.sleep(0.05)


@contextmanager
def _envoy(attributes: Mapping[str, str], ports: Mapping[str, int]) -> Generator[str]:
    """Start Envoy in front of the instances; yield its URL when all have passed their health checks."""
    with tempfile.TemporaryDirectory(prefix="balance-") as folder:
        files, port = EnvoyFiles(Path(folder)), find_free_port()
        targets = [EnvoyTarget(name, at) for name, at in ports.items()]
        contents = configuration_files(files, port, LOAD_BALANCER, TARGET_GROUP, attributes)
        for file, content in {**contents, files.endpoints: endpoint_config(targets)}.items():
            replace_text(file, json.dumps(content))
        with (
            (Path(folder) / "log").open("wb") as log,
            child_process(
                lambda: subprocess.Popen(  # noqa: S603 (the local cloud's own command)
                    envoy.command(files), stdout=log, stderr=log, start_new_session=True
                )
            ) as started,
        ):
            _wait_until_healthy(files, len(targets), started)
            yield f"http://127.0.0.1:{port}"


def _wait_until_healthy(files: EnvoyFiles, number: int, started: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    admin = envoy.EnvoyAdmin(files)
    try:
        while started.poll() is None and time.monotonic() < end:
            found = admin.targets() if files.admin.exists() else None
            if found and sum(bool(status.healthy) for status in found.values()) == number:
                return
            time.sleep(0.05)
    finally:
        admin.close()
    raise TimeoutError("Envoy has no healthy targets")
