"""Comparison of all options for one scenario: instance types, one big machine, a fleet, a function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, Literal

from infra.reference_data.instance_types import ARCHITECTURES
from scripts.cost.bill.fleet import complete_bill, fleet_bill, size_instances
from scripts.cost.bill.function import FunctionShape, function_bill
from scripts.cost.comparison.break_even import RATES, find_break_even, find_other_advice
from scripts.cost.comparison.function_memory import memory_curve
from scripts.cost.comparison.instance_types import (
    chosen_instance_type,
    compare_instance_types,
    compared_types,
)
from scripts.cost.comparison.scale_up import compare_scale_up
from scripts.cost.comparison.sensitivity import sensitivities
from scripts.cost.demand import weekly_demand

if TYPE_CHECKING:
    from decimal import Decimal

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.comparison.break_even import BreakEven, OtherAdvice
    from scripts.cost.comparison.function_memory import FunctionMemory
    from scripts.cost.comparison.instance_types import InstanceTypeCost
    from scripts.cost.comparison.scale_up import ScaleUpComparison
    from scripts.cost.comparison.scenario import Scenario
    from scripts.cost.comparison.sensitivity import Sensitivity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.rates.api_gateway import ApiKind

APIS: Final[tuple[ApiKind, ...]] = ("rest", "http")
"""Kinds of API in front of the functions that are compared."""

MEMORIES: Final = (512, 1_769)
"""Memory of the functions that are compared, in MB."""


@dataclass(frozen=True, kw_only=True)
class FunctionBreakEven:
    """Break-even of the fleet and one function, over all traffic."""

    shape: FunctionShape
    firewall: bool
    """True if both sides pay for a firewall; an HTTP API can't have one, nor has the fleet beside it."""
    access_logs: bool
    """True if load balancer and API log every request."""
    free_tier: bool
    crossing: BreakEven | None
    """None: one of the two is cheaper at every rate, or the function is at the highest rate."""
    fleet_always: bool
    """True if the fleet is the cheaper one, if there is no crossing."""

    @property
    def deployable(self) -> bool:
        """True if the Pulumi program can create it: its function refuses the events of an HTTP API."""
        return self.shape.api == "rest"


@dataclass(frozen=True, kw_only=True)
class CostCurves:
    """Cost of each shape by traffic."""

    rates: tuple[float, ...]
    """Mean requests per second."""
    fleet: tuple[Decimal, ...]
    """USD per month at each rate."""
    functions: dict[str, tuple[Decimal, ...]]
    """The same, by the name of the function's shape."""


@dataclass(frozen=True, kw_only=True)
class CapacityCase:
    """Cheapest fleet with one throughput of a vCPU."""

    name: Literal["low", "middle", "high"]
    per_vcpu: float
    """Requests per second and vCPU."""
    best: InstanceTypeCost


@dataclass(frozen=True, kw_only=True)
class CostComparison:
    """Result of a comparison; what takes longer is computed when it is shown."""

    scenario: Scenario
    """Its fleet has an instance type: the named one, or the cheapest one that carries the load."""
    candidates: list[InstanceTypeCost]
    chosen: InstanceTypeCost
    """Fleet with the scenario's instance type."""
    fleet: Bill
    function: Bill

    @cached_property
    def scale_up(self) -> ScaleUpComparison:
        """One big machine for the peak, beside the fleet."""
        it = self.scenario
        return compare_scale_up(
            it.demand,
            it.capacity,
            it.prices,
            it.assumptions,
            self.chosen.running,
            compared_types(replace(it, families=())),
        )

    @cached_property
    def break_evens(self) -> list[FunctionBreakEven]:
        """Break-evens of the fleet and each function."""
        return _break_evens(self.scenario)

    @cached_property
    def curves(self) -> CostCurves:
        """Cost of each shape by traffic."""
        return _curves(self.scenario)

    @cached_property
    def sensitivities(self) -> list[Sensitivity]:
        """Effects of the assumptions on the bills of the fleet and of the function."""
        return _sensitivities(self.scenario)

    @cached_property
    def memory_curve(self) -> list[FunctionMemory]:
        """The function with more and with less memory."""
        return memory_curve(self.scenario)

    @cached_property
    def other_advice(self) -> OtherAdvice | None:
        """Traffic with which the other one of the fleet and the function is cheaper."""
        it = self.scenario

        @cache
        def fleet(rate: float) -> Decimal:
            return _fleet_usd(it, rate)

        @cache
        def function(rate: float) -> Decimal:
            return _function_usd(it.function, it, rate)

        fleet_wins = self.fleet.usd <= self.function.usd
        return find_other_advice(fleet, function, it.demand.mean, fleet_wins=fleet_wins)

    @cached_property
    def by_capacity(self) -> tuple[CapacityCase, ...]:
        """Cheapest fleets with the low, the middle and the high throughput of a vCPU."""
        return _capacity_cases(self.scenario, self.candidates[0])

    def instance_usd_range(self, candidate: InstanceTypeCost) -> tuple[Decimal, Decimal]:
        """Return the USD of a type's instances with the low and with the high throughput of a vCPU."""
        it, shape = self.scenario, candidate.running.shape
        low, high = (
            size_instances(shape, it.demand, it.capacity.at(per_vcpu), it.prices, it.assumptions).usd
            for per_vcpu in (it.capacity.lowest, it.capacity.highest)
        )
        return low, high

    @property
    def recommended(self) -> InstanceTypeCost | None:
        """Cheapest fleet that carries the load; None if no type does."""
        return next((it for it in self.candidates if not it.running.overloaded), None)


