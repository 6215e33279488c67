"""Purchase options of instances: reserved, on demand and spot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scripts.cost.demand.calendar import HOURS_PER_MONTH, HOURS_PER_WEEK
from scripts.cost.prices.commitments import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scripts.cost.bill.sizing import InstanceLayer
    from scripts.cost.prices.commitments import Commitment
    from scripts.cost.prices.snapshot import InstancePrices, Price, RegionPrices
    from scripts.cost.prices.tariff import Provenance

HEADROOM_PERCENT: Final = {"<5%": 5, "5-10%": 10, "10-15%": 15, "15-20%": 20, ">20%": 25, "": 25}
"""Spot instances in percent of the need that run in addition, by the monthly frequency of interruption: the
upper end of its band."""


@dataclass(frozen=True, kw_only=True)
class PurchaseOptions:
    """Mix of purchase options."""

    commitment: Commitment = "none"
    """Term of reserved instances, which are paid around the clock, and its payment."""
    spot_percent: int = 0
    """Share of the other instances that run at spot, where that is cheaper, its headroom included."""
    on_demand_base: int | None = None
    """Number of instances that never run at spot; None: all that always run."""

    def __post_init__(self) -> None:
        if not 0 <= self.spot_percent <= 100:  # noqa: PLR2004 (percent)
            raise ValueError(f"A share is between 0 and 100 percent, not {self.spot_percent}.")


@dataclass(frozen=True, kw_only=True)
class PurchaseCost:
    """Monthly cost of instances."""

    usd: Decimal
    instance_hours: Decimal
    """Hours in which instances run, boots included."""
    committed: int
    """Number of reserved instances, which are paid around the clock."""
    upfront_usd: Decimal
    """USD that are due at the start of their term; `usd` has a month's share of them."""
    provenances: tuple[Provenance, ...]


def purchase_cost(
    prices: InstancePrices, purchase: PurchaseOptions, layers: Sequence[InstanceLayer], *, boot_seconds: float
) -> PurchaseCost:
    """Price a month, each instance separately: the n-th one runs whenever the fleet has n or more.

    An instance is reserved if it always runs, or if a reservation around the clock costs less than its hours.
    Without a commitment, the on-demand price takes the place of the reserved one.
    """
    weeks = Decimal(HOURS_PER_MONTH) / HOURS_PER_WEEK
    boot_hours = Decimal(repr(boot_seconds)) / 3_600
    committed = _commitment_price(prices, purchase.commitment)
    spot, spot_usd = _spot_price(prices)
    flexible_usd = (
        prices.on_demand.usd * (100 - purchase.spot_percent) + spot_usd * purchase.spot_percent
    ) / 100
    around_the_clock = committed.usd * HOURS_PER_WEEK
    usd = running = Decimal(0)
    committed_for = flexible = 0
    for layer, never_spot in _split_layers(layers, purchase.on_demand_base):
        hours = layer.hours + layer.starts * boot_hours
        by_the_hour = hours * (prices.on_demand.usd if never_spot else flexible_usd)
        if (never_spot and around_the_clock <= by_the_hour) or around_the_clock < by_the_hour:
            usd += around_the_clock * layer.count
            committed_for += layer.count
        else:
            usd += by_the_hour * layer.count
            flexible += layer.count
        running += hours * layer.count
    bought_from = [committed] * bool(committed_for)
    bought_from += [prices.on_demand] * bool(flexible and purchase.spot_percent < 100)  # noqa: PLR2004 (percent)
    bought_from += [spot] * bool(flexible and purchase.spot_percent)
    return PurchaseCost(
        usd=usd * weeks,
        instance_hours=running * weeks,
        committed=committed_for,
        upfront_usd=_upfront_usd(prices, purchase.commitment) * committed_for,
        provenances=tuple({price.provenance: None for price in bought_from}),
    )


def mixed_prices(types: Sequence[InstancePrices]) -> InstancePrices:
    """Return the prices of a fleet of several types: the first type's, and the mean of all at spot.

    The pool with the most spare capacity, which provides the instances, changes from hour to hour. The mix
    has the interruption frequency of its worst type.
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


@dataclass(frozen=True, kw_only=True)
class MissingPrice:
    """Purchase option without a price, for which another price is used."""

    option: str
    """A key of `translations`."""
    region: str
    types: tuple[str, ...]


def missing_prices(
    purchase: PurchaseOptions, prices: RegionPrices, types: Iterable[str]
) -> list[MissingPrice]:
    """Return the purchase options that some types lack a price for."""
    found: dict[str, list[str]] = {}
    offered = {name: prices.instance(name) for name in dict.fromkeys(types)}
    if purchase.commitment != "none":
        found[NAMES[purchase.commitment]] = [
            name for name, it in offered.items() if it.committed(purchase.commitment) is None
        ]
    if purchase.spot_percent:
        found["at spot"] = [name for name, it in offered.items() if it.spot is None]
    return [
        MissingPrice(option=option, region=prices.name, types=tuple(missing))
        for option, missing in found.items()
        if missing
    ]


def _split_layers(layers: Sequence[InstanceLayer], base: int | None) -> Iterator[tuple[InstanceLayer, bool]]:
    """Yield the layers, and whether their instances never run at spot; a layer may be split in two."""
    left = base
    for layer in layers:
        if left is None:
            yield layer, layer.hours == HOURS_PER_WEEK
            continue
        sure = min(left, layer.count)
        left -= sure
        if sure:
            yield replace(layer, count=sure), True
        if sure < layer.count:
            yield replace(layer, count=layer.count - sure), False


def _commitment_price(prices: InstancePrices, commitment: Commitment) -> Price:
    """Return the reserved price, or the on-demand price if the snapshot has none."""
    reserved = prices.committed(commitment)
    return reserved.hour if reserved else prices.on_demand


def _upfront_usd(prices: InstancePrices, commitment: Commitment) -> Decimal:
    """Return the USD that an instance costs at the start of its term."""
    reserved = prices.committed(commitment)
    return reserved.upfront_usd if reserved else Decimal(0)


def _spot_price(prices: InstancePrices) -> tuple[Price, Decimal]:
    """Return the price of a spot instance, and the USD per hour with headroom."""
    if prices.spot is None:
        return prices.on_demand, prices.on_demand.usd
    with_headroom = prices.spot.usd * (100 + HEADROOM_PERCENT[prices.interruptions]) / 100
    if with_headroom >= prices.on_demand.usd:
        return prices.on_demand, prices.on_demand.usd
    return prices.spot, with_headroom
