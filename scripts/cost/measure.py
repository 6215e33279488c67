"""Measures what the service does with a vCPU, on the machine at hand.

Processor time, not throughput, is what counts: the client that asks, and whatever else runs here, take turns
with the service, but the time that the service itself spends on a request hardly depends on them.
"""

from __future__ import annotations

import asyncio
import os
import platform
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from scripts.cost.capacity import Capacity, CapacityError

if TYPE_CHECKING:
    from collections.abc import Generator

PROJECT: Final = Path(__file__).resolve().parents[2]
PREDICTORS: Final = PROJECT / "build" / "predictors"
CONNECTIONS: Final = 4
START_SECONDS: Final = 20.0
WARM_UP: Final = 0.2
"""Share of the time that passes before anything counts."""

REQUEST: Final = (
    b"GET /api/v01/classify?pl=1.4&pw=0.2&sl=5.1&sw=3.5 HTTP/1.1\r\nHost: localhost\r\n"
    b"User-Agent: iris\r\nAccept: application/json\r\n\r\n"
)


def measure(*, like: str, seconds: float) -> Capacity:
    """Start the service in one process, keep it busy, and look at the processor time that it took.

    Args:
        like: EC2 type with the same processor as this machine.
        seconds: how long.

    Raises:
        CapacityError: the service does not start, or answers with something else than 200.
    """
    with _service() as (process, port):
        asyncio.run(_ask(port, seconds * WARM_UP))
        before = _cpu_seconds(process)
        latencies = sorted(asyncio.run(_ask(port, seconds * (1 - WARM_UP))))
        spent = _cpu_seconds(process) - before
    return Capacity(
        requests_per_second_per_vcpu=round(len(latencies) / spent, 1),
        p99_ms=round(latencies[len(latencies) * 99 // 100] * 1_000, 2),
        machine=_processor(),
        like=like,
        measured_on=datetime.now(UTC).date(),
        commit=_commit(),
        how=(
            f"{len(latencies)} requests over {CONNECTIONS} connections to one process; "
            "requests divided by the processor time that the process took"
        ),
    )


@contextmanager
def _service() -> Generator[tuple[psutil.Process, int]]:
    if not PREDICTORS.is_dir():
        raise CapacityError(f"There is nothing in {PREDICTORS} to serve: run `iris train` first.")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    environment = os.environ | {
        "IRIS_HOST": "127.0.0.1",
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
            yield psutil.Process(started.pid), port
        finally:
            started.terminate()


def _wait_for(started: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and started.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise CapacityError(f"The service did not start within {START_SECONDS:g} s.")


async def _ask(port: int, seconds: float) -> list[float]:
    """Ask over and over on several connections; return how long each answer took, in seconds."""
    end = time.monotonic() + seconds
    latencies: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < end:
            asked = time.perf_counter()
            writer.write(REQUEST)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise CapacityError(f"The service answered {head.splitlines()[0].decode()!r}.")
            await reader.readexactly(_content_length(head))
            latencies.append(time.perf_counter() - asked)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return latencies


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise CapacityError("The service answered without a content-length.")


def _cpu_seconds(process: psutil.Process) -> float:
    family = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family)


def _processor() -> str:
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if named:
            return f"{named[0]}, {os.cpu_count()} vCPUs, {platform.system()}"
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} vCPUs, {platform.system()}"


def _commit() -> str:
    asked = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607 (git is found as users find it)
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"
