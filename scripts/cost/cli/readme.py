"""Writes the README's section on costs: what `make cost` finds for the project's own stack.

python -m scripts.cost.cli.readme
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape
from scripts.cost.capacity.vcpu_throughput import read
from scripts.cost.comparison.study import Question, Study, study
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.output import tables
from scripts.cost.output.charts import draw
from scripts.cost.output.render import as_markdown
from scripts.cost.prices.snapshot import load

if TYPE_CHECKING:
    from scripts.cost.rates.api_gateway import ApiKind

PROJECT: Final = Path(__file__).resolve().parents[3]
CHART: Final = PROJECT / "docs" / "peak-demand.svg"
BEGIN: Final = "<!-- Made by `make cost`. -->"
END: Final = "<!-- Up to here. -->"

MEAN: Final = 100_000.0
PEAK_FACTOR: Final = 3.0
"""A demand at which the shapes differ visibly: 100,000 requests a second, three times as many at the peak."""

SHOWN: Final = 5


def example() -> Study:
    """Study the README's demand on the project's default instances."""
    return study(
        Question(
            demand=Demand(rates=weekly_demand.peaking(MEAN, PEAK_FACTOR)),
            capacity=read(),
            prices=load().region("us-east-1"),
            assumptions=Assumptions(),
            shape=FleetShape(instance_type="t4g.small"),
            function=FunctionShape(),
        )
    )


def cheaper_below(found: Study, api: ApiKind) -> float:
    """Find the mean requests a second below which the function costs less than the fleet."""
    shape = replace(found.question.function, api=api)
    (crossing,) = [it.crossing for it in found.matches if it.shape == shape and not it.free_tier]
    return crossing.rate if crossing else 0.0


def section(found: Study) -> str:
    """Write what stands between the two marks."""
    one, fleet = found.contrast.one, found.contrast.fleet
    rest, http = cheaper_below(found, "rest"), cheaper_below(found, "http")
    return f"""{BEGIN}

For {MEAN:,.0f} requests a second on average and {PEAK_FACTOR:g} times as many at the peak, in us-east-1, the
cheapest fleets that survive the loss of a zone. They are sized by their processors; whether a type's network
carries so many Mbit/s for long, its data sheet says. What firewall, load balancer and internet take is the
same for all, and far more than the instances:

{as_markdown(tables.sizes(found.candidates, SHOWN), "en")}

![Demand over a week, what one big machine could do, and what a fleet does](docs/{CHART.name})

One {one.instance_type} for the peak, paid around the clock, costs {one.usd:,.0f} USD a month and survives
nothing; the fleet of {fleet.shape.instance_type} costs {fleet.usd:,.0f} USD and follows the demand. A Lambda
function costs less than the fleet below {rest:,.1f} requests a second on average behind a REST API, and below
{http:,.1f} behind an HTTP API, which takes no firewall.

{END}"""


def main() -> None:
    """Write the section and its chart."""
    found = example()
    CHART.parent.mkdir(exist_ok=True)
    CHART.write_bytes(draw("peak", found, "en", "svg"))
    readme = PROJECT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(before + section(found) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
