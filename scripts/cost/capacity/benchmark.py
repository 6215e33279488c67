"""Benchmark of the service on this machine: requests per second of processor time.

Processor time counts, not throughput: the load generator and other processes share the machine with the
service, but the processor time that the service spends on a request hardly depends on them.

Three numbers are the result. The high one is the best case: identical GET on connections that stay open. The
middle one is a mix of kinds of request, each as a load balancer forwards it. The low one is the worst case:
no query, and each request opens a connection. TLS ends at the load balancer, so no number contains it.

On a machine that other programs use, each request takes more processor time than on an idle one. Therefore,
kinds of request are compared with identical GET in the same rounds, and their ratios applied to the high
number.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import psutil

from scripts.console.child_process import child_process
from scripts.console.machine import processor_name, project_commit
from scripts.cost.capacity.balancer import start_balancer
from scripts.cost.capacity.load_generator import send_requests
from scripts.cost.capacity.load_ramp import LoadStep, best_step, p99, ramp_up
from scripts.cost.capacity.request_mix import FAST_PATH, KINDS, seconds_per_byte
from scripts.cost.capacity.vcpu_throughput import Capacity, CapacityError
from scripts.training.train import PREDICTORS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from scripts.cost.capacity.request_mix import RequestKind, RequestMix

PROJECT: Final = Path(__file__).resolve().parents[3]
LOCALHOST: Final = "127.0.0.1"
SERVICE: Final = "service.main"
"""Module in the command line of the service's processes."""
ROUNDS: Final = 3
"""Rounds in which each kind of request is measured, one kind after the other; their median counts."""
WARM_UP_CONNECTIONS: Final = 4
"""Connections of the warm-up step, whose requests do not count."""
REPETITION_SECONDS: Final = 10.0
"""Time in which a step is repeated until the service's processor time can be measured, in seconds."""
START_SECONDS: Final = 20.0
"""Timeout of the service's start, in seconds."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkedService:
    """Service that listens on this machine."""

    host: str
    port: int
    processes: tuple[psutil.Process, ...]
    """Processes whose time counts, as well as their children's."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkResult:
    """Measured capacity, and the steps of the ramp."""

    capacity: Capacity
    steps: tuple[LoadStep, ...]


def measure(
    service: BenchmarkedService,
    *,
    like: str,
    p99_target_ms: float,
    seconds: float,
    mix: RequestMix,
    on_step: Callable[[str], None] = lambda _: None,
) -> BenchmarkResult:
    """Ramp the load up, then send each kind of request, and measure the processor time of the service.

    Args:
        service: the service to measure.
        like: EC2 type with the same processor as this machine.
        p99_target_ms: maximum of the p99 latency, in milliseconds.
        seconds: duration of each step.
        mix: mix of requests of the middle number.
        on_step: called with a description before each step.

    Raises:
        CapacityError: a response has another status than 200 or is missing, or no step meets the target.
    """

    def attempt(connections: int) -> LoadStep:
        on_step(f"Sending requests over {connections} connections")
        since = time.perf_counter()
        latencies, spent = _measured_requests(service, service.port, connections, seconds)
        return LoadStep(
            connections=connections,
            requests=len(latencies),
            seconds=time.perf_counter() - since,
            cpu_seconds=spent,
            p99_ms=round(p99(latencies) * 1_000, 2),
        )

    send_requests(service.host, service.port, WARM_UP_CONNECTIONS, seconds)
    steps = ramp_up(attempt, p99_target_ms)
    chosen = best_step(steps, p99_target_ms)
    high = round(chosen.per_vcpu, 1)
    by_kind = {name: ratio / high for name, ratio in _measure_ratios(service, seconds, on_step).items()}
    middle = min(high, round(1 / mix.mean(by_kind), 1))
    return BenchmarkResult(
        capacity=Capacity(
            requests_per_second_per_vcpu=middle,
            low=min(middle, round(1 / mix.worst_case.mean(by_kind), 1)),
            high=high,
            seconds_per_byte=seconds_per_byte(by_kind),
            microseconds={name: round(seconds * 1e6, 2) for name, seconds in by_kind.items()},
            mix=mix.shares,
            p99_ms=chosen.p99_ms,
            p99_target_ms=p99_target_ms,
            machine=_machine(),
            like=like,
            measured_on=datetime.now(UTC).date(),
            commit=project_commit() or "unknown",
            how=(
                f"high: {chosen.requests} requests over {chosen.connections} connections, "
                f"{chosen.per_second:.0f} a second, divided by the processor time of the service; middle and "
                f"low: ratios of the kinds to it, medians of {ROUNDS} rounds, through a load balancer unless "
                "each request opens a connection"
            ),
        ),
        steps=tuple(steps),
    )


