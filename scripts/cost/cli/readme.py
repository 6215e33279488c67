"""Writer of the README's section on costs, with the results of the comparison for an example demand.

python -m scripts.cost.cli.readme
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.comparison.comparison import CostComparison, compare_costs, without_firewall
from scripts.cost.comparison.scenario import Scenario
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.output import tables
from scripts.cost.output.charts import draw_chart
from scripts.cost.output.render import as_markdown
from scripts.cost.prices.snapshot import load_snapshot

if TYPE_CHECKING:
    from scripts.cost.rates.api_gateway import ApiKind

PROJECT: Final = Path(__file__).resolve().parents[3]
CHART: Final = PROJECT / "docs" / "peak-demand.svg"
"""Chart of the section."""

BEGIN: Final = "<!-- Made by `make cost`. -->"
END: Final = "<!-- Up to here. -->"

MEAN_RATE: Final = 100_000.0
"""Mean requests per second of the example, at which the options differ visibly."""

PEAK_FACTOR: Final = 3.0
"""Ratio of the example's busiest hour to its mean."""

WIDTH: Final = 118
"""Width of a line."""

NO_BREAK: Final = "\N{NULL}"
"""Mark of a space in a command, at which no line ends."""

SHOWN_TYPES: Final = 5
"""Number of instance types in the section's table."""


def example_comparison() -> CostComparison:
    """Compare the costs of the example demand."""
    return compare_costs(
        Scenario(
            demand=Demand(rates=weekly_demand.diurnal_with_peak(MEAN_RATE, PEAK_FACTOR)),
            capacity=read_capacity(),
            prices=load_snapshot().region("us-east-1"),
            assumptions=Assumptions(),
            shape=FleetShape(instance_type="t4g.small"),
            function=FunctionShape(),
        )
    )


def function_break_even(found: CostComparison, api: ApiKind) -> float:
    """Return the mean requests per second below which the function costs less than the fleet.

    A REST API and its fleet have a firewall; an HTTP API and its fleet have none.
    """
    scenario = found.scenario if api == "rest" else without_firewall(found.scenario)
    shape = replace(scenario.function, api=api)
    (crossing,) = [it.crossing for it in found.break_evens if it.shape == shape and not it.free_tier]
    return crossing.rate if crossing else 0.0


def cost_section(found: CostComparison) -> str:
    """Return the section, including its two marks."""
    one, fleet = found.scale_up.one, found.scale_up.fleet
    rest, http = function_break_even(found, "rest"), function_break_even(found, "http")
    low, middle, high = found.by_capacity
    worst, best = (
        f"{it.instance_range} {it.shape.instance_type} ({it.usd:,.0f} USD)"
        for it in (low.best.running, high.best.running)
    )
    advice = textwrap.fill(
        f"One {one.instance_type} for the peak costs {one.usd:,.0f} USD per month around the clock and is a "
        f"single point of failure; the fleet of {fleet.shape.instance_type} costs {fleet.usd:,.0f} USD and "
        f"follows the demand. A vCPU serves {middle.per_vcpu:,.0f} requests per second of a measured mix "
        f"(`iris{NO_BREAK}capacity`); in the worst case, {low.per_vcpu:,.0f}, the cheapest "
        f"fleet is {worst}, in the best, {high.per_vcpu:,.0f}, {best}. A Lambda function costs less than the "
        f"fleet below {rest:,.1f} requests per second on average behind a REST API, and below {http:,.1f} "
        "behind an HTTP API if neither has a firewall; the program deploys no HTTP API.",
        WIDTH,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace(NO_BREAK, " ")
    return f"""{BEGIN}

The cheapest fleets in us-east-1 that survive the loss of a zone, for {MEAN_RATE:,.0f} requests per second on
average and {PEAK_FACTOR:g} times as many at the peak; the note is the limit that decides their number.
Firewall, load balancer and data transfer cost the same for all, and far more than the instances:

{as_markdown(tables.sizes(found.candidates, SHOWN_TYPES), "en")}

![Demand over a week, and the capacity of one big machine and of a fleet](docs/{CHART.name})

{advice}

{END}"""


def main() -> None:
    """Write the section and its chart."""
    found = example_comparison()
    CHART.parent.mkdir(exist_ok=True)
    CHART.write_bytes(draw_chart("peak", found, "en", "svg"))
    readme = PROJECT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(before + cost_section(found) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
