"""`iris bench`: measurements, each with a table, its figures as JSON, and a chart."""

from __future__ import annotations

import click

from scripts.bench.coldstart.coldstart import coldstart
from scripts.bench.robustness.robustness import robustness
from scripts.bench.serving.serving import service
from scripts.bench.soak import soak


@click.group()
def bench() -> None:
    """Measure the service against what it is measured by."""


bench.add_command(service)
bench.add_command(coldstart)
bench.add_command(soak)
bench.add_command(robustness)
