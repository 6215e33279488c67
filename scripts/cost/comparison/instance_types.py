"""Ranking of all instance types of a region for the same demand, the cheapest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from infra.reference_data.instance_types import instance_types
from scripts.cost.bill.bill_lines import MILLION
from scripts.cost.bill.fleet import size_instances
from scripts.cost.bill.load_balancer import load_balancer_lines
from scripts.cost.bill.shared_services import shared_service_lines
from scripts.cost.prices.snapshot import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.bill.fleet import FleetInstances
    from scripts.cost.comparison.scenario import Scenario


class NoInstanceTypeError(ValueError):
    """Error for conditions that no instance type meets."""


@dataclass(frozen=True, kw_only=True)
class InstanceTypeCost:
    """Cost of serving the demand with one instance type."""

    running: FleetInstances
    usd: Decimal
    """The whole bill of a month."""
    usd_per_million: Decimal | None
    """For a million predictions; None without traffic."""


def compare_instance_types(scenario: Scenario) -> list[InstanceTypeCost]:
    """Size the scenario's fleet with every instance type of the region, and sort them by cost.

    Types whose fleet can't carry the load come last. Under a commitment, types without a price for it are
    left out, unless no type has one: a reserved type is not compared with one on demand.

    Raises:
        UnknownNameError: the region offers no type of one of the families.
        NoInstanceTypeError: no type has the minimum memory.
    """
    prices = scenario.prices
    offered = {name.split(".")[0] for name in prices.instances}
    for family in scenario.families:
        if family not in offered:
            raise UnknownNameError("family", family, offered, where=f"in {prices.name}")
    other_lines = [
        *load_balancer_lines(scenario.shape, scenario.demand, prices, scenario.assumptions),
        *shared_service_lines(scenario.shape.shared, scenario.demand, prices, scenario.assumptions),
    ]
    other_usd = sum((it.usd for it in other_lines), Decimal(0))
    requests = scenario.demand.requests_per_month
    candidates: list[InstanceTypeCost] = []
    names = compared_types(scenario)
    for name in _priced_types(names, scenario) or names:
        shape = replace(scenario.shape, instance_type=name)
        running = size_instances(shape, scenario.demand, scenario.capacity, prices, scenario.assumptions)
        usd = running.usd + other_usd
        per_million = usd * MILLION / requests if requests else None
        candidates.append(InstanceTypeCost(running=running, usd=usd, usd_per_million=per_million))
    if not candidates:
        raise NoInstanceTypeError(
            f"No instance type that is compared in {prices.name} has {scenario.minimum_memory_gib:,g} GiB of "
            "memory."
        )
    return sorted(candidates, key=lambda it: (it.running.overloaded, it.usd, it.running.shape.instance_type))


def compared_types(scenario: Scenario) -> list[str]:
    """Return the types of the region with enough memory, of the chosen families."""
    return [name for name in scenario.prices.instances if _is_compared(name, scenario)]


def _priced_types(names: Sequence[str], scenario: Scenario) -> list[str]:
    """Return the types with a price under the scenario's commitment."""
    commitment, instances = scenario.shape.purchase.commitment, scenario.prices.instances
    return [name for name in names if commitment == "none" or instances[name].committed(commitment)]


def _is_compared(name: str, scenario: Scenario) -> bool:
    family = name.split(".", maxsplit=1)[0]
    if scenario.families and family not in scenario.families:
        return False
    return instance_types()[name].memory_gib >= scenario.minimum_memory_gib
