"""List prices of the program: EC2 on demand, and the services that the dashboard's cost formulas include."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from infra.reference_data.csv_rows import REFERENCE_DATA, ReferenceDataError, one_line_errors, read_rows
from infra.reference_data.instance_types import ARCHITECTURES

if TYPE_CHECKING:
    from collections.abc import Mapping

FALLBACK_REGION: Final = "us-east-1"
"""Region whose prices replace missing ones."""

SERVICE_ITEMS: Final = (
    *("alb.hour", "alb.lcu_hour", "waf.request.1500", "lambda.request", "apigateway.rest_request"),
    *(f"lambda.gb_second.{architecture}" for architecture in ARCHITECTURES),
)
"""Items that the program looks up."""


def instance_price(region: str, instance_type: str) -> float:
    """Return US dollars per hour of an on-demand instance.

    Raises:
        ReferenceDataError: The file is invalid, or lacks the price in both Regions.
    """
    return _price(_instances(), region, instance_type)


def known_instance_price(region: str, instance_type: str) -> float | None:
    """Return the same price, or None for a type that has none in both Regions."""
    return _known_price(_instances(), region, instance_type)


def service_price(region: str, item: str) -> float:
    """Return US dollars per unit of an item, in its first tier.

    Raises:
        ReferenceDataError: The file is invalid, or lacks the price in both Regions.
    """
    return _price(_services(), region, item)


def has_instance_price(region: str, instance_type: str) -> bool:
    """Return whether the Region has a price of its own for an instance type."""
    return (region, instance_type) in _instances()


def has_service_prices(region: str, items: tuple[str, ...]) -> bool:
    """Return whether the Region has prices of its own for all items."""
    return all((region, item) in _services() for item in items)


def _price(prices: Mapping[tuple[str, str], float], region: str, item: str) -> float:
    price = _known_price(prices, region, item)
    if price is None:
        raise ReferenceDataError(f"{REFERENCE_DATA} has no price of {item} in {region} or {FALLBACK_REGION}.")
    return price


def _known_price(prices: Mapping[tuple[str, str], float], region: str, item: str) -> float | None:
    return prices.get((region, item), prices.get((FALLBACK_REGION, item)))


@cache
def _instances() -> Mapping[tuple[str, str], float]:
    """Return US dollars per hour, by Region and instance type."""
    file = REFERENCE_DATA / "ec2_on_demand.csv"
    with one_line_errors(file):
        return {(row["region"], row["type"]): float(row["usd_per_hour"]) for row in read_rows(file)}


@cache
def _services() -> Mapping[tuple[str, str], float]:
    """Return US dollars per unit of the first tier, by Region and item."""
    file = REFERENCE_DATA / "services.csv"
    with one_line_errors(file):
        first = [row for row in read_rows(file) if float(row["tier_from"]) == 0]
        return {(row["region"], row["item"]): float(row["usd"]) / float(row["per"]) for row in first}
