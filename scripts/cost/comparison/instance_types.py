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
    other_usd = _other_usd(scenario)
    names = compared_types(scenario)
    candidates = [
        _instance_type_cost(name, scenario, other_usd) for name in _priced_types(names, scenario) or names
    ]
    if not candidates:
        raise NoInstanceTypeError(
            f"No instance type that is compared in {prices.name} has {scenario.minimum_memory_gib:,.15g} GiB "
            "of memory."
        )
    return sorted(candidates, key=lambda it: (it.running.overloaded, it.usd, it.running.shape.instance_type))


def chosen_instance_type(scenario: Scenario, candidates: Sequence[InstanceTypeCost]) -> InstanceTypeCost:
    """Return the cost with the scenario's instance type, or with the cheapest candidate if it has none.

    Raises:
        UnknownNameError: the region does not offer the type.
    """
    name = scenario.shape.instance_type
    if not name:
        return candidates[0]
    found = [it for it in candidates if it.running.shape.instance_type == name]
    return found[0] if found else _instance_type_cost(name, scenario, _other_usd(scenario))


def _instance_type_cost(name: str, scenario: Scenario, other_usd: Decimal) -> InstanceTypeCost:
    shape = replace(scenario.shape, instance_type=name)
    running = size_instances(shape, scenario.demand, scenario.capacity, scenario.prices, scenario.assumptions)
    usd, requests = running.usd + other_usd, scenario.demand.requests_per_month
    per_million = usd * MILLION / requests if requests else None
    return InstanceTypeCost(running=running, usd=usd, usd_per_million=per_million)


def _other_usd(scenario: Scenario) -> Decimal:
    """Return the part of the bill that is the same for all types."""
    it = scenario
    lines = [
        *load_balancer_lines(it.shape, it.demand, it.prices, it.assumptions),
        *shared_service_lines(it.shape.shared, it.demand, it.prices, it.assumptions),
    ]
    return sum((line.usd for line in lines), Decimal(0))


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
