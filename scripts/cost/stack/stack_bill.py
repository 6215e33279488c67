"""Bill of a stack's resources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scripts.cost.bill.bill_lines import Bill, bill
from scripts.cost.bill.fleet import fleet_bill
from scripts.cost.bill.function import FunctionShape, function_bill
from scripts.cost.bill.shared_services import SharedServices
from scripts.cost.demand import weekly_demand as demands
from scripts.cost.stack.from_resources import (
    DEFAULT_DISK_GB,
    has_fleet,
    read_disk_gb,
    read_fleet,
    read_function,
    read_log_days,
    read_shared_services,
    unpriced_items,
)
from scripts.program.resources import StackError, StackResources

if TYPE_CHECKING:
    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.commitments import Commitment
    from scripts.cost.prices.snapshot import RegionPrices

STACK_VALUES: Final = ("disk_gb", "log_days")
"""Names of the assumptions that a stack sets."""


@dataclass(frozen=True, kw_only=True)
class StackShape:
    """Fleet and function of a stack, and the settings that affect their bill."""

    region: str
    fleet: FleetShape | None
    function: FunctionShape | None
    disk_gb: int
    log_days: int
    unpriced: tuple[str, ...]
    """Descriptions of costs whose amount is unknown, not zero."""

    def under(self, commitment: Commitment) -> StackShape:
        """Return the shape with its instances reserved, and its function's duration under a Savings Plan."""
        fleet, function = self.fleet, self.function
        if fleet:
            fleet = replace(fleet, purchase=replace(fleet.purchase, commitment=commitment))
        if function:
            function = replace(function, commitment=commitment)
        return replace(self, fleet=fleet, function=function)

    def assumed(self, assumptions: Assumptions) -> Assumptions:
        """Return the assumptions with the values that the stack sets: `STACK_VALUES`."""
        return replace(assumptions, disk_gb=self.disk_gb, log_days=self.log_days)


def stack_shape(resources: StackResources) -> StackShape:
    """Read the shape of a stack from its resources.

    Raises:
        StackError: there is neither a fleet nor a function, or a resource lacks a required input.
    """
    try:
        return _stack_shape(resources)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise StackError(f"A resource of the stack {resources.stack} lacks an input: {error!r}.") from error


def _stack_shape(resources: StackResources) -> StackShape:
    shared = read_shared_services(resources)
    templates = resources.inputs_of("ec2/launchTemplate")
    fleet = read_fleet(resources, shared) if has_fleet(resources) else None
    # The shared services are billed once, with the fleet.
    own_services = replace(SharedServices(), web_acls=0, zones=shared.zones) if fleet else shared
    function = read_function(resources, own_services) if resources.inputs_of("lambda/function") else None
    if not fleet and not function:
        raise StackError(f"Nothing to price: the stack {resources.stack} has neither a fleet nor a function.")
    return StackShape(
        region=resources.region,
        fleet=fleet,
        function=function,
        disk_gb=read_disk_gb(templates[0]) if templates else DEFAULT_DISK_GB,
        log_days=read_log_days(resources),
        unpriced=tuple(sorted({*unpriced_items(resources)})),
    )


def stack_bill(
    stack: StackShape, demand: Demand, capacity: Capacity, prices: RegionPrices, assumptions: Assumptions
) -> Bill:
    """Compute the stack's bill; of two shapes, the fleet has the stack's URL and receives all traffic."""
    assumed = stack.assumed(assumptions)
    parts: list[Bill] = []
    idle = replace(demand, rates=demands.constant(0))
    if stack.fleet:
        parts.append(fleet_bill(stack.fleet, demand, capacity, prices, assumed))
    if stack.function:
        own_demand = idle if stack.fleet else demand
        parts.append(function_bill(stack.function, own_demand, capacity, prices, assumed))
    refused = sum(it.refused for it in parts)
    return bill(
        (it for part in parts for it in part.lines),
        demand.requests_per_month - refused,
        unpriced=stack.unpriced,
        refused=refused,
        upfront_usd=sum((it.upfront_usd for it in parts), Decimal(0)),
        committed=sum(it.committed for it in parts),
    )
