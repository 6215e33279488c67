"""What stands around either shape: firewall, bytes to the internet, logs, alarms, names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.cost.bill.bill_lines import Line, line
from scripts.cost.demand.calendar import HOURS_PER_MONTH
from scripts.cost.rates import data_transfer, waf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices

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
    firewall_notes_all: bool = False
    """Whether every request is noted in CloudWatch Logs, or only what a rule has something against."""
    alarms: int = 0
    """Each counted once for each metric that it looks at."""
    dashboards: int = 0
    hosted_zones: int = 0
    keys: int = 0
    """Customer-managed KMS keys."""
    secrets: int = 0
    nat_gateways: int = 0
    elastic_addresses: int = 0
    """Public addresses that were asked for by themselves, such as a NAT gateway's."""
    interface_endpoints: int = 0
    """Each counted once for each zone that it stands in."""
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
    out = data_transfer.gigabytes(requests * demand.response_bytes)
    item = waf.request_item(around.firewall_units)
    noted = assumptions.firewall_log_bytes * around.firewall_notes_all
    of = prices.tariff
    return [
        line(
            "firewall",
            "fixed",
            waf.standing(prices, rules=around.firewall_rules) * around.web_acls,
            around.web_acls,
            of("waf.acl_month").provenance,
            of("waf.rule_month").provenance,
        ),
        line(
            "inspected requests",
            "marginal",
            waf.inspected(prices, requests, capacity_units=around.firewall_units) * bool(around.web_acls),
            requests,
            of(item).provenance,
        ),
        line(
            "data to the internet",
            "marginal",
            data_transfer.to_internet(prices, out, free_tier=assumptions.free_tier),
            out,
            of("transfer.out_gb").provenance,
            known="assumed",
        ),
        _log_line("firewall logs", requests * noted, prices, assumptions),
        _log_line("logs", requests * log_bytes, prices, assumptions),
        *_standing_lines(around, prices, free_tier=assumptions.free_tier),
    ]


def _log_line(item: str, written: int, prices: RegionPrices, assumptions: Assumptions) -> Line:
    """Bill a month of so many bytes to CloudWatch Logs, and their storage."""
    of, gb = prices.tariff, data_transfer.gigabytes(written)
    kept = gb * assumptions.log_days * 24 / HOURS_PER_MONTH
    return line(
        item,
        "marginal",
        of("logs.ingested_gb").cost(gb) + of("logs.stored_gb_month").cost(kept),
        gb,
        of("logs.ingested_gb").provenance,
        of("logs.stored_gb_month").provenance,
        known="assumed",
    )


def _standing_lines(around: Surroundings, prices: RegionPrices, *, free_tier: bool) -> Iterator[Line]:
    """Bill what costs the same whether or not anybody comes."""
    counts = {
        ("alarms", "alarm.month"): around.alarms - FREE_ALARMS * free_tier,
        ("dashboards", "dashboard.month"): around.dashboards - FREE_DASHBOARDS * free_tier,
        ("hosted zones", "route53.zone_month"): around.hosted_zones,
        ("keys", "kms.key_month"): around.keys,
        ("secrets", "secret.month"): around.secrets,
        ("NAT gateways", "nat.hour"): around.nat_gateways,
        ("elastic addresses", "ipv4.hour"): around.elastic_addresses,
        ("interface endpoints", "endpoint.hour"): around.interface_endpoints,
    }
    for (name, item), counted in counts.items():
        count, tariff = max(0, counted), prices.tariff(item)
        units = count * HOURS_PER_MONTH if item.endswith(".hour") else count
        yield line(name, "fixed", tariff.cost(units), count, tariff.provenance)
