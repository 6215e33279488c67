"""Runs wrk, the load generator, and reads what it measured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.bench.serving.candidates import Question

SCRIPT: Final = Path(__file__).resolve().parent / "wrk.lua"

MISSING: Final = "The load generator wrk is not installed: apt-get install wrk, or brew install wrk."


class WrkError(Exception):
    """Nothing could be measured."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One run."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    failed: int
    """Requests that were not answered, or with an error."""

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds


def require() -> None:
    """Make sure that wrk is there.

    Raises:
        WrkError: it is not.
    """
    if shutil.which("wrk") is None:
        raise WrkError(MISSING)


def run(
    url: str,
    question: Question,
    *,
    connections: int,
    seconds: int,
    cores: Iterable[int] | None,
    pause_ms: float = 0,
) -> Round:
    """Ask the same question over and over, on some connections, each with this pause before it asks again.

    Raises:
        WrkError: it could not.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT), url + question.path]
    variables = {
        "BENCH_METHOD": question.method,
        "BENCH_BODY": question.body,
        "BENCH_PAUSE_MS": str(pause_ms),
    }
    with subprocess.Popen(  # noqa: S603 (our own words)
        command, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        try:
            if cores is not None:
                psutil.Process(started.pid).cpu_affinity(list(cores))
            said, complained = started.communicate(timeout=seconds + 30)
        except BaseException:
            started.kill()
            raise
    figures = [line.removeprefix("JSON ") for line in said.splitlines() if line.startswith("JSON ")]
    if not figures:
        last = ((said + complained).strip().splitlines() or ["no reason given"])[-1]
        raise WrkError(f"wrk measured nothing: {last}")
    return Round(**json.loads(figures[0]))
