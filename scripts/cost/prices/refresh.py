"""Renewal of the price snapshot: looks up all prices and checks the resulting snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol

from infra.reference_data.csv_rows import read_rows
from infra.reference_data.instance_types import instance_types
from scripts.cost.prices.price_list import instance_prices, one_price
from scripts.cost.prices.price_list_queries import INSTANCES, QUERIES
from scripts.cost.prices.snapshot_writer import SnapshotDraft

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from scripts.cost.prices.price_list import ListedPrice
    from scripts.cost.prices.price_list_queries import PriceQuery
    from scripts.cost.prices.snapshot_writer import PriceChange

MICRO_USD: Final = Decimal("0.000001")
"""Precision of hourly prices that are computed."""

DOUBTFUL_PERCENT: Final = 2
"""Difference in percent between a Savings Plan and a reserved instance, which cost the same, from which one
of the prices is reported as doubtful."""

TERMS: Final = {1: "one_year_usd_per_hour", 3: "three_years_usd_per_hour"}
"""Years of a commitment -> column of the snapshot."""


class PriceList(Protocol):
    """Source of list prices: the API or the offer files."""

    def products(self, query: PriceQuery, region: str) -> Iterable[Mapping[str, Any]]:
        """Return all products that match a query's filters, in the API's format."""
        ...


@dataclass(frozen=True, kw_only=True)
class MarketPrices:
    """Prices of instance types from the spot market or the Savings Plans."""

    usd_per_hour: Mapping[str, Decimal]
    as_of: str
    """As YYYY-MM-DD."""
    source: str


@dataclass(frozen=True)
class Bandwidth:
    """Network bandwidth of an instance type, in Gbit/s in each direction."""

    baseline_gbps: Decimal
    burst_gbps: Decimal


class MarketPriceSource(Protocol):
    """Source of spot prices, of the rates of Savings Plans, and of network bandwidths."""

    def spot(self, region: str, types: Iterable[str]) -> MarketPrices:
        """Return the current spot prices of instance types."""
        ...

    def plans(self, region: str, years: int) -> MarketPrices:
        """Return the rates of EC2 Instance Savings Plans, all upfront."""
        ...

    def bandwidths(self, region: str, types: Iterable[str]) -> Mapping[str, Bandwidth]:
        """Return the network bandwidth of the instance types that the region has."""
        ...


@dataclass(frozen=True, kw_only=True)
class RefreshResult:
    """Result of a refresh, before it is written."""

    changes: tuple[PriceChange, ...]
    unknown: tuple[str, ...]
    """Prices that were not found; the old ones stay."""
    discrepancies: tuple[str, ...]
    """Prices that differ between reserved instances and Savings Plans."""
    not_queried: tuple[str, ...]
    """Items without a query; their old prices stay."""
    files: Mapping[str, str]
    """File name in the snapshot -> new content."""


def refresh(
    prices: PriceList, market: MarketPriceSource | None, regions: Iterable[str], folder: Path
) -> RefreshResult:
    """Look up all prices of some regions, and check the resulting snapshot.

    Args:
        prices: source of the list prices.
        market: source of spot prices, Savings Plans and bandwidths; None: they stay unchanged.
        regions: names of regions of the snapshot.
        folder: folder of the snapshot.

    Raises:
        PriceListError: a price can't be read or is implausible.
        SnapshotError: the new snapshot would be inconsistent.
    """
    draft = SnapshotDraft(folder)
    # A type has the same bandwidth in all regions, but no region has all types.
    without_bandwidth = set(instance_types())
    for region in regions:
        for query in QUERIES:
            found = one_price(query, region, prices.products(query, region))
            if found is None:
                draft.unknown.append(f"{query.item} in {region}")
            else:
                draft.set_service_price(query, region, found)
        listed = instance_prices(region, prices.products(INSTANCES, region))
        _renew_on_demand(draft, region, listed)
        _renew_reserved(draft, region, listed, market)
        _renew_installments(draft, region, listed)
        if market:
            _renew_spot(draft, region, market)
            without_bandwidth -= _renew_bandwidths(draft, region, market, without_bandwidth)
    draft.unknown += [f"the bandwidth of {name}" for name in sorted(without_bandwidth) if market]
    queried = {query.item for query in QUERIES}
    items = dict.fromkeys(row["item"] for row in read_rows(folder / "services.csv"))
    return RefreshResult(
        changes=tuple(draft.changes),
        unknown=tuple(draft.unknown),
        discrepancies=tuple(draft.discrepancies),
        not_queried=tuple(item for item in items if item not in queried),
        files=draft.files(),
    )


def _renew_on_demand(draft: SnapshotDraft, region: str, listed: Mapping[str, ListedPrice]) -> None:
    there = draft.types("on demand", region)
    draft.unknown += [f"{name} in {region}" for name in there if name not in listed]
    for name in _in_order(there, listed):
        it = listed[name]
        usd = {"usd_per_hour": it.tiers[0][2]}
        draft.set_instance_price("on demand", name, region, usd, as_of=it.published, source=it.source)


def _renew_reserved(
    draft: SnapshotDraft, region: str, listed: Mapping[str, ListedPrice], market: MarketPriceSource | None
) -> None:
    """Renew the prices of commitments: of reserved instances, or of Savings Plans if the list has none."""
    there = draft.types("reserved", region)
    plans = [market.plans(region, years) for years in TERMS] if market else []
    of_plans = {
        name: tuple(it.usd_per_hour[name] for it in plans)
        for name in (plans[0].usd_per_hour if plans else ())
        if all(name in it.usd_per_hour for it in plans)
    }
    reserved = {name: it.reserved for name, it in listed.items() if it.reserved}
    draft.unknown += [f"{name} reserved in {region}" for name in there if name not in reserved | of_plans]
    for name in _in_order(there, reserved | of_plans):
        usd = reserved.get(name) or of_plans[name]
        if name in of_plans and any(map(_differ, usd, of_plans[name])):
            draft.discrepancies.append(
                f"{name} in {region}: reserved {_joined(usd)}, plan {_joined(of_plans[name])}"
            )
        as_of, source = (
            (listed[name].published, listed[name].source)
            if name in reserved
            else (plans[0].as_of, plans[0].source)
        )
        columns = dict(zip(TERMS.values(), (it.quantize(MICRO_USD) for it in usd), strict=True))
        draft.set_instance_price("reserved", name, region, columns, as_of=as_of, source=source)


def _renew_installments(draft: SnapshotDraft, region: str, listed: Mapping[str, ListedPrice]) -> None:
    """Renew the prices of reserved instances that are not paid all upfront."""
    for name in _in_order(draft.types("on demand", region), listed):
        it = listed[name]
        for commitment, payments in it.installments.items():
            draft.set_installments(name, region, commitment, payments, as_of=it.published, source=it.source)


def _renew_bandwidths(
    draft: SnapshotDraft, region: str, market: MarketPriceSource, types: Iterable[str]
) -> set[str]:
    """Renew the network bandwidth of instance types, and return those that the region has."""
    found = market.bandwidths(region, sorted(types))
    for name, it in found.items():
        draft.set_bandwidth(name, region, it.baseline_gbps, it.burst_gbps)
    return set(found)


def _renew_spot(draft: SnapshotDraft, region: str, market: MarketPriceSource) -> None:
    types = draft.types("on demand", region)
    quoted = market.spot(region, types)
    there = draft.types("spot", region)
    draft.unknown += [f"{name} at spot in {region}" for name in there if name not in quoted.usd_per_hour]
    for name in _in_order(there, quoted.usd_per_hour):
        usd = {"usd_per_hour": quoted.usd_per_hour[name].quantize(MICRO_USD)}
        draft.set_instance_price("spot", name, region, usd, as_of=quoted.as_of, source=quoted.source)


def _in_order(there: Iterable[str], found: Iterable[str]) -> list[str]:
    """Return the known types that were found: first the snapshot's, in its order, then the new ones."""
    names = set(found) & instance_types().keys()
    known = [name for name in there if name in names]
    return [*known, *sorted(names.difference(known))]


def _differ(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) > one * DOUBTFUL_PERCENT / 100


def _joined(usd: Iterable[Decimal]) -> str:
    return " / ".join(f"{it:f}" for it in usd)