def compare_costs(scenario: Scenario) -> CostComparison:
    """Compare all options.

    Raises:
        UnknownNameError: the region does not offer the instance type or one of the families.
    """
    demand, capacity, prices, assumptions = (
        scenario.demand,
        scenario.capacity,
        scenario.prices,
        scenario.assumptions,
    )
    candidates = compare_instance_types(scenario)
    chosen = chosen_instance_type(scenario, candidates)
    fleet = chosen.running
    return CostComparison(
        scenario=replace(scenario, shape=fleet.shape),
        candidates=candidates,
        chosen=chosen,
        fleet=complete_bill(fleet, demand, prices, assumptions),
        function=function_bill(scenario.function, demand, capacity, prices, assumptions),
    )


def _capacity_cases(scenario: Scenario, middle: InstanceTypeCost) -> tuple[CapacityCase, ...]:
    capacity = scenario.capacity

    def case(name: Literal["low", "high"], per_vcpu: float) -> CapacityCase:
        best = compare_instance_types(replace(scenario, capacity=capacity.at(per_vcpu)))[0]
        return CapacityCase(name=name, per_vcpu=per_vcpu, best=best)

    return (
        case("low", capacity.lowest),
        CapacityCase(name="middle", per_vcpu=capacity.requests_per_second_per_vcpu, best=middle),
        case("high", capacity.highest),
    )


def _sensitivities(scenario: Scenario) -> list[Sensitivity]:
    def fleet(demand: Demand, capacity: Capacity, assumptions: Assumptions) -> Decimal:
        return fleet_bill(scenario.shape, demand, capacity, scenario.prices, assumptions).usd

    def function(demand: Demand, capacity: Capacity, assumptions: Assumptions) -> Decimal:
        return function_bill(scenario.function, demand, capacity, scenario.prices, assumptions).usd

    return sensitivities([fleet, function], scenario.demand, scenario.capacity, scenario.assumptions)


def _break_evens(scenario: Scenario) -> list[FunctionBreakEven]:
    """Compare the fleet with functions of each API, architecture and memory, warm ones and free tiers.

    Both sides have the same: a REST API is compared with and without a firewall, an HTTP API without.
    """
    own = scenario.function
    shapes = {
        api: [
            replace(own, architecture=architecture, api=api, memory_mb=memory, provisioned=0)
            for architecture in ARCHITECTURES
            for memory in MEMORIES
        ]
        for api in APIS
    }
    warm = replace(own, provisioned=max(2, own.provisioned), snap_start=False)
    rest, http = (replace(own, api=api, provisioned=0) for api in APIS)
    bare, free = without_firewall(scenario), replace(scenario.assumptions, free_tier=True)
    return [
        *_compare_with_fleet([*shapes["rest"], warm], scenario),
        *_compare_with_fleet([rest] if bare != scenario else [], bare),
        *_compare_with_fleet(shapes["http"], bare),
        *_compare_with_fleet([rest], replace(scenario, assumptions=free)),
        *_compare_with_fleet([http], replace(bare, assumptions=free)),
    ]


def without_firewall(scenario: Scenario) -> Scenario:
    """Return the scenario with neither a firewall for the fleet nor for the function."""
    shape, function = scenario.shape, scenario.function
    return replace(
        scenario,
        shape=replace(shape, shared=replace(shape.shared, web_acls=0)),
        function=replace(function, shared=replace(function.shared, web_acls=0)),
    )


def _compare_with_fleet(shapes: list[FunctionShape], scenario: Scenario) -> list[FunctionBreakEven]:
    shared = scenario.function.shared
    shapes = [replace(shape, shared=shared) for shape in shapes]

    @cache
    def fleet(rate: float) -> Decimal:
        return _fleet_usd(scenario, rate)

    last = RATES[-1]
    return [
        FunctionBreakEven(
            shape=shape,
            firewall=bool(scenario.shape.shared.web_acls),
            access_logs=shape.access_log,
            free_tier=scenario.assumptions.free_tier,
            crossing=find_break_even(fleet, lambda rate, shape=shape: _function_usd(shape, scenario, rate)),
            fleet_always=fleet(last) < _function_usd(shape, scenario, last),
        )
        for shape in shapes
    ]


def _curves(scenario: Scenario) -> CostCurves:
    # The fleet's curve includes its firewall, which an HTTP API can't have.
    kinds = APIS[:1] if scenario.shape.shared.web_acls else APIS
    shapes = [replace(scenario.function, api=api, provisioned=0) for api in kinds]
    return CostCurves(
        rates=RATES,
        fleet=tuple(_fleet_usd(scenario, rate) for rate in RATES),
        functions={
            shape.name: tuple(_function_usd(shape, scenario, rate) for rate in RATES) for shape in shapes
        },
    )


def _fleet_usd(scenario: Scenario, rate: float) -> Decimal:
    demand = _demand_at(scenario, rate)
    return fleet_bill(scenario.shape, demand, scenario.capacity, scenario.prices, scenario.assumptions).usd


def _function_usd(shape: FunctionShape, scenario: Scenario, rate: float) -> Decimal:
    demand = _demand_at(scenario, rate)
    return function_bill(shape, demand, scenario.capacity, scenario.prices, scenario.assumptions).usd


def _demand_at(scenario: Scenario, rate: float) -> Demand:
    """Return the scenario's week with another mean rate; without any traffic, a typical week."""
    demand = scenario.demand
    if not demand.mean:
        return replace(demand, rates=weekly_demand.diurnal(rate))
    return demand.scaled(rate / demand.mean)
