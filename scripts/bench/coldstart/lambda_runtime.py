"""Plays Lambda's runtime in a process of its own: imports a handler, hands it events, says how long it took.

Run as a file, and by itself: the standard library is all that a process has before it imports the handler.
Takes one JSON object on the command line, which `scripts/bench/coldstart/process_start.py` writes, and prints
another.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from time import monotonic_ns, perf_counter_ns
from typing import Any


def main() -> None:
    """Answer once cold, then as often as asked for warm."""
    job: dict[str, Any] = json.loads(sys.argv[1])
    sys.path[:0] = job["paths"]
    module, _, function = job["handler"].rpartition(".")
    handler = getattr(import_module(module), function)
    answer = handler(job["event"], None)
    # This clock is the machine's: whoever started the process can subtract when that was.
    answered = monotonic_ns()
    warm: list[int] = []
    for _ in range(job["warm"]):
        began = perf_counter_ns()
        handler(job["event"], None)
        warm.append(perf_counter_ns() - began)
    told = {"answered": answered, "answer": answer, "warm": warm, "modules": len(sys.modules)}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
