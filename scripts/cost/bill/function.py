"""What a function behind API Gateway costs in a month."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from scripts.cost.bill.bill_lines import Bill, bill, line
from scripts.cost.bill.shared_services import Surroundings, surrounding_lines
from scripts.cost.capacity.vcpu_throughput import function_ms, vcpu_share
from scripts.cost.demand.calendar import HOURS_PER_MONTH, HOURS_PER_WEEK
from scripts.cost.rates import api_gateway, lambda_, xray
from scripts.cost.rates.lambda_ import FunctionUse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.reference_data.instance_types import Architecture
    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices
    from scripts.cost.rates.api_gateway import ApiKind


@dataclass(frozen=True, kw_only=True)
class FunctionShape:
    """A function as it is configured."""

    memory_mb: int = 1_769
    architecture: Architecture = "arm64"
    api: ApiKind = "rest"
    provisioned: int = 0
    """Environments that are kept warm around the clock; requests go to them as far as they can."""
    provisioned_most: int | None = None
    """As many as that are kept warm where the demand asks for them; None: never more than `provisioned`."""
    provisioned_target: float = 0.7
    """Share of the warm environments that is to be at work, where their number follows the demand."""
    snap_start: bool = False
    """Whether environments start from a snapshot."""
    access_log: bool = True
    """Whether a REST API writes a line for each request."""
    traced: bool = False
    """Whether X-Ray traces requests, by its default rule."""
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
    billed = lambda_.billed_milliseconds(Decimal(repr(request_ms)))
    total = demand.requests_per_month
    kept = _kept_warm(shape, demand, request_ms)
    warm = _answered_by_the_warm(kept, demand, request_ms)
    cold = Decimal(repr(assumptions.cold_start_percent)) / 100
    start_ms = Decimal(repr(assumptions.cold_start_ms / vcpu_share(shape.memory_mb)))
    return FunctionUse(
        memory_mb=shape.memory_mb,
        architecture=shape.architecture,
        requests=total - warm,
        # A restored environment does not run its initialisation.
        milliseconds=billed if shape.snap_start else billed + cold * start_ms,
        # One environment for as long as all of them together: what is paid for is their sum.
        provisioned=1 if shape.provisioned else 0,
        provisioned_seconds=Decimal(_in_a_month(kept)),
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
    log_bytes = assumptions.function_log_bytes
    if shape.access_log and shape.api == "rest":
        log_bytes += assumptions.api_log_bytes
    traces = _traces_in_a_month(demand) if shape.traced else 0
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
            lambda_.requests(prices, use, free_tier=free),
            total,
            of("lambda.request").provenance,
        ),
        line(
            "function duration",
            "marginal",
            lambda_.duration(prices, use, free_tier=free),
            memory_seconds,
            of(f"lambda.gb_second.{arch}").provenance,
            known="assumed",
        ),
        line(
            "provisioned concurrency",
            "fixed",
            lambda_.provisioned(prices, use),
            use.provisioned_seconds / (HOURS_PER_MONTH * 3_600),
            of(f"lambda.provisioned_gb_second.{arch}").provenance,
        ),
        line(
            "SnapStart",
            "fixed",
            lambda_.snapshots(prices, use),
            use.snapshots_restored,
            of("lambda.snapstart_cache_gb_second").provenance,
            of("lambda.snapstart_restore_gb").provenance,
            known="assumed",
        ),
        line(
            "traces",
            "marginal",
            xray.recorded(prices, traces, free_tier=free),
            traces,
            of("xray.trace").provenance,
            known="assumed",
        ),
        *surrounding_lines(around, demand, prices, assumptions, log_bytes=log_bytes),
    ]
    return bill(lines, total)


def _kept_warm(shape: FunctionShape, demand: Demand, request_ms: float) -> list[int]:
    """Say how many environments are kept warm in each hour."""
    most = max(shape.provisioned, shape.provisioned_most or 0) if shape.provisioned else 0
    at_work = (rate * request_ms / 1_000 / shape.provisioned_target for rate in demand.rates)
    return [min(max(math.ceil(it), shape.provisioned), most) for it in at_work]


def _answered_by_the_warm(kept: list[int], demand: Demand, request_ms: float) -> int:
    """Count a month's requests that warm environments can take, each one request at a time."""
    taken = (min(rate, count * 1_000 / request_ms) for rate, count in zip(demand.rates, kept, strict=True))
    return min(demand.requests_per_month, _in_a_month(taken))


def _traces_in_a_month(demand: Demand) -> int:
    return min(demand.requests_per_month, _in_a_month(xray.traced(rate) for rate in demand.rates))


def _in_a_month(rates: Iterable[float]) -> int:
    """Count what happens so often a second in each hour of a week."""
    return round(sum(rates) * 3_600 * HOURS_PER_MONTH / HOURS_PER_WEEK)
