"""Measures what the service does with a vCPU, on the machine at hand.

Processor time, not throughput, is what counts: the client that asks, and whatever else runs here, take turns
with the service, but the time that the service itself spends on a request hardly depends on them.
"""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import psutil

from scripts.cost.capacity.load_generator import ask
from scripts.cost.capacity.load_ramp import Step, best, climb
from scripts.cost.capacity.vcpu_throughput import Capacity, CapacityError
from scripts.training.train import PREDICTORS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

PROJECT: Final = Path(__file__).resolve().parents[3]
LOCALHOST: Final = "127.0.0.1"
SERVICE: Final = "service.main"
"""Module that a process of the service runs, as its command line says."""
DIRTY: Final = "-dirty"
"""What git puts behind the commit of a tree that has changes which are in none."""
WARM_UP_CONNECTIONS: Final = 4
"""Connections that keep the service busy for a step before anything counts."""
START_SECONDS: Final = 20.0


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that listens on this machine."""

    host: str
    port: int
    processes: tuple[psutil.Process, ...]
    """Those whose time counts, with their children."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was found, and all steps on the way."""

    capacity: Capacity
    steps: tuple[Step, ...]


def measure(
    service: Service,
    *,
    like: str,
    p99_target_ms: float,
    seconds: float,
    told: Callable[[int], None] = lambda _: None,
) -> Measured:
    """Ask on more and more connections, and look at the processor time that the service takes.

    Args:
        service: whom to ask.
        like: EC2 type with the same processor as this machine.
        p99_target_ms: time within which 99 of 100 requests are to be answered.
        seconds: how long each step takes.
        told: is called with the number of connections before each step.

    Raises:
        CapacityError: the service answers with something else than 200, or too late.
    """

    def attempt(connections: int) -> Step:
        told(connections)
        before, since = _cpu_seconds(service.processes), time.perf_counter()
        latencies = sorted(ask(service.host, service.port, connections, seconds))
        passed, spent = time.perf_counter() - since, _cpu_seconds(service.processes) - before
        if not spent:
            raise CapacityError(f"{seconds:g} s are too short to see the service's processor time.")
        return Step(
            connections=connections,
            requests=len(latencies),
            seconds=passed,
            cpu_seconds=spent,
            p99_ms=round(latencies[len(latencies) * 99 // 100] * 1_000, 2),
        )

    ask(service.host, service.port, WARM_UP_CONNECTIONS, seconds)
    steps = climb(attempt, p99_target_ms)
    chosen = best(steps, p99_target_ms)
    return Measured(
        capacity=Capacity(
            requests_per_second_per_vcpu=round(chosen.per_vcpu, 1),
            p99_ms=chosen.p99_ms,
            p99_target_ms=p99_target_ms,
            machine=_processor(),
            like=like,
            measured_on=datetime.now(UTC).date(),
            commit=_commit(),
            how=(
                f"{chosen.requests} requests over {chosen.connections} connections, "
                f"{chosen.per_second:.0f} a second; "
                "requests divided by the processor time that the service took"
            ),
        ),
        steps=tuple(steps),
    )


@contextmanager
def started_service() -> Generator[Service]:
    """Start the service in one process on a free port, and stop it in the end.

    Raises:
        CapacityError: there is nothing to serve, or the service does not start.
    """
    if not PREDICTORS.is_dir():
        raise CapacityError(f"There is nothing in {PREDICTORS} to serve: run `iris train` first.")
    with socket.create_server((LOCALHOST, 0)) as free:
        port: int = free.getsockname()[1]
    environment = os.environ | {
        "IRIS_HOST": LOCALHOST,
        "IRIS_PORT": str(port),
        "IRIS_PREDICTORS": str(PREDICTORS),
        "IRIS_WORKERS": "1",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "service.main"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as started:
        try:
            _wait_for(started, port)
            yield Service(host=LOCALHOST, port=port, processes=(psutil.Process(started.pid),))
        finally:
            started.terminate()


def running_service(url: str) -> Service:
    """Find the service that listens at a URL of this machine.

    Raises:
        CapacityError: the URL is another machine's, or what listens there is not the service itself.
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
        raise CapacityError(f"Cannot see which process listens on port {port}: {error}.") from error
    if not processes:
        raise CapacityError(f"No process of yours listens on port {port} of this machine.")
    if names:
        raise CapacityError(
            f"Port {port} is {', '.join(sorted(names))}'s, not the service's own: "
            "behind a load balancer its processor time can't be seen."
        )
    return Service(host=host, port=port, processes=processes)


def _loopback(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError as error:
        raise CapacityError(f"{url} is no URL: {error}.") from error
    if parts.scheme != "http" or not host or parts.path not in {"", "/"}:
        raise CapacityError(f"{url} is not of the form http://127.0.0.1:8080.")
    if host != "localhost" and not _is_loopback_address(host):
        raise CapacityError(f"{host} is not this machine: only a service on localhost is put under load.")
    return host, port


def _is_loopback_address(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _wait_for(started: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and started.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((LOCALHOST, port)) == 0:
                return
        time.sleep(0.05)
    raise CapacityError(f"The service did not start within {START_SECONDS:g} s.")


def _cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    family = {member for one in processes for member in (one, *one.children(recursive=True))}
    try:
        return sum(sum(member.cpu_times()[:2]) for member in family)
    except psutil.Error as error:
        raise CapacityError(f"The service's processor time can't be seen: {error}.") from error


def _processor() -> str:
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if named:
            return f"{named[0]}, {os.cpu_count()} vCPUs, {platform.system()}"
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} vCPUs, {platform.system()}"


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],  # noqa: S607 (git is found as users find it)
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"
