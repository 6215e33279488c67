"""Monthly bill of a Lambda function behind API Gateway."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from scripts.cost.bill.bill_lines import Bill, bill, bill_line
from scripts.cost.bill.caching import cached
from scripts.cost.bill.savings_plan import plan_cost
from scripts.cost.bill.shared_services import SharedServices, shared_service_lines
from scripts.cost.capacity.vcpu_throughput import function_milliseconds, vcpu_share
from scripts.cost.demand.calendar import HOURS_PER_MONTH, HOURS_PER_WEEK
from scripts.cost.rates import api_gateway, lambda_, xray
from scripts.cost.rates.lambda_ import FunctionUsage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.reference_data.instance_types import Architecture
    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.capacity.vcpu_throughput import Capacity
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.commitments import Commitment
    from scripts.cost.prices.snapshot import RegionPrices
    from scripts.cost.rates.api_gateway import ApiKind


@dataclass(frozen=True, kw_only=True)
class FunctionShape:
    """Configuration of a function."""

    memory_mb: int = 1_769
    architecture: Architecture = "arm64"
    api: ApiKind = "rest"
    has_api: bool = True
    """True if requests arrive through the API; False: by calls of the function, such as those of its URL."""
    provisioned: int = 0
    """Minimum provisioned concurrency, around the clock; these environments handle requests first."""
    maximum_provisioned: int | None = None
    """Maximum provisioned concurrency, if it follows the demand; None: always `provisioned`."""
    provisioned_utilisation: float = 0.7
    """Target utilisation of provisioned concurrency that follows the demand."""
    snap_start: bool = False
    """True if environments start from a snapshot (SnapStart)."""
    throttle_per_second: float | None = None
    """Requests per second that the API accepts; it answers more with 429. None: the account's limit."""
    reserved_concurrency: int | None = None
    """Maximum concurrent requests of the function; None: the account's limit."""
    access_log: bool = True
    """True if the API logs each request."""
    traced: bool = False
    """True if X-Ray traces requests, with its default sampling rule."""
    commitment: Commitment = "none"
    """Term of a Compute Savings Plan for the duration, and its payment."""
    shared: SharedServices = field(default_factory=SharedServices)

    @property
    def name(self) -> str:
        """Like `arm64 1769 MB, REST`."""
        warm_requests = f", {self.provisioned} warm" if self.provisioned else ""
        snap = ", SnapStart" if self.snap_start else ""
        return f"{self.architecture} {self.memory_mb} MB, {self.api.upper()}{warm_requests}{snap}"


def monthly_usage(
    shape: FunctionShape, demand: Demand, capacity: Capacity, assumptions: Assumptions
) -> FunctionUsage:
    """Compute the usage that Lambda bills."""
    request_ms = _request_ms(shape, capacity, assumptions)
    billed = lambda_.billed_milliseconds(Decimal(repr(request_ms)))
    total = demand.requests_per_month
    warm_by_hour = _warm_by_hour(shape, demand, request_ms)
    warm_requests = _requests_of_warm(warm_by_hour, demand, request_ms) if shape.provisioned else 0
    cold_start_share = Decimal(repr(assumptions.cold_start_percent)) / 100
    start_ms = Decimal(repr(assumptions.cold_start_ms / vcpu_share(shape.memory_mb)))
    return FunctionUsage(
        memory_mb=shape.memory_mb,
        architecture=shape.architecture,
        requests=total - warm_requests,
        # A restored environment skips its initialisation.
        milliseconds=billed if shape.snap_start else billed + cold_start_share * start_ms,
        # One environment for the summed time of all of them, since their sum is billed.
        provisioned=1 if shape.provisioned else 0,
        provisioned_seconds=Decimal(_per_month(warm_by_hour)),
        provisioned_requests=warm_requests,
        provisioned_milliseconds=billed,
        snapshot_seconds=Decimal(HOURS_PER_MONTH * 3_600 if shape.snap_start else 0),
        snapshots_restored=round((total - warm_requests) * cold_start_share) if shape.snap_start else 0,
    )


