"""Times starts: a fresh process each, in turns, from before it is started until it has answered."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scripts.bench.coldstart.candidates import EVENT, Contestant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RUNTIME: Final = Path(__file__).resolve().parent / "lambda_runtime.py"

WARM_EVENTS: Final = 200
"""Answered by each process after its first; the first fifty are not counted, as code still warms up."""

_NOT_COUNTED: Final = 50


class StartError(Exception):
    """A process did not start, or answered something else than it should."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """One process."""

    cold_ms: float
    """From before it was started until it had answered its first event."""
    warm_us: float
    """Median of the events after that."""
    modules: int
    """How many it had imported in the end."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Where the measurements of one quantity lie."""

    median: float
    lower: float
    """A quarter lies below."""
    upper: float
    """A quarter lies above."""
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up at least two measurements."""
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median=median, lower=lower, upper=upper, least=min(values), most=max(values))


def measure(
    contestants: Sequence[Contestant], *, runs: int, advance: Callable[[], object]
) -> dict[str, list[Start]]:
    """Start each contestant `runs` times, and tell `advance` after each.

    They take turns, and each round begins with another one, so that what else the machine does meets them
    all alike. A round before the first is not counted: it writes bytecode, and reads files into memory.

    Raises:
        StartError: in one line.
    """
    measured: dict[str, list[Start]] = {contestant.name: [] for contestant in contestants}
    for turn in range(runs + 1):
        first = turn % len(contestants)
        for contestant in (*contestants[first:], *contestants[:first]):
            started = start(contestant)
            if turn:
                measured[contestant.name].append(started)
            advance()
    return measured


def start(contestant: Contestant) -> Start:
    """Start one process, and check what it answers.

    Raises:
        StartError: in one line.
    """
    job = {
        "handler": contestant.handler,
        "paths": [str(path) for path in contestant.paths],
        "event": EVENT,
        "warm": WARM_EVENTS,
    }
    # Neither this environment's packages nor its variables, nor the folder of the program itself.
    command = [sys.executable, "-S", "-E", "-s", "-P", str(RUNTIME), json.dumps(job)]
    began = time.monotonic_ns()
    ended = subprocess.run(  # noqa: S603 (our own interpreter and program)
        command, env=dict(contestant.variables), capture_output=True, text=True, check=False
    )
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StartError(f"the handler {contestant.name!r} ended with status {ended.returncode}: {last}")
    told: dict[str, Any] = json.loads(ended.stdout)
    answer = told["answer"]
    if (answer["statusCode"], answer["body"]) != (200, contestant.body):
        raise StartError(f"the handler {contestant.name!r} answered {answer['statusCode']}: {answer['body']}")
    return Start(
        cold_ms=(told["answered"] - began) / 1e6,
        warm_us=statistics.median(told["warm"][_NOT_COUNTED:]) / 1e3,
        modules=told["modules"],
    )
