"""The whole comparison for one demand in one region, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from infra.reference_data.instance_types import ARCHITECTURES
from scripts.cost.bill.fleet import bill_around, fleet_bill
from scripts.cost.bill.function import FunctionShape, function_bill
from scripts.cost.comparison.break_even import RATES, break_even
from scripts.cost.comparison.instance_types import compare
from scripts.cost.comparison.scale_up import contrast
from scripts.cost.comparison.sensitivity import swings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.comparison.break_even import BreakEven
    from scripts.cost.comparison.instance_types import Candidate
    from scripts.cost.comparison.scale_up import Contrast
    from scripts.cost.comparison.sensitivity import Swing
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices
    from scripts.cost.rates.api_gateway import ApiKind

APIS: Final[tuple[ApiKind, ...]] = ("rest", "http")

MEMORIES: Final = (512, 1_769)
"""Sizes of the functions that a fleet is held against, in MB."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody wants to know."""

    demand: Demand
    capacity: Capacity
    prices: RegionPrices
    assumptions: Assumptions
    shape: FleetShape
    """The fleet; its instance type is the one that is billed."""
    function: FunctionShape
    """The function beside it."""
    least_memory_gib: float = 1.0
    families: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Match:
    """A fleet against one function, over all traffic."""

    shape: FunctionShape
    free_tier: bool
    crossing: BreakEven | None
    fleet_always: bool
    """Which of the two is cheaper in the end, where they do not cross."""


@dataclass(frozen=True, kw_only=True)
class Curves:
    """What each shape costs as traffic grows."""

    rates: tuple[float, ...]
    fleet: tuple[Decimal, ...]
    functions: dict[str, tuple[Decimal, ...]]


@dataclass(frozen=True, kw_only=True)
class Study:
    """Everything that was found out."""

    question: Question
    candidates: list[Candidate]
    contrast: Contrast
    fleet: Bill
    function: Bill
    matches: list[Match]
    curves: Curves
    swings: list[Swing]


def study(question: Question) -> Study:
    """Answer the whole question.

    Raises:
        UnknownNameError: a type or family that the region does not offer.
    """
    ask = question
    candidates = compare(
        ask.shape,
        ask.demand,
        ask.capacity,
        ask.prices,
        ask.assumptions,
        least_memory_gib=ask.least_memory_gib,
        families=ask.families,
    )
    best = candidates[0].running
    chosen = next(
        (it.running for it in candidates if it.running.shape.instance_type == ask.shape.instance_type), best
    )
    matches, curves = _against_functions(ask)
    return Study(
        question=ask,
        candidates=candidates,
        contrast=contrast(ask.demand, ask.capacity, ask.prices, best),
        fleet=bill_around(chosen, ask.demand, ask.prices, ask.assumptions),
        function=function_bill(ask.function, ask.demand, ask.capacity, ask.prices, ask.assumptions),
        matches=matches,
        curves=curves,
        swings=fleet_swings(ask),
    )


def fleet_swings(ask: Question) -> list[Swing]:
    """Move each assumption of the fleet's bill."""
    return swings(
        lambda demand, capacity, assumptions: (
            fleet_bill(ask.shape, demand, capacity, ask.prices, assumptions).usd
        ),
        ask.demand,
        ask.capacity,
        ask.assumptions,
    )


def _against_functions(ask: Question) -> tuple[list[Match], Curves]:
    shapes = [
        replace(ask.function, architecture=architecture, api=api, memory_mb=memory, provisioned=0)
        for api in APIS
        for architecture in ARCHITECTURES
        for memory in MEMORIES
    ]
    warm = replace(ask.function, provisioned=max(2, ask.function.provisioned), snap_start=False)
    whole = ask.demand.mean or 1.0

    @cache
    def fleet(rate: float, free: bool) -> Decimal:  # noqa: FBT001 (a key of the cache)
        assumptions = replace(ask.assumptions, free_tier=free)
        return fleet_bill(
            ask.shape, ask.demand.times(rate / whole), ask.capacity, ask.prices, assumptions
        ).usd

    def function(shape: FunctionShape, rate: float, *, free: bool) -> Decimal:
        assumptions = replace(ask.assumptions, free_tier=free)
        demand = ask.demand.times(rate / whole)
        return function_bill(shape, demand, ask.capacity, ask.prices, assumptions).usd

    def match(shape: FunctionShape, *, free: bool) -> Match:
        last = RATES[-1]
        return Match(
            shape=shape,
            free_tier=free,
            crossing=break_even(
                lambda rate: fleet(rate, free), lambda rate: function(shape, rate, free=free)
            ),
            fleet_always=fleet(last, free) < function(shape, last, free=free),
        )

    matches = [match(shape, free=False) for shape in [*shapes, warm]]
    matches += [match(replace(ask.function, api=api, provisioned=0), free=True) for api in APIS]
    free = ask.assumptions.free_tier
    shown = [replace(ask.function, api=api, provisioned=0) for api in APIS]
    return matches, Curves(
        rates=RATES,
        fleet=tuple(fleet(rate, free) for rate in RATES),
        functions={shape.name: tuple(function(shape, rate, free=free) for rate in RATES) for shape in shown},
    )