@cached
def function_bill(
    shape: FunctionShape, demand: Demand, capacity: Capacity, prices: RegionPrices, assumptions: Assumptions
) -> Bill:
    """Compute the bill of a function, its API and the shared services.

    The firewall inspects every request. The API bills those that it accepts, and the function those that it
    starts: throttled requests are free (Amazon API Gateway FAQs, "Billing"; AWS Lambda pricing).
    """
    capacity = capacity.with_payload(demand.request_bytes, demand.response_bytes)
    accepted = demand.at_most(shape.throttle_per_second)
    served = accepted.at_most(_maximum_rate(shape, capacity, assumptions))
    usage = monthly_usage(shape, served, capacity, assumptions)
    calls, total = accepted.requests_per_month, served.requests_per_month
    payload = max(demand.request_bytes, demand.response_bytes)
    # The free tier excludes functions with provisioned concurrency (AWS Lambda pricing, "Provisioned
    # Concurrency pricing"). AWS's example, which deducts it, provisions for some hours of the month only.
    free = assumptions.free_tier and not shape.provisioned
    tariff = prices.tariff
    arch = shape.architecture
    api = tariff(f"apigateway.{shape.api}_request").provenance
    # A web ACL protects a REST API, but not an HTTP API (AWS WAF developer guide, "Resources").
    shared = shape.shared if shape.api == "rest" else replace(shape.shared, web_acls=0)
    traces = _monthly_traces(served) if shape.traced else 0
    memory_seconds = (
        (usage.requests * usage.milliseconds + usage.provisioned_requests * usage.provisioned_milliseconds)
        * usage.memory_gb
        / 1_000
    )
    plan = plan_cost(
        prices,
        shape.commitment,
        arch,
        _gb_seconds_by_hour(shape, served, usage, capacity, assumptions),
        free_gb_seconds=lambda_.FREE_GB_SECONDS * free,
    )
    lines = [
        bill_line(
            "API calls",
            "marginal",
            api_gateway.call_cost(prices, shape.api, calls * shape.has_api, payload_bytes=payload),
            api_gateway.metered(shape.api, calls, payload_bytes=payload),
            api,
        ),
        bill_line(
            "function requests",
            "marginal",
            lambda_.requests(prices, usage, free_tier=free),
            total,
            tariff("lambda.request").provenance,
        ),
        bill_line(
            "function duration",
            "marginal",
            lambda_.duration(prices, usage, free_tier=free, covered_gb_seconds=plan.covered_gb_seconds),
            memory_seconds - plan.covered_gb_seconds,
            tariff(f"lambda.gb_second.{arch}").provenance,
            quantity_basis="assumed",
        ),
        bill_line(
            "Savings Plan",
            "fixed",
            plan.usd,
            plan.committed_gb_seconds,
            *plan.provenances,
            quantity_basis="assumed",
        ),
        bill_line(
            "provisioned concurrency",
            "fixed",
            lambda_.provisioned(prices, usage),
            usage.provisioned_seconds / (HOURS_PER_MONTH * 3_600),
            tariff(f"lambda.provisioned_gb_second.{arch}").provenance,
        ),
        bill_line(
            "SnapStart",
            "fixed",
            lambda_.snapshots(prices, usage),
            usage.snapshots_restored,
            tariff("lambda.snapstart_cache_gb_second").provenance,
            tariff("lambda.snapstart_restore_gb").provenance,
            quantity_basis="assumed",
        ),
        bill_line(
            "traces",
            "marginal",
            xray.trace_cost(prices, traces, free_tier=assumptions.free_tier),
            traces,
            tariff("xray.trace").provenance,
            quantity_basis="assumed",
        ),
        *shared_service_lines(
            shared,
            demand,
            prices,
            assumptions,
            served=served,
            function_log_bytes=assumptions.function_log_bytes,
            api_log_bytes=assumptions.api_log_bytes * (shape.access_log and shape.has_api),
        ),
    ]
    return bill(lines, total, refused=demand.requests_per_month - total, upfront_usd=plan.upfront_usd)


def _gb_seconds_by_hour(
    shape: FunctionShape, served: Demand, usage: FunctionUsage, capacity: Capacity, assumptions: Assumptions
) -> list[Decimal]:
    """Return the GB-seconds on demand in each hour of the week, which only a plan needs."""
    if shape.commitment == "none":
        return []
    request_ms = _request_ms(shape, capacity, assumptions)
    warm = _warm_by_hour(shape, served, request_ms)
    return [
        Decimal(repr(max(0.0, rate - count * 1_000 / request_ms)))
        * 3_600
        * usage.milliseconds
        / 1_000
        * usage.memory_gb
        for rate, count in zip(served.rates, warm, strict=True)
    ]


def _maximum_rate(shape: FunctionShape, capacity: Capacity, assumptions: Assumptions) -> float | None:
    """Return the requests per second that the reserved concurrency allows, each environment one at a time."""
    if shape.reserved_concurrency is None:
        return None
    return shape.reserved_concurrency * 1_000 / _request_ms(shape, capacity, assumptions)


def _request_ms(shape: FunctionShape, capacity: Capacity, assumptions: Assumptions) -> float:
    """Return the milliseconds of a request."""
    computed = function_milliseconds(capacity, shape.architecture, shape.memory_mb)
    return computed + assumptions.function_overhead_ms


def _warm_by_hour(shape: FunctionShape, demand: Demand, request_ms: float) -> list[int]:
    """Return the provisioned concurrency of each hour."""
    if not shape.provisioned:
        return [0] * len(demand.rates)
    maximum = max(shape.provisioned, shape.maximum_provisioned or 0)
    needed = (rate * request_ms / 1_000 / shape.provisioned_utilisation for rate in demand.rates)
    return [min(max(math.ceil(it), shape.provisioned), maximum) for it in needed]


def _requests_of_warm(warm_by_hour: list[int], demand: Demand, request_ms: float) -> int:
    """Compute the monthly requests of the warm environments, each of which handles one at a time."""
    warm_rates = (
        min(rate, count * 1_000 / request_ms) for rate, count in zip(demand.rates, warm_by_hour, strict=True)
    )
    return min(demand.requests_per_month, _per_month(warm_rates))


def _monthly_traces(demand: Demand) -> int:
    return min(demand.requests_per_month, _per_month(xray.traces_per_second(rate) for rate in demand.rates))


def _per_month(rates: Iterable[float]) -> int:
    """Compute the monthly number of events from their hourly rates per second."""
    return round(sum(rates) * 3_600 * HOURS_PER_MONTH / HOURS_PER_WEEK)
