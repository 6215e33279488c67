"""CloudWatch metric math for the current cost per hour, at the list prices of the reference data."""

from __future__ import annotations

from typing import Final

from infra.reference_data.prices import (
    FALLBACK_REGION,
    has_instance_price,
    has_service_prices,
    instance_price,
    service_price,
)

FLEET_ITEMS: Final = ("alb.hour", "alb.lcu_hour", "waf.request.1500")
FUNCTION_ITEMS: Final = ("lambda.request", "apigateway.rest_request", "waf.request.1500")
"""Priced items of the formulas, as well as instances and the function's GB-seconds."""

MINUTES: Final = 60
MILLISECONDS: Final = 1_000
MB: Final = 1_024


def fleet_formula(region: str, instance_type: str) -> str:
    """Return the formula of US dollars per hour, from `instances`, `lcus`, and `requests` per minute.

    Without requests, CloudWatch has no data point, and a sum with a missing term has no value; hence FILL.
    All instances count as on-demand instances. Volumes, IP addresses and data transfer are excluded.
    """
    parts = [
        # A group reports its instances every minute; a gap is a lost data point, not 0 instances.
        f"FILL(instances, REPEAT) * {_format_price(instance_price(region, instance_type))}",
        f"{_format_price(service_price(region, 'alb.hour'))}",
        f"FILL(lcus, 0) * {_format_price(service_price(region, 'alb.lcu_hour'))}",
        f"FILL(requests, 0) * {MINUTES} * {_format_price(service_price(region, 'waf.request.1500'))}",
    ]
    return " + ".join(parts)


def function_formula(region: str, architecture: str, memory_mb: int) -> str:
    """Return the formula of US dollars per hour, from `invocations`, `requests`, `milliseconds` a minute."""
    gb_second = service_price(region, f"lambda.gb_second.{architecture}")
    per_request = service_price(region, "apigateway.rest_request") + service_price(region, "waf.request.1500")
    parts = [
        f"FILL(milliseconds, 0) * {MINUTES} * {_format_price(gb_second * memory_mb / MB / MILLISECONDS)}",
        f"FILL(invocations, 0) * {MINUTES} * {_format_price(service_price(region, 'lambda.request'))}",
        f"FILL(requests, 0) * {MINUTES} * {_format_price(per_request)}",
    ]
    return " + ".join(parts)


def fleet_label(region: str, instance_type: str) -> str:
    """Return the label of the fleet's formula, with the Region of its prices."""
    is_complete = has_instance_price(region, instance_type) and has_service_prices(region, FLEET_ITEMS)
    return _label(region, is_complete=is_complete)


def function_label(region: str, architecture: str) -> str:
    """Return the label of the function's formula, with the Region of its prices."""
    items = (f"lambda.gb_second.{architecture}", *FUNCTION_ITEMS)
    return _label(region, is_complete=has_service_prices(region, items))


def _label(region: str, *, is_complete: bool) -> str:
    suffix = "" if is_complete else f", partly at the prices of {FALLBACK_REGION}"
    return f"USD per hour in {region}{suffix}"


def _format_price(price: float) -> str:
    """Return a price without an exponent, which CloudWatch does not support."""
    return f"{price:.15f}".rstrip("0").rstrip(".")
