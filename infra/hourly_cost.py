"""What an hour costs as it is: formulas for a chart, with the list prices that the cost study keeps."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from infra.facts import COST_DATA, read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_REGION: Final = "us-east-1"
"""Whose prices stand in for those that nobody has looked up."""

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


def _figure(price: float) -> str:
    """Write a price as CloudWatch reads numbers: without an exponent."""
    return f"{price:.15f}".rstrip("0").rstrip(".")


def _instance(region: str, instance_type: str) -> float:
    prices = _instances()
    return prices.get((region, instance_type)) or prices.get((FIRST_REGION, instance_type), 0.0)


def _service(item: str, region: str) -> float:
    prices = _services()
    return prices.get((item, region)) or prices.get((item, FIRST_REGION), 0.0)


@cache
def _instances() -> Mapping[tuple[str, str], float]:
    return {(row["region"], row["type"]): float(row["usd_per_hour"]) for row in _rows("ec2_on_demand.csv")}


@cache
def _services() -> Mapping[tuple[str, str], float]:
    """Prices of one unit, of the first tier."""
    first = [row for row in _rows("services.csv") if float(row["tier_from"]) == 0]
    return {(row["item"], row["region"]): float(row["usd"]) / float(row["per"]) for row in first}


def _rows(name: str) -> list[dict[str, str]]:
    try:
        return read_rows(COST_DATA / name)
    except FileNotFoundError:
        # A chart that shows nothing keeps nobody from deploying.
        return []
