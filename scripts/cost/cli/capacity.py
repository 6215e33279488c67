"""`iris capacity`: measurement of the requests per second and vCPU on this machine."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from scripts.console.options import FiniteRange, table_format_option

if TYPE_CHECKING:
    from scripts.cost.capacity.benchmark import BenchmarkResult

OUTPUT: Final = Path("build") / "capacity.json"
"""Default file of the measurement."""

P99_TARGET_MS: Final = 10.0
"""Default target of the p99, in milliseconds: a tenth of the 100 ms within which a response seems immediate
(Nielsen, "Usability Engineering", 1993); the rest is for the network and the page."""

STEP_SECONDS: Final = 2.0
"""Default duration of a step, in seconds: enough for some thousand responses, whose slowest hundredth has
dozens."""


EXAMPLES: Final = """\b
Examples:
  iris capacity --p99-target 5
  iris capacity --url http://127.0.0.1:8080     a service that you started, not a load balancer
  iris capacity --bodies 80 --batches 5         the mix of your own traffic, in percent
  iris cost --capacity build/capacity.json  the costs with this capacity
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--p99-target",
    type=FiniteRange(0, 60_000, min_open=True),
    default=P99_TARGET_MS,
    show_default=True,
    help="Maximum of the p99 latency, in milliseconds.",
)
@click.option("--url", help="Service that already runs on this machine.  [default: one is started]")
@click.option(
    "--seconds",
    type=FiniteRange(0.2, 60),
    default=STEP_SECONDS,
    show_default=True,
    help="Duration of each step; there are at most 40, the warm-up included.",
)
@click.option(
    "--bodies",
    type=FiniteRange(0, 100),
    default=35.0,
    show_default=True,
    help="Percent of the requests that are bodies with one flower.",
)
@click.option(
    "--batches",
    type=FiniteRange(0, 100),
    default=1.0,
    show_default=True,
    help="Percent of the requests that are batches of 100 rows.",
)
@click.option(
    "--connections",
    type=FiniteRange(0, 100),
    default=10.0,
    show_default=True,
    help="Percent of the requests that are queries on a new connection; the rest are queries on open ones.",
)
@click.option(
    "--like",
    default="m7i.large",
    show_default=True,
    help="EC2 instance type with this machine's processor.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=OUTPUT, show_default=True)
@table_format_option
def capacity(  # noqa: PLR0913 (one for each option)
    *,
    p99_target: float,
    url: str | None,
    seconds: float,
    bodies: float,
    batches: float,
    connections: float,
    like: str,
    output: Path,
    form: str,
) -> None:
    """Measure the requests per second and vCPU: low, middle and high.

    High: identical GET. Doubles the connections, each with one request at a time, until the p99 latency
    exceeds the target, and takes the best step that meets it. Middle: the mix of --bodies, --batches,
    --connections and queries, through a load balancer (Envoy). Low: bodies that each open a connection, and
    at least 3 % batches. The processor time of the service counts, since clients and load balancer share the
    machine; a machine that is otherwise idle gives the right high number. TLS ends at the load balancer.
    """
    from scripts.console.atomic_write import atomic_write
    from scripts.console.machine import DIRTY
    from scripts.console.steps import StepDisplay
    from scripts.cost.capacity.benchmark import find_service, measure, start_service
    from scripts.cost.capacity.request_mix import RequestMix
    from scripts.cost.capacity.vcpu_throughput import CapacityError, as_json, benchmark_score
    from scripts.cost.prices.snapshot import UnknownNameError
    from scripts.training.train import train_missing

    try:
        mix = RequestMix(body=bodies, batch=batches, connection=connections)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        benchmark_score(like)  # Reports an unknown type before the measurement.
        output.parent.mkdir(parents=True, exist_ok=True)
        if not url:
            train_missing()
        with (
            nullcontext(find_service(url)) if url else start_service() as service,
            StepDisplay("Warming up") as status,
        ):
            found = measure(
                service,
                like=like,
                p99_target_ms=p99_target,
                seconds=seconds,
                mix=mix,
                on_step=status.update,
            )
        with atomic_write(output) as out:
            out.write(as_json(found.capacity).encode())
    except (CapacityError, UnknownNameError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"Cannot write {output}: {error.strerror}.") from error
    _show(found, form)
    if found.capacity.commit.endswith(DIRTY):
        click.echo(
            "Warning: the measured tree has uncommitted changes, so the measurement can't be repeated.",
            err=True,
        )
    click.echo(f"Wrote {output}.", err=True)


def _show(found: BenchmarkResult, form: str) -> None:
    rows = [
        {
            "connections": it.connections,
            "requests per second": round(it.per_second, 1),
            "requests per second and vCPU": round(it.per_vcpu, 1),
            "p99 ms": it.p99_ms,
        }
        for it in found.steps
    ]
    if form == "json":
        from scripts.cost.capacity.vcpu_throughput import as_json

        click.echo(json.dumps({"capacity": json.loads(as_json(found.capacity)), "steps": rows}, indent=2))
        return
    from rich.table import Table

    from scripts.console.terminal import Terminal

    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(f"{value:,}" for value in row.values()))
    Terminal().print(table)
    kinds = Table("kind of request", "percent of the mix", "processor time in us")
    for name, spent in found.capacity.microseconds.items():
        kinds.add_row(name.replace("_", " "), f"{found.capacity.mix.get(name, 0):g}", f"{spent:,.1f}")
    Terminal().print(kinds)
    it = found.capacity
    click.echo(
        f"{it.requests_per_second_per_vcpu:,.0f} requests per second and vCPU for the mix, from "
        f"{it.lowest:,.0f} in the worst case to {it.highest:,.0f} in the best, with a p99 of {it.p99_ms:g} "
        f"ms, on {it.machine} ({it.measured_on}, {it.commit})."
    )
