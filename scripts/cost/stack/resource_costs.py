"""Breakdown of a stack's bill by its resources."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scripts.cost.stack.from_resources import alarm_counts
from scripts.cost.stack.resource_types import PRICED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.bill.bill_lines import Bill
    from scripts.program.resources import RequestedResource, StackResources

TRAFFIC: Final = "traffic"
"""Name in place of a resource for items that belong to none, such as data to the internet."""


@dataclass(frozen=True, kw_only=True)
class ResourceCost:
    """Cost of an item of one resource, or of all resources of a type."""

    resource: str
    """Name of the resource; of several, their number and type."""
    item: str
    quantity: Decimal
    usd: Decimal


def resource_costs(bill: Bill, resources: StackResources) -> list[ResourceCost]:
    """Split a bill by resource, the most expensive resource first."""
    quantities: dict[str, Decimal] = {}
    for line in bill.lines:
        quantities[line.item] = quantities.get(line.item, line.quantity * 0) + line.quantity
    found = [
        ResourceCost(resource=owner, item=item, quantity=quantity * share, usd=bill.item_usd(item) * share)
        for item, quantity in quantities.items()
        for owner, share in _shares(item, resources).items()
    ]
    totals = {it.resource: sum(other.usd for other in found if other.resource == it.resource) for it in found}
    return sorted(found, key=lambda it: (-totals[it.resource], it.resource, -it.usd))


def _shares(item: str, resources: StackResources) -> dict[str, Decimal]:
    """Return each owner's share of an item."""
    if item != "alarms":
        return {_owner(item, resources.resources): Decimal(1)}
    # Each type of resource has its own alarms.
    counts = alarm_counts(resources)
    whole = sum(counts.values())
    return {
        _named(kind, [it.name for it in resources.resources if it.type == kind]): Decimal(count) / whole
        for kind, count in counts.items()
        if count
    }


def _owner(item: str, resources: Sequence[RequestedResource]) -> str:
    for kind, items in PRICED.items():
        owners = [it.name for it in resources if it.type == kind and item in items]
        if owners:
            return _named(kind, owners)
    return TRAFFIC


def _named(kind: str, names: Sequence[str]) -> str:
    short = kind.split(":")[1]
    return f"{names[0]} ({short})" if len(names) == 1 else f"{len(names)} x {short}"
