"""Usage that CloudWatch measured, in place of assumptions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scripts.cost.bill.assumptions import ASSUMPTIONS, Assumptions
from scripts.cost.capacity.vcpu_throughput import function_milliseconds
from scripts.cost.output.messages import message

if TYPE_CHECKING:
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.cloudwatch import MeasuredUsage, MeasuredWeek
    from scripts.cost.output.messages import Message


def measured_assumptions(usage: MeasuredUsage, capacity: Capacity) -> Assumptions:
    """Return the assumptions with what was measured.

    What a request takes in the function beyond its computation is independent of the function's memory.
    """
    found = Assumptions()
    if usage.requests_per_connection is not None:
        minimum, maximum = ASSUMPTIONS["requests_per_connection"].limits
        each = min(max(usage.requests_per_connection, minimum), maximum)
        found = replace(found, requests_per_connection=each)
    if usage.function_ms is not None:
        computed = function_milliseconds(capacity, usage.function_architecture, usage.function_memory_mb)
        found = replace(found, function_overhead_ms=max(0.0, usage.function_ms - computed))
    return found


def measured_response_bytes(usage: MeasuredUsage, request_bytes: int) -> int | None:
    """Return the size of a response, which is the rest of the bytes of both; None: unknown."""
    if usage.bytes_per_request is None:
        return None
    return max(1, round(usage.bytes_per_request) - request_bytes)


def week_warnings(week: MeasuredWeek) -> list[Message]:
    """Return the warnings of hours and metrics without data."""
    found: list[Message] = []
    if week.missing_hours:
        found.append(
            message(
                "CloudWatch has no data for {count} hours, the first of them {first} UTC; they count as no "
                "requests.",
                count=len(week.missing_hours),
                first=f"{week.missing_hours[0]:%Y-%m-%d %H:%M}",
            )
        )
    if week.usage.missing:
        found.append(
            message(
                "CloudWatch has no data of {metrics}: assumptions take their place.",
                metrics=", ".join(week.usage.missing),
            )
        )
    return found


def measured_line(usage: MeasuredUsage) -> list[Message]:
    """Return what was measured, as a line above the tables; nothing if nothing was."""
    values = {
        "{value:,.0f} bytes per request and its response": usage.bytes_per_request,
        "{value:,.4g} requests per connection": usage.requests_per_connection,
        "{value:,.4g} capacity units of the load balancer for a million requests per hour": (
            usage.capacity_units_per_request and usage.capacity_units_per_request * 1e6
        ),
        "{value:,.4g} ms per request in the function": usage.function_ms,
    }
    items = tuple(message(text, value=value) for text, value in values.items() if value is not None)
    return [message("Measured by CloudWatch in the last week: {items}.", items=items)] if items else []


def measured_inputs(usage: MeasuredUsage) -> dict[str, object]:
    """Return the same as figures, for JSON."""
    return {
        "bytes_per_request": usage.bytes_per_request,
        "requests_per_connection": usage.requests_per_connection,
        "capacity_unit_hours_per_request": usage.capacity_units_per_request,
        "function_milliseconds": usage.function_ms,
        "metrics_without_data": list(usage.missing),
    }
