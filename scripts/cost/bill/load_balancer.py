"""Monthly cost of a fleet's load balancer: hours, capacity units, public addresses and logs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scripts.cost.bill.bill_lines import BillLine, bill_line
from scripts.cost.demand.calendar import HOURS_PER_MONTH
from scripts.cost.rates import data_transfer
from scripts.cost.rates.lcu import LoadBalancerHour

if TYPE_CHECKING:
    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.fleet_shape import FleetShape
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices

BYTES_PER_GB: Final = 10**9
"""Bytes in a GB of the load balancer's capacity units, as in AWS's own example."""


def load_balancer_lines(
    shape: FleetShape, demand: Demand, prices: RegionPrices, assumptions: Assumptions
) -> list[BillLine]:
    """Compute the lines of the load balancer, which has a public address in each zone.

    Its traffic to another zone is free: https://aws.amazon.com/elasticloadbalancing/pricing/.
    """
    tariff = prices.tariff
    measured = demand.capacity_units_per_request
    units = (
        _mean_hour(shape, demand, assumptions).capacity_units * HOURS_PER_MONTH
        if measured is None
        else Decimal(repr(measured)) * demand.requests_per_month
    ) * bool(shape.load_balancers)
    addresses = (shape.load_balancers - shape.internal_load_balancers) * shape.policy.zones
    return [
        bill_line(
            "load balancer",
            "fixed",
            tariff("alb.hour").cost(shape.load_balancers * HOURS_PER_MONTH),
            shape.load_balancers,
            tariff("alb.hour").provenance,
        ),
        bill_line(
            "load balancer capacity",
            "marginal",
            tariff("alb.lcu_hour").cost(units),
            units,
            tariff("alb.lcu_hour").provenance,
            quantity_basis="assumed" if measured is None else "measured",
        ),
        bill_line(
            "public addresses",
            "fixed",
            tariff("ipv4.hour").cost(addresses * HOURS_PER_MONTH),
            addresses,
            tariff("ipv4.hour").provenance,
        ),
        _log_line(shape, demand, prices, assumptions),
    ]


def _log_line(shape: FleetShape, demand: Demand, prices: RegionPrices, assumptions: Assumptions) -> BillLine:
    """Compute the line of the logs' storage; their delivery is free.

    Source: Elastic Load Balancing user guide, "Access logs for your Application Load Balancer".
    """
    tariff = prices.tariff("s3.gb_month")
    connections = demand.requests_per_month / Decimal(repr(assumptions.requests_per_connection))
    lines = demand.requests_per_month * shape.access_log + connections * shape.connection_log
    months_kept = Decimal(assumptions.log_days) * 24 / HOURS_PER_MONTH
    gb_months = data_transfer.gigabytes(lines * assumptions.balancer_log_bytes) * months_kept
    usd = tariff.cost(gb_months)
    return bill_line(
        "load balancer logs", "marginal", usd, gb_months, tariff.provenance, quantity_basis="assumed"
    )


def _mean_hour(shape: FleetShape, demand: Demand, assumptions: Assumptions) -> LoadBalancerHour:
    """Return the load balancer's mean hour.

    All dimensions are proportional to the requests. Therefore the same one is the largest in every hour, and
    the units of the mean hour are the mean of the hours' units.
    """
    # repr gives all digits of the float; the arithmetic is exact from here on.
    rate = Decimal(repr(demand.mean))
    new = rate / Decimal(repr(assumptions.requests_per_connection))
    return LoadBalancerHour(
        new_connections=new,
        active_connections=new * Decimal(repr(assumptions.connection_seconds)),
        gigabytes=rate * 3_600 * (demand.request_bytes + demand.response_bytes) / BYTES_PER_GB,
        requests=rate,
        rules=shape.rules,
    )
