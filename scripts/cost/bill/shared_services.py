"""Monthly cost of the services that fleet and function share: WAF, data transfer, logs, alarms, DNS."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scripts.cost.bill.bill_lines import BillLine, bill_line
from scripts.cost.demand.calendar import HOURS_PER_MONTH
from scripts.cost.rates import data_transfer, waf
from scripts.cost.rates.logs import FREE_GB, INGESTED, STORED, VENDED, LogVolume, log_cost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices

FREE_ALARMS: Final = 10
"""Always-free alarms per month and account (https://aws.amazon.com/cloudwatch/pricing/)."""

FREE_DASHBOARDS: Final = 3
"""Always-free dashboards per month and account; source as above."""


BILLED_ROTATIONS: Final = 2
"""Rotations of a key that are billed like a further key each, from one and two years on; later ones are free
(https://aws.amazon.com/kms/pricing/)."""


@dataclass(frozen=True, kw_only=True)
class SharedServices:
    """Numbers of the resources around a fleet or a function."""

    web_acls: int = 1
    firewall_rules: int = 6
    """Rules of a web ACL: two rate limits, three managed groups, and the limit of bodies outside batches."""
    firewall_units: int = 961
    """Capacity units (WCU) of a web ACL: 2 and 16 for the rate limits, 25, 200 and 700 for the managed
    groups, and 18 for the limit of bodies."""
    firewall_logs_all: bool = False
    """True if CloudWatch Logs receives every request, or only those that a rule matches."""
    alarms: int = 0
    """Alarms, each counted once per metric that it evaluates."""
    dashboards: int = 0
    hosted_zones: int = 0
    keys: int = 0
    """Customer-managed KMS keys."""
    rotated_keys: int = 0
    """Those of them that are rotated automatically."""
    secrets: int = 0
    nat_gateways: int = 0
    elastic_addresses: int = 0
    """Elastic IP addresses, such as a NAT gateway's."""
    interface_endpoints: int = 0
    """Interface endpoints, each counted once per zone."""
    zones: int = 2


def shared_service_lines(
    shared: SharedServices,
    demand: Demand,
    prices: RegionPrices,
    assumptions: Assumptions,
    *,
    served: Demand | None = None,
    function_log_bytes: int = 0,
    api_log_bytes: int = 0,
) -> list[BillLine]:
    """Compute the lines of the shared services.

    The firewall inspects all requests; those in `served` are answered (None: all). Each of these writes
    `function_log_bytes` through Lambda, and `api_log_bytes` through an API, to CloudWatch.
    """
    requests = demand.requests_per_month
    answered = (served or demand).requests_per_month
    outbound_gb = data_transfer.gigabytes(answered * demand.response_bytes)
    item = waf.request_item(shared.firewall_units)
    firewall_log_bytes = assumptions.firewall_log_bytes * shared.firewall_logs_all
    own_logs = [
        _log_volume(VENDED, answered * function_log_bytes),
        _log_volume(INGESTED, answered * api_log_bytes),
    ]
    firewall_logs = [_log_volume(VENDED, requests * firewall_log_bytes)]
    free_gb = Decimal(FREE_GB * assumptions.free_tier)
    left = max(Decimal(0), free_gb - sum((it.gb for it in own_logs), Decimal(0)))
    tariff = prices.tariff
    return [
        bill_line(
            "firewall",
            "fixed",
            waf.monthly_fee(prices, rules=shared.firewall_rules) * shared.web_acls,
            shared.web_acls,
            tariff("waf.acl_month").provenance,
            tariff("waf.rule_month").provenance,
        ),
        bill_line(
            "inspected requests",
            "marginal",
            waf.inspection_cost(prices, requests, capacity_units=shared.firewall_units)
            * bool(shared.web_acls),
            requests,
            tariff(item).provenance,
        ),
        bill_line(
            "data to the internet",
            "marginal",
            data_transfer.internet_cost(prices, outbound_gb, free_tier=assumptions.free_tier),
            outbound_gb,
            tariff("transfer.out_gb").provenance,
            quantity_basis="assumed",
        ),
        _log_line("firewall logs", firewall_logs, prices, assumptions, free_gb=left),
        _log_line("logs", own_logs, prices, assumptions, free_gb=free_gb),
        *_resource_lines(shared, prices, free_tier=assumptions.free_tier),
    ]


def _log_volume(item: str, written: int) -> LogVolume:
    return LogVolume(item=item, gb=data_transfer.gigabytes(written))


def _log_line(
    name: str, volumes: list[LogVolume], prices: RegionPrices, assumptions: Assumptions, *, free_gb: Decimal
) -> BillLine:
    """Compute the line of ingestion and storage of a month's logs in CloudWatch Logs."""
    used = [it for it in volumes if it.gb]
    return bill_line(
        name,
        "marginal",
        log_cost(prices, used, days=assumptions.log_days, free_gb=free_gb),
        sum((it.gb for it in used), Decimal(0)),
        *(prices.tariff(item).provenance for item in dict.fromkeys([*(it.item for it in used), STORED])),
        quantity_basis="assumed",
    )


def _resource_lines(shared: SharedServices, prices: RegionPrices, *, free_tier: bool) -> Iterator[BillLine]:
    """Compute the lines of resources, of those that there are, that cost the same without traffic."""
    counts = {
        ("alarms", "alarm.month"): shared.alarms - FREE_ALARMS * free_tier,
        ("dashboards", "dashboard.month"): shared.dashboards - FREE_DASHBOARDS * free_tier,
        ("hosted zones", "route53.zone_month"): shared.hosted_zones,
        ("keys", "kms.key_month"): shared.keys,
        ("key rotation", "kms.key_month"): shared.rotated_keys * BILLED_ROTATIONS,
        ("secrets", "secret.month"): shared.secrets,
        ("NAT gateways", "nat.hour"): shared.nat_gateways,
        ("elastic addresses", "ipv4.hour"): shared.elastic_addresses,
        ("interface endpoints", "endpoint.hour"): shared.interface_endpoints,
    }
    for (name, item), counted in counts.items():
        if counted <= 0:
            continue
        count, tariff = counted, prices.tariff(item)
        units = count * HOURS_PER_MONTH if item.endswith(".hour") else count
        # Rotations begin after a year; the bill is that of a key whose billed rotations have happened.
        basis = "assumed" if name == "key rotation" else "listed"
        yield bill_line(name, "fixed", tariff.cost(units), count, tariff.provenance, quantity_basis=basis)
