"""`iris bench`: benchmarks, each with a table and figures as JSON."""

from __future__ import annotations

from typing import Final

import click

from scripts.cli import LazyGroup

COMMANDS: Final = {
    "service": "scripts.bench.serving.serving:service",
    "coldstart": "scripts.bench.coldstart.coldstart:coldstart",
    "soak": "scripts.bench.soak:soak",
    "robustness": "scripts.bench.robustness.robustness:robustness",
    "abuse": "scripts.bench.abuse.abuse:abuse",
    "faults": "scripts.bench.faults.faults:faults",
}
"""Name of a benchmark -> its `module:function`."""

EXAMPLES: Final = """\b
Examples:
  iris bench service --rounds 3 --only tutorial
  iris bench coldstart --runs 20
  iris bench soak --minutes 5
  iris bench robustness --requests 10000
  iris bench abuse --only csv-line-feeds
  iris bench faults --only kill-balancer
"""


class Benchmarks(LazyGroup):
    """Group of the benchmarks."""

    lazy = COMMANDS
    path = "bench "


@click.group(cls=Benchmarks, epilog=EXAMPLES)
def bench() -> None:
    """Measure throughput, cold starts, memory, robustness and resistance to abuse and faults."""
