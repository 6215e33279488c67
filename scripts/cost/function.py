"""What a function behind API Gateway costs in a month."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from scripts.cost.assumptions import HOURS_PER_MONTH
from scripts.cost.bill import Bill, bill, line
from scripts.cost.billing import api_gateway, functions
from scripts.cost.billing.functions import FunctionUse
from scripts.cost.capacity import function_ms, vcpu_share
from scripts.cost.surroundings import Surroundings, surrounding_lines

if TYPE_CHECKING:
    from infra.instance_types import Architecture
    from scripts.cost.assumptions import Assumptions
    from scripts.cost.billing.api_gateway import ApiKind
    from scripts.cost.capacity import Capacity
    from scripts.cost.demand import Demand
    from scripts.cost.prices import RegionPrices


@dataclass(frozen=True, kw_only=True)
class FunctionShape:
    """A function as it is configured."""

    memory_mb: int = 1_769
    architecture: Architecture = "arm64"
    api: ApiKind = "rest"
    provisioned: int = 0
    """Environments that are kept warm around the clock; requests go to them as far as they can."""
    snap_start: bool = False
    """Whether environments start from a snapshot."""
    around: Surroundings = field(default_factory=Surroundings)

    @property
    def name(self) -> str:
        """Like `arm64 1769 MB, REST`."""
        warm = f", {self.provisioned} warm" if self.provisioned else ""
        snap = ", SnapStart" if self.snap_start else ""
        return f"{self.architecture} {self.memory_mb} MB, {self.api.upper()}{warm}{snap}"


def use_in_a_month(
    shape: FunctionShape, demand: Demand, capacity: Capacity, assumptions: Assumptions
) -> FunctionUse:
    """Say what Lambda will bill."""
    request_ms = function_ms(capacity, shape.architecture, shape.memory_mb) + assumptions.function_overhead_ms
    billed = functions.billed_milliseconds(Decimal(repr(request_ms)))
    total = demand.requests_per_month
    warm = _answered_by_the_warm(shape, demand, request_ms)
    cold = Decimal(repr(assumptions.cold_start_percent)) / 100
    start_ms = Decimal(repr(assumptions.cold_start_ms / vcpu_share(shape.memory_mb)))
    return FunctionUse(
        memory_mb=shape.memory_mb,
        architecture=shape.architecture,
        requests=total - warm,
        # A restored environment does not run its initialisation.
        milliseconds=billed if shape.snap_start else billed + cold * start_ms,
        provisioned=shape.provisioned,
        provisioned_seconds=Decimal(HOURS_PER_MONTH * 3_600 if shape.provisioned else 0),
        provisioned_requests=warm,
        provisioned_milliseconds=billed,
        snapshot_seconds=Decimal(HOURS_PER_MONTH * 3_600 if shape.snap_start else 0),
        snapshots_restored=round((total - warm) * cold) if shape.snap_start else 0,
    )


def function_bill(
    shape: FunctionShape, demand: Demand, capacity: Capacity, prices: RegionPrices, assumptions: Assumptions
) -> Bill:
    """Bill a month of a function, its API and what stands around them."""
    use = use_in_a_month(shape, demand, capacity, assumptions)
    total = demand.requests_per_month
    payload = max(demand.request_bytes, demand.response_bytes)
    free = assumptions.free_tier
    of = prices.tariff
    arch = shape.architecture
    api = of(f"apigateway.{shape.api}_request").provenance
    # A web ACL stands in front of a REST API, but not of an HTTP API (AWS WAF developer guide, "Resources").
    around = shape.around if shape.api == "rest" else replace(shape.around, web_acls=0)
    memory_seconds = (
        (use.requests * use.milliseconds + use.provisioned_requests * use.provisioned_milliseconds)
        * use.memory_gb
        / 1_000
    )
    lines = [
        line(
            "API calls",
            "marginal",
            api_gateway.calls(prices, shape.api, total, payload_bytes=payload),
            api_gateway.metered(shape.api, total, payload_bytes=payload),
            api,
        ),
        line(
            "function requests",
            "marginal",
            functions.requests(prices, use, free_tier=free),
            total,
            of("lambda.request").provenance,
        ),
        line(
            "function duration",
            "marginal",
            functions.duration(prices, use, free_tier=free),
            memory_seconds,
            of(f"lambda.gb_second.{arch}").provenance,
            known="assumed",
        ),
        line(
            "provisioned concurrency",
            "fixed",
            functions.provisioned(prices, use),
            shape.provisioned,
            of(f"lambda.provisioned_gb_second.{arch}").provenance,
        ),
        line(
            "SnapStart",
            "fixed",
            functions.snapshots(prices, use),
            use.snapshots_restored,
            of("lambda.snapstart_cache_gb_second").provenance,
            of("lambda.snapstart_restore_gb").provenance,
            known="assumed",
        ),
        *surrounding_lines(around, demand, prices, assumptions, log_bytes=assumptions.function_log_bytes),
    ]
    return bill(lines, total)


def _answered_by_the_warm(shape: FunctionShape, demand: Demand, request_ms: float) -> int:
    """Count a month's requests that provisioned environments can take, each one request at a time."""
    most = shape.provisioned * 1_000 / request_ms
    weekly = sum(min(rate, most) for rate in demand.rates) * 3_600
    return min(demand.requests_per_month, round(weekly * HOURS_PER_MONTH / len(demand.rates)))
