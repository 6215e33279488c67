"""Load generator wrk, and its results."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from scripts.console.child_process import child_process
from scripts.console.commands import last_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.bench.serving.server_candidates import BenchmarkRequest

SCRIPT: Final = Path(__file__).resolve().parent / "wrk.lua"

MISSING: Final = "The load generator wrk is not installed: apt-get install wrk, or brew install wrk."


class WrkError(Exception):
    """wrk is missing, or failed."""


@dataclass(frozen=True, kw_only=True)
class WrkResult:
    """Result of one run."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    failed: int
    """Requests without an answer, or with an error."""

    @property
    def per_second(self) -> float:
        """Answered requests per second."""
        return self.requests / self.seconds


def require() -> None:
    """Check that wrk is installed.

    Raises:
        WrkError: It is not.
    """
    if shutil.which("wrk") is None:
        raise WrkError(MISSING)


def run(
    url: str,
    request: BenchmarkRequest,
    *,
    connections: int,
    seconds: int,
    cores: Iterable[int] | None,
    pause_ms: float = 0,
) -> WrkResult:
    """Repeat a request on a number of connections, with a pause on each after its answer.

    Raises:
        WrkError: wrk failed.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT), url + request.path]
    variables = {
        "BENCH_METHOD": request.method,
        "BENCH_BODY": request.body,
        "BENCH_PAUSE_MS": str(pause_ms),
    }
    with child_process(
        lambda: subprocess.Popen(  # noqa: S603 (no shell, and the project's own arguments)
            command, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    ) as started:
        try:
            if cores is not None:
                psutil.Process(started.pid).cpu_affinity(list(cores))
            stdout, stderr = started.communicate(timeout=seconds + 30)
        except BaseException:
            started.kill()
            raise
    figures = [line.removeprefix("JSON ") for line in stdout.splitlines() if line.startswith("JSON ")]
    if not figures:
        raise WrkError(f"wrk measured nothing: {last_line(stdout + stderr)}")
    return WrkResult(**json.loads(figures[0]))
