"""Measurement of cold starts: fresh processes in turns, from before their start until their first answer."""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scripts.bench.coldstart.handler_candidates import EVENT, HandlerCandidate
from scripts.console.commands import last_line, run_command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RUNTIME: Final = Path(__file__).resolve().parent / "lambda_runtime.py"

WARM_EVENTS: Final = 200
"""Warm events of each process; the first fifty are not counted, as the code is still warming up."""

_UNCOUNTED_EVENTS: Final = 50


class ColdStartError(Exception):
    """A process did not start, or gave a wrong answer."""


@dataclass(frozen=True, kw_only=True)
class ColdStart:
    """Measurements of one process."""

    cold_ms: float
    """Milliseconds from before its start until its first answer."""
    warm_us: float
    """Median of the later events, in microseconds."""
    modules: int
    """Number of imported modules at the end."""


@dataclass(frozen=True, kw_only=True)
class Quartiles:
    """Quartiles of measurements, with minimum and maximum."""

    median: float
    lower: float
    """First quartile."""
    upper: float
    """Third quartile."""
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Quartiles:
        """Compute the quartiles of at least two measurements."""
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median=median, lower=lower, upper=upper, minimum=min(values), maximum=max(values))


def measure(
    candidates: Sequence[HandlerCandidate], *, runs: int, on_progress: Callable[[], object]
) -> dict[str, list[ColdStart]]:
    """Start each candidate `runs` times, and call `on_progress` after each start.

    The candidates take turns, and each round begins with another one, so that other load on the machine
    affects all of them equally. A first round is not counted: it compiles, and reads files into memory.

    Raises:
        ColdStartError: The message is one line.
    """
    measured: dict[str, list[ColdStart]] = {candidate.name: [] for candidate in candidates}
    for turn in range(runs + 1):
        first = turn % len(candidates)
        for candidate in (*candidates[first:], *candidates[:first]):
            started = start(candidate)
            if turn:
                measured[candidate.name].append(started)
            on_progress()
    return measured


def start(candidate: HandlerCandidate) -> ColdStart:
    """Start one process, and check its answer.

    Raises:
        ColdStartError: The message is one line.
    """
    job = {
        "handler": candidate.handler,
        "paths": [str(path) for path in candidate.paths],
        "event": EVENT,
        "warm": WARM_EVENTS,
    }
    # Without this environment's packages and variables, and without the folder of the program.
    command = [sys.executable, "-S", "-E", "-s", "-P", str(RUNTIME), json.dumps(job)]
    began = time.monotonic_ns()
    ended = run_command(*command, env=candidate.variables)
    if ended.returncode:
        raise ColdStartError(
            f"the handler {candidate.name!r} ended with status {ended.returncode}: {last_line(ended.stderr)}"
        )
    output: dict[str, Any] = json.loads(ended.stdout)
    answer = output["answer"]
    if (answer["statusCode"], answer["body"]) != (200, candidate.body):
        raise ColdStartError(
            f"the handler {candidate.name!r} answered {answer['statusCode']}: {answer['body']}"
        )
    return ColdStart(
        cold_ms=(output["answered"] - began) / 1e6,
        warm_us=statistics.median(output["warm"][_UNCOUNTED_EVENTS:]) / 1e3,
        modules=output["modules"],
    )
