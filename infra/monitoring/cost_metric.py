"""What an hour costs as it is: formulas for a chart, with the list prices that the cost study keeps."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from infra.reference_data.csv_rows import REFERENCE_DATA, ReferenceDataError, read_rows, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_REGION: Final = "us-east-1"
"""Whose prices stand in for those that nobody has looked up."""

FLEET_ITEMS: Final = ("alb.hour", "alb.lcu_hour", "waf.request.1500")
FUNCTION_ITEMS: Final = ("lambda.request", "apigateway.rest_request", "waf.request.1500")
"""What the formulas are made of, beside instances and the function's time."""

MINUTES: Final = 60
MILLISECONDS: Final = 1_000
MB: Final = 1_024


def fleet_formula(region: str, instance_type: str) -> str:
    """Write US dollars an hour of `instances`, `lcus`, and `requests` in a minute.

    Where nobody asks, CloudWatch counts nothing, not 0, and a sum with nothing in it would be nothing.
    All instances are taken for on-demand ones. Disks, addresses and traffic are left out.
    """
    parts = [
        # Of a group there are instances in each minute; what says otherwise is a minute that went missing.
        f"FILL(instances, REPEAT) * {_figure(_instance(region, instance_type))}",
        f"{_figure(_service('alb.hour', region))}",
        f"FILL(lcus, 0) * {_figure(_service('alb.lcu_hour', region))}",
        f"FILL(requests, 0) * {MINUTES} * {_figure(_service('waf.request.1500', region))}",
    ]
    return " + ".join(parts)


def function_formula(region: str, architecture: str, memory_mb: int) -> str:
    """Write US dollars an hour of `invocations` and `requests` in a minute, and their `milliseconds`."""
    gb_second = _service(f"lambda.gb_second.{architecture}", region)
    per_request = _service("apigateway.rest_request", region) + _service("waf.request.1500", region)
    parts = [
        f"FILL(milliseconds, 0) * {MINUTES} * {_figure(gb_second * memory_mb / MB / MILLISECONDS)}",
        f"FILL(invocations, 0) * {MINUTES} * {_figure(_service('lambda.request', region))}",
        f"FILL(requests, 0) * {MINUTES} * {_figure(per_request)}",
    ]
    return " + ".join(parts)


def fleet_label(region: str, instance_type: str) -> str:
    """Name what the fleet's formula gives, and whose prices it takes."""
    missing = (region, instance_type) not in _instances()
    return _label(region, partly=missing or _lacks(region, FLEET_ITEMS))


def function_label(region: str, architecture: str) -> str:
    """Name what the function's formula gives, and whose prices it takes."""
    return _label(region, partly=_lacks(region, (f"lambda.gb_second.{architecture}", *FUNCTION_ITEMS)))


def _label(region: str, *, partly: bool) -> str:
    return f"USD an hour in {region}" + (f", partly at the prices of {FIRST_REGION}" if partly else "")


def _lacks(region: str, items: tuple[str, ...]) -> bool:
    return any((region, item) not in _services() for item in items)


def _figure(price: float) -> str:
    """Write a price as CloudWatch reads numbers: without an exponent."""
    return f"{price:.15f}".rstrip("0").rstrip(".")


def _instance(region: str, instance_type: str) -> float:
    return _price(_instances(), region, instance_type)


def _service(item: str, region: str) -> float:
    return _price(_services(), region, item)


def _price(prices: Mapping[tuple[str, str], float], region: str, item: str) -> float:
    for known in (region, FIRST_REGION):
        if (known, item) in prices:
            return prices[known, item]
    raise ReferenceDataError(f"{REFERENCE_DATA} has no price of {item} in {region} or {FIRST_REGION}.")


@cache
def _instances() -> Mapping[tuple[str, str], float]:
    """Return US dollars an hour on demand, by region and instance type."""
    file = REFERENCE_DATA / "ec2_on_demand.csv"
    with reading(file):
        return {(row["region"], row["type"]): float(row["usd_per_hour"]) for row in read_rows(file)}


@cache
def _services() -> Mapping[tuple[str, str], float]:
    """Return US dollars for one unit of the first tier, by region and item."""
    file = REFERENCE_DATA / "services.csv"
    with reading(file):
        first = [row for row in read_rows(file) if float(row["tier_from"]) == 0]
        return {(row["region"], row["item"]): float(row["usd"]) / float(row["per"]) for row in first}
