"""Renews the price snapshot: asks whoever knows the prices, and checks what the answers would make of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol

from infra.reference_data.csv_rows import read_rows
from infra.reference_data.instance_types import instance_types
from scripts.cost.prices.price_list import instance_prices, one_price
from scripts.cost.prices.price_list_queries import INSTANCES, QUERIES
from scripts.cost.prices.snapshot_writer import Draft

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from scripts.cost.prices.price_list import Listed
    from scripts.cost.prices.price_list_queries import Query
    from scripts.cost.prices.snapshot_writer import Change

MICRO_USD: Final = Decimal("0.000001")
"""What an hour of an upfront payment is rounded to."""

DOUBTFUL_PERCENT: Final = 2
"""A Savings Plan costs what the reserved instance does; beyond so much of a difference, one of them is told
to be doubtful."""

TERMS: Final = {1: "one_year_usd_per_hour", 3: "three_years_usd_per_hour"}
"""Years -> the column of the snapshot."""


class PriceList(Protocol):
    """Whoever knows the products of a query: the API, the offer files, or a recording of them."""

    def products(self, query: Query, region: str) -> Iterable[Mapping[str, Any]]:
        """Give all products that a query's filters let through, in the API's form."""
        ...


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """Prices of instance types that stand in no list of products."""

    usd_per_hour: Mapping[str, Decimal]
    as_of: str
    """As YYYY-MM-DD."""
    source: str


class Market(Protocol):
    """Whoever knows what moves: spot prices, and the rates of Savings Plans."""

    def spot(self, region: str, types: Iterable[str]) -> Quoted:
        """Give what instance types cost at spot right now."""
        ...

    def plans(self, region: str, years: int) -> Quoted:
        """Give what instance types cost under an EC2 Instance Savings Plan, paid upfront."""
        ...


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What a refresh found, before it is written."""

    changes: tuple[Change, ...]
    unknown: tuple[str, ...]
    """What nobody has a price for: its old figure stays."""
    doubts: tuple[str, ...]
    """Prices that two lists give differently."""
    not_asked: tuple[str, ...]
    """Items whose products nobody has described here: their old figures stay too."""
    files: Mapping[str, str]
    """Name of a file of the snapshot -> its new content."""


def refresh(prices: PriceList, market: Market | None, regions: Iterable[str], folder: Path) -> Refreshed:
    """Look all prices of some regions up, and check the snapshot that they would make.

    Args:
        prices: whom to ask for list prices.
        market: whom to ask for the others; None: they stay as they are.
        regions: names of regions that the snapshot has already.
        folder: the snapshot.

    Raises:
        PriceListError: an answer can't be relied on.
        SnapshotError: the new snapshot would be wrong.
    """
    draft = Draft(folder)
    for region in regions:
        for query in QUERIES:
            found = one_price(query, region, prices.products(query, region))
            if found is None:
                draft.unknown.append(f"{query.item} in {region}")
            else:
                draft.put_service(query, region, found)
        listed = instance_prices(region, prices.products(INSTANCES, region))
        _renew_on_demand(draft, region, listed)
        _renew_reserved(draft, region, listed, market)
        if market:
            _renew_spot(draft, region, market)
    asked = {query.item for query in QUERIES}
    items = dict.fromkeys(row["item"] for row in read_rows(folder / "services.csv"))
    return Refreshed(
        changes=tuple(draft.changes),
        unknown=tuple(draft.unknown),
        doubts=tuple(draft.doubts),
        not_asked=tuple(item for item in items if item not in asked),
        files=draft.files(),
    )


def _renew_on_demand(draft: Draft, region: str, listed: Mapping[str, Listed]) -> None:
    there = draft.types("on demand", region)
    draft.unknown += [f"{name} in {region}" for name in there if name not in listed]
    for name in _in_order(there, listed):
        it = listed[name]
        usd = {"usd_per_hour": it.tiers[0][2]}
        draft.put_instance("on demand", name, region, usd, as_of=it.published, source=it.source)


def _renew_reserved(draft: Draft, region: str, listed: Mapping[str, Listed], market: Market | None) -> None:
    """Take the prices of reserved instances, and those of Savings Plans where the list has none."""
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
            draft.doubts.append(
                f"{name} in {region}: reserved {_joined(usd)}, plan {_joined(of_plans[name])}"
            )
        as_of, source = (
            (listed[name].published, listed[name].source)
            if name in reserved
            else (plans[0].as_of, plans[0].source)
        )
        columns = dict(zip(TERMS.values(), (it.quantize(MICRO_USD) for it in usd), strict=True))
        draft.put_instance("reserved", name, region, columns, as_of=as_of, source=source)


def _renew_spot(draft: Draft, region: str, market: Market) -> None:
    types = draft.types("on demand", region)
    quoted = market.spot(region, types)
    there = draft.types("spot", region)
    draft.unknown += [f"{name} at spot in {region}" for name in there if name not in quoted.usd_per_hour]
    for name in _in_order(there, quoted.usd_per_hour):
        usd = {"usd_per_hour": quoted.usd_per_hour[name].quantize(MICRO_USD)}
        draft.put_instance("spot", name, region, usd, as_of=quoted.as_of, source=quoted.source)


def _in_order(there: Iterable[str], found: Iterable[str]) -> list[str]:
    """Return the types that were found and are known: first those that the snapshot has, as it has them."""
    names = set(found) & instance_types().keys()
    known = [name for name in there if name in names]
    return [*known, *sorted(names.difference(known))]


def _differ(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) > one * DOUBTFUL_PERCENT / 100


def _joined(usd: Iterable[Decimal]) -> str:
    return " / ".join(f"{it:f}" for it in usd)
