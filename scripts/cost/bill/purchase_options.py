"""How instances are bought: committed for what runs nearly always, on demand or at spot for the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scripts.cost.demand.calendar import HOURS_PER_MONTH, HOURS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scripts.cost.bill.sizing import Layer
    from scripts.cost.prices.snapshot import InstancePrices, Price, RegionPrices
    from scripts.cost.prices.tariff import Provenance

Commitment: TypeAlias = Literal["none", "1y", "3y"]

HEADROOM_PERCENT: Final = {"<5%": 5, "5-10%": 10, "10-15%": 15, "15-20%": 20, ">20%": 25, "": 25}
"""Spot instances kept beyond the need, by how many are taken back in a month: the band's upper end."""


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """A mix of ways to buy."""

    commitment: Commitment = "none"
    """Reserved for one or three years, all upfront, and paid for around the clock."""
    spot_percent: int = 0
    """Share of the others that are bought at spot, where that is cheaper with its headroom."""
    on_demand_base: int | None = None
    """First so many instances that are never bought at spot; None: all that always run."""

    def __post_init__(self) -> None:
        if not 0 <= self.spot_percent <= 100:  # noqa: PLR2004 (percent)
            raise ValueError(f"A share is between 0 and 100 percent, not {self.spot_percent}.")


@dataclass(frozen=True, kw_only=True)
class Bought:
    """What a month's instances cost."""

    usd: Decimal
    instance_hours: Decimal
    """In which instances run, boots included."""
    committed: int
    """Instances that are paid for around the clock."""
    provenances: tuple[Provenance, ...]


def buy(
    prices: InstancePrices, purchase: Purchase, layers: Sequence[Layer], *, boot_seconds: float
) -> Bought:
    """Price a month, each instance by itself: the n-th one runs whenever the fleet has n or more.

    What always runs is committed for, on demand where no commitment is wanted. Another instance is too where
    it runs so much that its commitment, around the clock, costs less than its hours.
    """
    weeks = Decimal(HOURS_PER_MONTH) / HOURS_PER_WEEK
    boot_hours = Decimal(repr(boot_seconds)) / 3_600
    committed = _committed(prices, purchase.commitment)
    spot, spot_usd = _spot(prices)
    flexible_usd = (
        prices.on_demand.usd * (100 - purchase.spot_percent) + spot_usd * purchase.spot_percent
    ) / 100
    around_the_clock = committed.usd * HOURS_PER_WEEK
    usd = running = Decimal(0)
    committed_for = flexible = 0
    for layer, never_spot in _parted(layers, purchase.on_demand_base):
        hours = layer.hours + layer.starts * boot_hours
        by_the_hour = hours * (prices.on_demand.usd if never_spot else flexible_usd)
        if (never_spot and around_the_clock <= by_the_hour) or around_the_clock < by_the_hour:
            usd += around_the_clock * layer.alike
            committed_for += layer.alike
        else:
            usd += by_the_hour * layer.alike
            flexible += layer.alike
        running += hours * layer.alike
    bought_from = [committed] * bool(committed_for)
    bought_from += [prices.on_demand] * bool(flexible and purchase.spot_percent < 100)  # noqa: PLR2004 (percent)
    bought_from += [spot] * bool(flexible and purchase.spot_percent)
    return Bought(
        usd=usd * weeks,
        instance_hours=running * weeks,
        committed=committed_for,
        provenances=tuple({price.provenance: None for price in bought_from}),
    )


def mixed(types: Sequence[InstancePrices]) -> InstancePrices:
    """Price a fleet of several types: the first one's prices, and at spot the mean of all of them.

    Which pool has the most room, and so gives the instances, changes by the hour. The mix counts as taken
    back as often as its worst type is.
    """
    first, *others = types
    at_spot = [it.spot for it in types if it.spot]
    if not others or not at_spot:
        return first
    mean = sum((price.usd for price in at_spot), Decimal(0)) / len(at_spot)
    return replace(
        first,
        spot=replace(at_spot[0], usd=mean, provenance=replace(at_spot[0].provenance, basis="assumed")),
        interruptions=max((it.interruptions for it in types if it.spot), key=HEADROOM_PERCENT.__getitem__),
    )


def unknown_prices(purchase: Purchase, prices: RegionPrices, types: Iterable[str]) -> list[str]:
    """Say of which types the snapshot lacks the price that is asked for, so that another stands in for it."""
    found: list[str] = []
    offered = {name: prices.instance(name) for name in dict.fromkeys(types)}
    if purchase.commitment != "none":
        years = {"1y": "1 year", "3y": "3 years"}[purchase.commitment]
        lacking = [name for name, it in offered.items() if _reserved(it, purchase.commitment) is None]
        found += _stand_in(f"reserved for {years}", lacking, prices.name)
    if purchase.spot_percent:
        lacking = [name for name, it in offered.items() if it.spot is None]
        found += _stand_in("at spot", lacking, prices.name)
    return found


def _stand_in(bought: str, types: Sequence[str], region: str) -> list[str]:
    if not types:
        return []
    return [f"no price {bought} is known in {region} of {', '.join(types)}: what is known stands in for it."]


def _parted(layers: Sequence[Layer], base: int | None) -> Iterator[tuple[Layer, bool]]:
    """Give each layer, and whether its instances are never bought at spot; a layer may come in two parts."""
    left = base
    for layer in layers:
        if left is None:
            yield layer, layer.hours == HOURS_PER_WEEK
            continue
        sure = min(left, layer.alike)
        left -= sure
        if sure:
            yield replace(layer, alike=sure), True
        if sure < layer.alike:
            yield replace(layer, alike=layer.alike - sure), False


def _committed(prices: InstancePrices, commitment: Commitment) -> Price:
    """Return the price of what always runs; on demand where the snapshot knows of no commitment."""
    return _reserved(prices, commitment) or prices.on_demand


def _reserved(prices: InstancePrices, commitment: Commitment) -> Price | None:
    return {"none": None, "1y": prices.one_year, "3y": prices.three_years}[commitment]


def _spot(prices: InstancePrices) -> tuple[Price, Decimal]:
    """Return what is bought as spot, and the USD for an hour of need."""
    if prices.spot is None:
        return prices.on_demand, prices.on_demand.usd
    with_headroom = prices.spot.usd * (100 + HEADROOM_PERCENT[prices.interruptions]) / 100
    if with_headroom >= prices.on_demand.usd:
        return prices.on_demand, prices.on_demand.usd
    return prices.spot, with_headroom
