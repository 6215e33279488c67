"""Reports on a stack: its bill, the cost of a change, and the projection of its bill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import click

from scripts.aws.clients import environment_region
from scripts.console.steps import waiting
from scripts.cost.bill.fleet import size_instances
from scripts.cost.bill.monthly_projection import project_months
from scripts.cost.bill.purchase_options import missing_price_warnings
from scripts.cost.cli.printing import borrowed_price_warnings, warn
from scripts.cost.output import tables
from scripts.cost.prices.snapshot import load_snapshot
from scripts.cost.stack.stack_bill import stack_bill, stack_shape
from scripts.program import run
from scripts.program.git_tree import commit_of
from scripts.program.preview import decode_preview, read_preview
from scripts.program.resources import StackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.fleet import Shortfall
    from scripts.cost.bill.purchase_options import Commitment
    from scripts.cost.cli.printing import ReportPrinter
    from scripts.cost.comparison.scenario import Scenario
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices
    from scripts.cost.stack.stack_bill import StackShape
    from scripts.program.resources import StackResources

STATUS: Final = "Listing the resources of the stack"
"""Text that is shown while the program runs."""


SHORTFALLS: Final[Mapping[Shortfall, str]] = {
    "too few instances": "the stack's maximum number of instances is too low",
    "network bandwidth": "the instances exceed the baseline bandwidth of their type",
    "CPU credits": "the instances spend more CPU credits than they earn, and are slowed down",
    "too many targets": "the load balancer's quota of targets is exceeded",
}
"""Reason why the stack's fleet can't carry a demand -> warning."""


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
            raise StackError(f"{self.preview} can't be read: {error}.") from error
        default_region = self.region or environment_region(None) or run.DEFAULT_REGION
        resources = read_preview(decode_preview(content), default_region)
        if self.region not in {None, resources.region}:
            raise StackError(f"--region {self.region}: the preview is of {resources.region}.")
        return resources

    def run(self, stack: str, settings: Sequence[str] = (), reference: str | None = None) -> StackResources:
        """Run the program, in the chosen region."""
        region = [f"aws:region={self.region}"] if self.region else []
        return run.run(stack, [*settings, *region], reference=reference)

    def shape(self, resources: StackResources) -> StackShape:
        """Return the shape of the resources, with the chosen commitment.

        Raises:
            StackError: there is nothing to reserve.
        """
        shape = stack_shape(resources)
        if self.commitment == "none":
            return shape
        if shape.fleet is None:
            raise StackError(f"--commitment does nothing: the stack {resources.stack} has no instances.")
        purchase = replace(shape.fleet.purchase, commitment=self.commitment)
        return replace(shape, fleet=replace(shape.fleet, purchase=purchase))


def show_bill(scenario: Scenario, source: StackSource, reference: str | None, printer: ReportPrinter) -> None:
    """Print the stack's bill, or its difference from the bill of the configuration at a commit."""
    regions = load_snapshot()
    if reference is not None:
        # Report a misspelt name before the program runs.
        commit_of(run.PROJECT, reference)
    with waiting(STATUS):
        resources = source.read()
        shape = source.shape(resources)
        after = _bill(shape, scenario, scenario.demand, regions.region(shape.region))
        before = None
        if reference is not None:
            old = source.shape(source.run(resources.stack, reference=reference))
            before = _bill(old, scenario, scenario.demand, regions.region(old.region))
    table = tables.difference(before, after) if before else tables.bill(after, "stack", "The stack's bill")
    printer.print_table(table)
    _warn_of_encrypted_values(resources)
    _warn_of_missing_prices(shape, regions.region(shape.region))
    for warning in borrowed_price_warnings(shape.region, after.borrowed_items):
        warn(warning)
    for reason in _shortfalls(shape, scenario, scenario.demand, regions.region(shape.region)):
        warn(f"{SHORTFALLS[reason]} for this demand.")
    _warn_of_refused_requests(after)
    printer.check_budget(after, "stack")


def show_months(
    scenario: Scenario, growth: float, months: int, source: StackSource, printer: ReportPrinter
) -> None:
    """Print the projected bills of the stack as its traffic grows, month by month."""
    with waiting(STATUS):
        resources = source.read()
        shape = source.shape(resources)
    prices = load_snapshot().region(shape.region)
    projection = project_months(
        scenario.demand, growth, months, [lambda demand: _bill(shape, scenario, demand, prices)]
    )
    printer.print_table(tables.months(projection, ["The stack's bill"]))
    _warn_of_encrypted_values(resources)
    _warn_of_missing_prices(shape, prices)
    for text in shape.unpriced:
        warn(f"not priced: {text}.")
    for month in projection:
        if reasons := _shortfalls(shape, scenario, month.demand, prices):
            warn(f"in month {month.number} {SHORTFALLS[reasons[0]]}.")
            break
    printer.check_monthly_budget(projection, "stack")


def _bill(shape: StackShape, scenario: Scenario, demand: Demand, prices: RegionPrices) -> Bill:
    return stack_bill(shape, demand, scenario.capacity, prices, scenario.assumptions)


def _warn_of_encrypted_values(resources: StackResources) -> None:
    if resources.encrypted:
        warn(
            f"{', '.join(resources.encrypted)} count with their defaults, since Pulumi does not decrypt them "
            "here; `pulumi config --show-secrets` says why."
        )


def _warn_of_refused_requests(bill: Bill) -> None:
    if bill.refused:
        warn(
            f"the throttle of the API or the reserved concurrency refuses {bill.refused_share:.0%} of the "
            "requests; the bill is that of the others, and of the firewall for all."
        )


def _warn_of_missing_prices(shape: StackShape, prices: RegionPrices) -> None:
    if shape.fleet:
        for warning in missing_price_warnings(shape.fleet.purchase, prices, shape.fleet.types):
            warn(warning)


def _shortfalls(
    shape: StackShape, scenario: Scenario, demand: Demand, prices: RegionPrices
) -> tuple[Shortfall, ...]:
    if shape.fleet is None:
        return ()
    return size_instances(shape.fleet, demand, scenario.capacity, prices, scenario.assumptions).shortfalls
