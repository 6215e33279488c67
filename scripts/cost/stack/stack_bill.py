"""Prices the very resources that a stack consists of, whoever has listed them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scripts.cost.bill.bill_lines import Bill, bill
from scripts.cost.bill.fleet import fleet_bill
from scripts.cost.bill.function import FunctionShape, function_bill
from scripts.cost.bill.shared_services import Surroundings
from scripts.cost.demand import weekly_demand as demands
from scripts.cost.stack.from_resources import (
    DISK_GB,
    disk_gb_of,
    fleet_of,
    function_of,
    left_out,
    log_days_of,
    surroundings_of,
)
from scripts.program.resources import Record, StackError

if TYPE_CHECKING:
    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices


@dataclass(frozen=True, kw_only=True)
class StackShape:
    """What a stack consists of."""

    region: str
    fleet: FleetShape | None
    function: FunctionShape | None
    disk_gb: int
    log_days: int
    not_priced: tuple[str, ...]
    """What costs money that the bill leaves out: unknown, not free."""


def understand(record: Record) -> StackShape:
    """Make shapes of recorded resources.

    Raises:
        StackError: neither a fleet nor a function is among them, or one is not described as AWS wants it.
    """
    try:
        return _understood(record)
    except (KeyError, TypeError, ValueError) as error:
        raise StackError(f"A resource of the stack {record.stack} lacks something: {error!r}.") from error


def _understood(record: Record) -> StackShape:
    around = surroundings_of(record)
    templates = record.of("ec2/launchTemplate")
    fleet = fleet_of(record, around) if templates and record.of("autoscaling/group") else None
    # What both stand among is billed once, with the fleet.
    beside = replace(Surroundings(), web_acls=0, zones=around.zones) if fleet else around
    function = function_of(record, beside) if record.of("lambda/function") else None
    if not fleet and not function:
        raise StackError(f"Nothing to price: the stack {record.stack} has neither a fleet nor a function.")
    return StackShape(
        region=record.region,
        fleet=fleet,
        function=function,
        disk_gb=disk_gb_of(templates[0]) if templates else DISK_GB,
        log_days=log_days_of(record),
        not_priced=tuple(sorted({*left_out(record)})),
    )


def stack_bill(
    stack: StackShape, demand: Demand, capacity: Capacity, prices: RegionPrices, assumptions: Assumptions
) -> Bill:
    """Bill a month of the stack; of two shapes, the fleet has the stack's URL and gets all traffic."""
    assumed = replace(assumptions, disk_gb=stack.disk_gb, log_days=stack.log_days)
    parts: list[Bill] = []
    idle = replace(demand, rates=demands.constant(0))
    if stack.fleet:
        parts.append(fleet_bill(stack.fleet, demand, capacity, prices, assumed))
    if stack.function:
        mine = idle if stack.fleet else demand
        parts.append(function_bill(stack.function, mine, capacity, prices, assumed))
    return bill(
        (it for part in parts for it in part.lines), demand.requests_per_month, not_priced=stack.not_priced
    )
