"""Lines above every answer: the demand, the capacity, the prices and what is included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.cost.demand.measured_usage import measured_inputs, measured_line
from scripts.cost.output.messages import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.comparison.scenario import Scenario
    from scripts.cost.output.messages import Message, Value
    from scripts.cost.prices.tariff import Provenance


def preamble(
    scenario: Scenario, region: str, bills: Sequence[Bill], sides: Sequence[Bill] = ()
) -> list[Message]:
    """Return the lines.

    Args:
        scenario: demand, capacity, and what both sides leave out.
        region: name of the region or regions.
        bills: all bills that the answer rests on.
        sides: a bill of the fleet and one of the function, if the answer compares the two.
    """
    return [
        _demand(scenario),
        *(measured_line(scenario.measured) if scenario.measured else ()),
        _capacity(scenario),
        _prices(region, [price for bill in bills for price in bill.provenances]),
        _included_in_sides(scenario, *sides) if sides else _included(bills),
    ]


def inputs(scenario: Scenario, region: str) -> dict[str, object]:
    """Return the same as figures, for JSON."""
    demand, capacity = scenario.demand, scenario.capacity
    return {
        "region": region,
        "mean_requests_per_second": demand.mean,
        "peak_requests_per_second": demand.peak,
        "requests_per_month": demand.requests_per_month,
        "request_bytes": demand.request_bytes,
        "response_bytes": demand.response_bytes,
        "requests_per_second_per_vcpu": capacity.requests_per_second_per_vcpu,
        "requests_per_second_per_vcpu_low": capacity.lowest,
        "requests_per_second_per_vcpu_high": capacity.highest,
        "microseconds_per_kilobyte": capacity.seconds_per_byte * 1e9,
        "capacity_basis": capacity.basis,
        "capacity_machine": capacity.machine,
        "capacity_measured_on": capacity.measured_on,
        "capacity_commit": capacity.commit,
        "free_tier": scenario.assumptions.free_tier,
        **({"measured": measured_inputs(scenario.measured)} if scenario.measured else {}),
    }


def _demand(scenario: Scenario) -> Message:
    demand = scenario.demand
    return message(
        "Demand: {mean:,.6g} requests per second on average, {peak:,.6g} at the peak; {sent:,} bytes per "
        "request and {received:,} per response.",
        mean=demand.mean,
        peak=demand.peak,
        sent=demand.request_bytes,
        received=demand.response_bytes,
    )


def _capacity(scenario: Scenario) -> Message:
    capacity = scenario.capacity
    measured: dict[str, Value] = {
        "each": capacity.requests_per_second_per_vcpu,
        "basis": capacity.basis,
        "machine": capacity.machine,
        "date": capacity.measured_on.isoformat(),
        "commit": capacity.commit,
    }
    if not capacity.has_range:
        return message(
            "Capacity: {each:,.0f} requests per second and vCPU, {basis} on {machine} ({date}, {commit}).",
            **measured,
        )
    return message(
        "Capacity: {each:,.0f} requests per second and vCPU, from {low:,.0f} in the worst case to "
        "{high:,.0f} in the best, {basis} on {machine} ({date}, {commit}).",
        low=capacity.lowest,
        high=capacity.highest,
        **measured,
    )


def _prices(region: str, used: Sequence[Provenance]) -> Message:
    dates = sorted(it.as_of for it in used if it.as_of)
    if not dates:
        return message("Prices: {region}.", region=region)
    return message(
        "Prices: {region}, as of {first} to {last}.",
        region=region,
        first=dates[0].isoformat(),
        last=dates[-1].isoformat(),
    )


def _included(bills: Sequence[Bill]) -> Message:
    items = dict.fromkeys(line.item for bill in bills for line in bill.lines)
    return message(
        "Included: {items}. Not included: taxes, AWS Support, and what is named as not priced.",
        items=tuple(message(item) for item in items),
    )


def _included_in_sides(scenario: Scenario, fleet: Bill, function: Bill) -> Message:
    """Return what the bills of both sides include, and what only one of them does."""
    billed = {line.item: None for line in fleet.lines}
    of_function = {line.item: None for line in function.lines}
    left_out = {
        "firewall": not scenario.shape.shared.web_acls,
        "access logs": not scenario.shape.access_log,
    }
    excluded = tuple(message(item) for item, is_left_out in left_out.items() if is_left_out)
    return message(
        "Included in both: {both}; in the fleet also: {fleet}; in the function also: {function}. Not "
        "included: {excluded}taxes, AWS Support, and what is named as not priced.",
        both=tuple(message(item) for item in billed if item in of_function) or "-",
        fleet=tuple(message(item) for item in billed if item not in of_function) or "-",
        function=tuple(message(item) for item in of_function if item not in billed) or "-",
        excluded=message("{items}, ", items=excluded) if excluded else "",
    )
