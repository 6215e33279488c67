"""Reports on a stack: its bill, the cost of a change, and the projection of its bill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from scripts.aws.clients import environment_region
from scripts.console.steps import waiting
from scripts.cost.bill.fleet import size_instances
from scripts.cost.bill.monthly_projection import project_months
from scripts.cost.cli.preamble import inputs, preamble
from scripts.cost.cli.price_warnings import (
    borrowed_price_warnings,
    missing_plan_warnings,
    missing_price_warnings,
)
from scripts.cost.comparison.commitment_costs import commitment_costs, missing_commitment
from scripts.cost.comparison.sensitivity import sensitivities
from scripts.cost.output import conclusion, tables
from scripts.cost.output.messages import message
from scripts.cost.output.report import Report
from scripts.cost.output.shortfalls import monthly_shortfall_warnings, shortfall_warnings
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.stack.resource_costs import resource_costs
from scripts.cost.stack.stack_bill import stack_bill, stack_shape
from scripts.program import run
from scripts.program.git_tree import commit_of
from scripts.program.preview import decode_preview, read_preview
from scripts.program.resources import DEFAULT_REGION, StackError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.fleet import Shortfall
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.cli.printing import ReportPrinter
    from scripts.cost.comparison.commitment_costs import CommitmentCost
    from scripts.cost.comparison.scenario import Scenario
    from scripts.cost.comparison.sensitivity import Sensitivity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.output.messages import Message
    from scripts.cost.output.tables import Table
    from scripts.cost.prices.commitments import Commitment
    from scripts.cost.prices.snapshot import RegionPrices
    from scripts.cost.stack.stack_bill import StackShape
    from scripts.program.resources import StackResources

STATUS: Final = "Listing the resources of the stack"
"""Text that is shown while the program runs."""


@dataclass(frozen=True, kw_only=True)
class StackSource:
    """Source of a stack's resources: its program, or a preview."""

    stack: str | None
    """Name of the stack whose program to run."""
    settings: Sequence[str]
    """`key=value`, which override the stack's file."""
    preview: str | None
    """File with the output of `pulumi preview --json`, or `-` for standard input."""
    region: str | None
    """Region in place of the configured one; a preview's is fixed. None: as configured."""
    commitment: Commitment
    """Term of reserved instances."""

    def read(self) -> StackResources:
        """Run the program or read the preview; return the resources.

        Raises:
            StackError: the resources can't be listed, or are in another region.
        """
        if self.preview is None:
            return self.run(self.stack or "", self.settings)
        try:
            with click.open_file(self.preview, "rb") as file:
                content = file.read()
        except OSError as error:
            raise StackError(f"{self.preview} can't be read: {error.strerror}.") from error
        default_region = self.region or environment_region(None) or DEFAULT_REGION
        resources = read_preview(decode_preview(content), default_region)
        if self.region not in {None, resources.region}:
            raise StackError(f"--region {self.region}: the preview is of {resources.region}.")
        return resources

    def run(self, stack: str, settings: Sequence[str] = (), reference: str | None = None) -> StackResources:
        """Run the program, in the chosen region."""
        region = [f"aws:region={self.region}"] if self.region else []
        return run.run(stack, [*settings, *region], reference=reference)

    def shape(self, resources: StackResources) -> StackShape:
        """Return the shape of the resources, with the chosen commitment."""
        return stack_shape(resources).under(self.commitment)


def show_bill(scenario: Scenario, source: StackSource, reference: str | None, printer: ReportPrinter) -> None:
    """Print the stack's bill, or its difference from the bill of the configuration at a commit."""
    regions = project_snapshot()
    if reference is not None:
        # Report a misspelt name before the program runs.
        commit_of(run.PROJECT, reference)
    before: Bill | None = None
    with waiting(STATUS):
        resources = source.read()
        shape = source.shape(resources)
        prices = regions.region(shape.region)
        after = _bill(shape, scenario, scenario.demand, prices)
        if reference is not None:
            old = source.shape(source.run(resources.stack, reference=reference))
            before = _bill(old, scenario, scenario.demand, regions.region(old.region))
    if before:
        shown = [tables.difference(before, after)]
        concluded = conclusion.change_conclusion(before, after)
    else:
        shown = [
            tables.bill(after, "stack", "The stack's bill"),
            tables.resources(resource_costs(after, resources)),
            tables.commitments(_commitment_costs(shape, scenario, prices)),
        ]
        concluded = conclusion.stack_conclusion(
            resources.stack, after, _sensitivities(shape, scenario, prices)
        )
    warnings = [
        *_warnings(resources, shape, prices, [after]),
        *shortfall_warnings(_shortfalls(shape, scenario, scenario.demand, prices)),
    ]
    bills = [it for it in (before, after) if it]
    printer.print_report(_report(resources, shape, scenario, bills, shown, concluded, warnings))
    printer.check_budget(after, "stack")


