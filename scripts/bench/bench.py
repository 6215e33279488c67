"""`iris bench`: benchmarks, each with a table and figures as JSON."""

from __future__ import annotations

from typing import Final

import click

from scripts.bench.abuse.abuse import abuse
from scripts.bench.coldstart.coldstart import coldstart
from scripts.bench.faults.faults import faults
from scripts.bench.robustness.robustness import robustness
from scripts.bench.serving.serving import service
from scripts.bench.soak import soak

EXAMPLES: Final = """\b
Examples:
  iris bench service --rounds 3 --only tutorial
  iris bench coldstart --runs 20
  iris bench soak --minutes 5
  iris bench robustness --requests 10000
  iris bench abuse --only csv-line-feeds
  iris bench faults --only kill-balancer
"""


@click.group(epilog=EXAMPLES)
def bench() -> None:
    """Measure throughput, cold starts, memory, robustness and resistance to abuse and faults."""


bench.add_command(service)
bench.add_command(coldstart)
bench.add_command(soak)
bench.add_command(robustness)
bench.add_command(abuse)
bench.add_command(faults)
