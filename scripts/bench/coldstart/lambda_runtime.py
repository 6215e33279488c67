"""Simulated Lambda runtime: a program that imports a handler, sends it events, and prints the times.

It runs as a file in a separate process, with only the standard library before it imports the handler. Its
argument is a JSON object of `scripts/bench/coldstart/process_start.py`, and its output is another.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from time import monotonic_ns, perf_counter_ns
from typing import Any


def main() -> None:
    """Send one cold event, then the requested number of warm ones."""
    job: dict[str, Any] = json.loads(sys.argv[1])
    sys.path[:0] = job["paths"]
    module, _, function = job["handler"].rpartition(".")
    handler = getattr(import_module(module), function)
    answer = handler(job["event"], None)
    # The monotonic clock is shared by all processes, so that the parent can subtract its own start time.
    answered = monotonic_ns()
    warm: list[int] = []
    for _ in range(job["warm"]):
        began = perf_counter_ns()
        handler(job["event"], None)
        warm.append(perf_counter_ns() - began)
    output = {"answered": answered, "answer": answer, "warm": warm, "modules": len(sys.modules)}
    sys.stdout.write(json.dumps(output))


if __name__ == "__main__":
    main()