def show_months(
    scenario: Scenario, growth: float, months: int, source: StackSource, printer: ReportPrinter
) -> None:
    """Print the projected bills of the stack as its traffic grows, month by month."""
    with waiting(STATUS):
        resources = source.read()
        shape = source.shape(resources)
    prices = project_snapshot().region(shape.region)
    projection = project_months(
        scenario.demand, growth, months, [lambda demand: _bill(shape, scenario, demand, prices)]
    )
    bills = [month.bills[0] for month in projection]
    warnings = [
        *_warnings(resources, shape, prices, bills),
        *(message("not priced: {text}.", text=text) for text in shape.unpriced),
        *monthly_shortfall_warnings(projection, lambda demand: _shortfalls(shape, scenario, demand, prices)),
    ]
    name = message("The stack {stack}", stack=resources.stack)
    concluded = conclusion.month_conclusion(projection, [name])
    shown = [tables.months(projection, ["The stack's bill"])]
    printer.print_report(_report(resources, shape, scenario, bills, shown, concluded, warnings))
    printer.check_monthly_budget(projection, "stack")


def _report(
    resources: StackResources,
    shape: StackShape,
    scenario: Scenario,
    bills: Sequence[Bill],
    shown: Sequence[Table],
    concluded: Message,
    warnings: Sequence[Message],
) -> Report:
    return Report(
        title="The cost of a stack",
        inputs=inputs(scenario, shape.region) | {"stack": resources.stack},
        preamble=preamble(scenario, shape.region, bills),
        tables=shown,
        conclusion=concluded,
        assumptions=shape.assumed(scenario.assumptions),
        provenances=[it for bill in bills for it in bill.provenances],
        warnings=warnings,
    )


def _bill(shape: StackShape, scenario: Scenario, demand: Demand, prices: RegionPrices) -> Bill:
    return stack_bill(shape, demand, scenario.capacity, prices, scenario.assumptions)


def _commitment_costs(shape: StackShape, scenario: Scenario, prices: RegionPrices) -> list[CommitmentCost]:
    return commitment_costs(
        "stack",
        lambda it: _bill(shape.under(it), scenario, scenario.demand, prices),
        lambda it: not missing_commitment(shape.fleet, shape.function, prices, it),
    )


def _sensitivities(shape: StackShape, scenario: Scenario, prices: RegionPrices) -> list[Sensitivity]:
    def usd(demand: Demand, capacity: Capacity, assumptions: Assumptions) -> Decimal:
        return stack_bill(shape, demand, capacity, prices, assumptions).usd

    return sensitivities([usd], scenario.demand, scenario.capacity, scenario.assumptions)


def _warnings(
    resources: StackResources, shape: StackShape, prices: RegionPrices, bills: Sequence[Bill]
) -> list[Message]:
    found: list[Message] = []
    if resources.encrypted:
        found.append(
            message(
                "{keys} count with their defaults, since Pulumi does not decrypt them here; `pulumi config "
                "--show-secrets` says why.",
                keys=", ".join(resources.encrypted),
            )
        )
    refused = [it for it in bills if it.refused]
    if refused:
        found.append(
            message(
                "the throttle of the API or the reserved concurrency refuses {share:.0%} of the requests; "
                "the bill is that of the others, and of the firewall for all.",
                share=refused[-1].refused_share,
            )
        )
    if shape.fleet:
        found += missing_price_warnings(shape.fleet.purchase, prices, shape.fleet.types)
    elif shape.function:
        found += missing_plan_warnings(shape.function, prices)
    borrowed = [item for bill in bills for item in bill.borrowed_items]
    return [*found, *borrowed_price_warnings(shape.region, borrowed)]


def _shortfalls(
    shape: StackShape, scenario: Scenario, demand: Demand, prices: RegionPrices
) -> tuple[Shortfall, ...]:
    if shape.fleet is None:
        return ()
    return size_instances(shape.fleet, demand, scenario.capacity, prices, scenario.assumptions).shortfalls
