"""Warnings of prices that are old, missing, or another region's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scripts.cost.bill.purchase_options import missing_prices
from scripts.cost.bill.savings_plan import plan_tariff
from scripts.cost.output.messages import message
from scripts.cost.prices.commitments import NAMES
from scripts.cost.prices.snapshot import REFERENCE_REGION, STALE_DAYS, stale_provenances

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.bill.function import FunctionShape
    from scripts.cost.bill.purchase_options import PurchaseOptions
    from scripts.cost.output.messages import Message
    from scripts.cost.prices.snapshot import RegionPrices
    from scripts.cost.prices.tariff import Provenance


def stale_price_warnings(used: Collection[Provenance]) -> list[Message]:
    """Return a warning if prices that were used are too old to rely on."""
    stale = stale_provenances(used, datetime.now(UTC).date())
    if not stale:
        return []
    return [
        message(
            "{count} of {all} price sources are older than {days} days, the oldest of {date} ({source}). "
            "`iris prices refresh` renews them.",
            count=len(stale),
            all=len(used),
            days=STALE_DAYS,
            date=stale[0].as_of.isoformat() if stale[0].as_of else "no known date",
            source=stale[0].source,
        )
    ]


def missing_price_warnings(
    purchase: PurchaseOptions, prices: RegionPrices, types: Iterable[str]
) -> list[Message]:
    """Return warnings of types without a price for these options, for which another price is used."""
    return [
        message(
            _missing_price(it.option),
            option=it.option,
            region=it.region,
            types=", ".join(it.types),
        )
        for it in missing_prices(purchase, prices, types)
    ]


def missing_plan_warnings(function: FunctionShape, prices: RegionPrices) -> list[Message]:
    """Return a warning if the function's duration has no price under its commitment."""
    commitment = function.commitment
    if commitment == "none" or plan_tariff(prices, commitment, function.architecture):
        return []
    return [
        message(
            _missing_price(NAMES[commitment]),
            option=NAMES[commitment],
            region=prices.name,
            types="function duration",
        )
    ]


def left_out_warnings(count: int, shape: FleetShape) -> list[Message]:
    """Return a warning of the number of types that the comparison leaves out."""
    if not count:
        return []
    return [
        message(
            "{count} instance types without a price under the commitment {option} are not compared.",
            count=count,
            option=NAMES[shape.purchase.commitment],
        )
    ]


def _missing_price(option: str) -> str:
    """Return the template of the warning of a missing price."""
    if option == "at spot":
        return "no price {option} is known in {region} of {types}: the price on demand is used instead."
    return (
        "no price under the commitment {option} is known in {region} of {types}: the price on demand is used "
        "instead."
    )


def borrowed_price_warnings(region: str, items: Iterable[str]) -> list[Message]:
    """Return a warning that names the items that are priced with the reference region's prices."""
    names = tuple(message(item) for item in dict.fromkeys(items))
    if not names:
        return []
    template = "prices of {reference} stand in for unknown ones of {region}: {items}."
    return [message(template, reference=REFERENCE_REGION, region=region, items=names)]