def _measure_ratios(
    service: BenchmarkedService, seconds: float, on_step: Callable[[str], None]
) -> dict[str, float]:
    """Return the processor time of a request of each kind, relative to identical GET on open connections."""
    found: defaultdict[str, list[float]] = defaultdict(list)

    def cpu_seconds(kind: RequestKind, port: int) -> float:
        latencies, spent = _measured_requests(service, port, kind.connections, seconds, kind)
        return spent / len(latencies)

    with start_balancer(service.port) as balancer:
        for number in range(ROUNDS):
            on_step(f"Sending each kind of request, round {number + 1} of {ROUNDS}")
            fast = cpu_seconds(FAST_PATH, service.port)
            for name, kind in KINDS.items():
                port = service.port if kind.reconnects else balancer
                found[name].append(cpu_seconds(kind, port) / fast)
    return {name: median(ratios) for name, ratios in found.items()}


def _measured_requests(
    service: BenchmarkedService, port: int, connections: int, seconds: float, kind: RequestKind = FAST_PATH
) -> tuple[list[float], float]:
    """Send requests to a port; return their latencies and the service's processor time, in seconds.

    The system counts processor time in hundredths of a second. On a busy machine, a short step may pass
    before the service has had one, and is repeated.

    Raises:
        CapacityError: the service has had none within `REPETITION_SECONDS`.
    """
    before, latencies = _cpu_seconds(service.processes), list[float]()
    end = time.monotonic() + REPETITION_SECONDS
    while time.monotonic() < end:
        latencies += send_requests(service.host, port, connections, seconds, kind)
        spent = _cpu_seconds(service.processes) - before
        if latencies and spent:
            return latencies, spent
    raise CapacityError("The steps are too short to measure the service's processor time.")


@contextmanager
def start_service(variables: Mapping[str, str] | None = None) -> Generator[BenchmarkedService]:
    """Start the service in one process on a free port, and stop it at the end.

    Args:
        variables: settings beside the address, the predictors and the number of workers.

    Raises:
        CapacityError: there are no trained predictors, or the service does not start.
    """
    if not PREDICTORS.is_dir():
        raise CapacityError(f"There are no predictors in {PREDICTORS}: run `iris train` first.")
    environment = os.environ | {
        "IRIS_HOST": LOCALHOST,
        "IRIS_PORT": "0",  # a free one, which no other process can take meanwhile
        "IRIS_PREDICTORS": str(PREDICTORS),
        "IRIS_WORKERS": "1",
        **(variables or {}),
    }
    with child_process(
        lambda: subprocess.Popen(
            [sys.executable, "-m", "service.main"],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    ) as started:
        process = psutil.Process(started.pid)
        yield BenchmarkedService(host=LOCALHOST, port=_port_of(started, process), processes=(process,))


def find_service(url: str) -> BenchmarkedService:
    """Find the service that listens at a URL of this machine.

    Raises:
        CapacityError: the URL is another machine's, or another program listens there.
    """
    host, port = _loopback(url)
    try:
        owners = {
            it.pid
            for it in psutil.net_connections(kind="tcp")
            if it.status == psutil.CONN_LISTEN and it.laddr and it.laddr.port == port and it.pid is not None
        }
        processes = tuple(psutil.Process(pid) for pid in sorted(owners))
        names = {it.name() for it in processes if SERVICE not in it.cmdline()}
    except psutil.Error as error:
        raise CapacityError(f"Cannot find the process that listens on port {port}: {error}.") from error
    if not processes:
        raise CapacityError(f"None of your processes listens on port {port} of this machine.")
    if names:
        raise CapacityError(
            f"{', '.join(sorted(names))} listens on port {port}, not the service itself: behind a load "
            "balancer, its processor time can't be measured."
        )
    return BenchmarkedService(host=host, port=port, processes=processes)


def _loopback(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError as error:
        raise CapacityError(f"{url} is no URL: {error}.") from error
    if parts.scheme != "http" or not host or parts.path not in {"", "/"}:
        raise CapacityError(f"{url} is not of the form http://127.0.0.1:8080.")
    if host != "localhost" and not _is_loopback_address(host):
        raise CapacityError(f"{host} is not this machine: only a service on localhost can be measured.")
    return host, port


def _is_loopback_address(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _port_of(started: subprocess.Popen[bytes], process: psutil.Process) -> int:
    """Wait until the service listens, and return its port."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and started.poll() is None:
        with suppress(psutil.Error):
            for it in process.net_connections(kind="tcp"):
                if it.status == psutil.CONN_LISTEN and it.laddr:
                    return it.laddr.port
        time.sleep(0.05)
    raise CapacityError(f"The service did not start within {START_SECONDS:g} s.")


def _cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    family = {member for one in processes for member in (one, *one.children(recursive=True))}
    try:
        return sum(sum(member.cpu_times()[:2]) for member in family)
    except psutil.Error as error:
        raise CapacityError(f"The service's processor time can't be measured: {error}.") from error


def _machine() -> str:
    return f"{processor_name()}, {os.cpu_count()} vCPUs, {platform.system()}"
