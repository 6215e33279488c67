"""What stands around either shape: firewall, bytes to the internet, logs, alarms, names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scripts.cost.assumptions import HOURS_PER_MONTH
from scripts.cost.bill import Line, line
from scripts.cost.billing import firewall, network

if TYPE_CHECKING:
    from scripts.cost.assumptions import Assumptions
    from scripts.cost.demand import Demand
    from scripts.cost.prices import RegionPrices

FREE_ALARMS: Final = 10
FREE_DASHBOARDS: Final = 3
"""A month and account, for ever, as are the alarms (https://aws.amazon.com/cloudwatch/pricing/)."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What exists beside what answers."""

    web_acls: int = 1
    firewall_rules: int = 4
    """Of a web ACL: own rules and managed rule groups."""
    firewall_units: int = 927
    """Capacity units of a web ACL: 2 for a rate limit, and 25, 200 and 700 for the three managed groups."""
    alarms: int = 0
    dashboards: int = 0
    hosted_zones: int = 0
    keys: int = 0
    """Customer-managed KMS keys."""
    nat_gateways: int = 0
    nat_gb: Decimal = Decimal(0)
    """GB a month that pass through them."""
    zones: int = 2


def surrounding_lines(
    around: Surroundings,
    demand: Demand,
    prices: RegionPrices,
    assumptions: Assumptions,
    *,
    log_bytes: int = 0,
) -> list[Line]:
    """Bill a month of it; `log_bytes` are written for each request."""
    requests = demand.requests_per_month
    out = network.gigabytes(requests * demand.response_bytes)
    logged = network.gigabytes(requests * log_bytes)
    kept = logged * assumptions.log_days * 24 / HOURS_PER_MONTH
    item = firewall.request_item(around.firewall_units)
    free = assumptions.free_tier
    alarms = max(0, around.alarms - (FREE_ALARMS if free else 0))
    dashboards = max(0, around.dashboards - (FREE_DASHBOARDS if free else 0))
    of = prices.tariff
    return [
        line(
            "firewall",
            "fixed",
            firewall.standing(prices, rules=around.firewall_rules) * around.web_acls,
            around.web_acls,
            of("waf.acl_month").provenance,
            of("waf.rule_month").provenance,
        ),
        line(
            "inspected requests",
            "marginal",
            firewall.inspected(prices, requests, capacity_units=around.firewall_units)
            * bool(around.web_acls),
            requests,
            of(item).provenance,
        ),
        line(
            "data to the internet",
            "marginal",
            network.to_internet(prices, out, free_tier=free),
            out,
            of("transfer.out_gb").provenance,
            known="assumed",
        ),
        line(
            "NAT gateways",
            "fixed",
            of("nat.hour").cost(around.nat_gateways * HOURS_PER_MONTH),
            around.nat_gateways,
            of("nat.hour").provenance,
        ),
        line(
            "data through NAT",
            "marginal",
            network.through_nat(prices, around.nat_gb, gateways=around.nat_gateways, zones=around.zones),
            around.nat_gb,
            of("nat.gb").provenance,
            of("transfer.cross_zone_gb").provenance,
        ),
        line(
            "logs",
            "marginal",
            of("logs.ingested_gb").cost(logged) + of("logs.stored_gb_month").cost(kept),
            logged,
            of("logs.ingested_gb").provenance,
            of("logs.stored_gb_month").provenance,
            known="assumed",
        ),
        line("alarms", "fixed", of("alarm.month").cost(alarms), alarms, of("alarm.month").provenance),
        line(
            "dashboards",
            "fixed",
            of("dashboard.month").cost(dashboards),
            dashboards,
            of("dashboard.month").provenance,
        ),
        line(
            "hosted zones",
            "fixed",
            of("route53.zone_month").cost(around.hosted_zones),
            around.hosted_zones,
            of("route53.zone_month").provenance,
        ),
        line(
            "keys",
            "fixed",
            of("kms.key_month").cost(around.keys),
            around.keys,
            of("kms.key_month").provenance,
        ),
    ]
