"""What the load balancer in front of a fleet costs in a month: itself, its capacity, addresses and logs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scripts.cost.bill.bill_lines import Line, line
from scripts.cost.demand.calendar import HOURS_PER_MONTH
from scripts.cost.rates import data_transfer
from scripts.cost.rates.lcu import HourOfBalancing

if TYPE_CHECKING:
    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices

BYTES_PER_GB: Final = 10**9
"""The load balancer's capacity units count GB of this size (AWS's own example does)."""


def balancer_lines(
    shape: FleetShape, demand: Demand, prices: RegionPrices, assumptions: Assumptions
) -> list[Line]:
    """Bill the load balancer; it takes a public address in each zone.

    What it sends to another zone is free: https://aws.amazon.com/elasticloadbalancing/pricing/.
    """
    of = prices.tariff
    units = _mean_hour(shape, demand, assumptions).capacity_units * HOURS_PER_MONTH
    addresses = shape.balancers * shape.policy.zones
    return [
        line(
            "load balancer",
            "fixed",
            of("alb.hour").cost(shape.balancers * HOURS_PER_MONTH),
            shape.balancers,
            of("alb.hour").provenance,
        ),
        line(
            "load balancer capacity",
            "marginal",
            of("alb.lcu_hour").cost(units),
            units,
            of("alb.lcu_hour").provenance,
            known="assumed",
        ),
        line(
            "public addresses",
            "fixed",
            of("ipv4.hour").cost(addresses * HOURS_PER_MONTH),
            addresses,
            of("ipv4.hour").provenance,
        ),
        _log_line(shape, demand, prices, assumptions),
    ]


def _log_line(shape: FleetShape, demand: Demand, prices: RegionPrices, assumptions: Assumptions) -> Line:
    """Bill the storage of the load balancer's logs; bringing them there is free.

    Source: Elastic Load Balancing user guide, "Access logs for your Application Load Balancer".
    """
    tariff = prices.tariff("s3.gb_month")
    connections = demand.requests_per_month / Decimal(repr(assumptions.requests_per_connection))
    lines = demand.requests_per_month * shape.access_log + connections * shape.connection_log
    months_kept = Decimal(assumptions.log_days) * 24 / HOURS_PER_MONTH
    gb_months = data_transfer.gigabytes(lines * assumptions.balancer_log_bytes) * months_kept
    usd = tariff.cost(gb_months)
    return line("load balancer logs", "marginal", usd, gb_months, tariff.provenance, known="assumed")


def _mean_hour(shape: FleetShape, demand: Demand, assumptions: Assumptions) -> HourOfBalancing:
    """Say what the load balancer does on average.

    All dimensions grow with the requests, so the same one is the largest in every hour, and the units of the
    mean hour are the mean of the hours' units.
    """
    # Seventeen digits are all that a measurement has; from here on the arithmetic is exact.
    rate = Decimal(repr(demand.mean))
    new = rate / Decimal(repr(assumptions.requests_per_connection))
    return HourOfBalancing(
        new_connections=new,
        active_connections=new * Decimal(repr(assumptions.connection_seconds)),
        gigabytes=rate * 3_600 * (demand.request_bytes + demand.response_bytes) / BYTES_PER_GB,
        requests=rate,
        rules=shape.rules,
    )
