"""CloudWatch alarms of each shape and of the web ACL, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.monitoring.metrics import FirewallMetrics, FleetMetrics, FunctionMetrics, Metric, ShapeMetrics

if TYPE_CHECKING:
    from infra.monitoring.alarm_config import AlarmConfig


PERIOD: Final = 60
"""Length of a period, in seconds."""

EVALUATION_PERIODS: Final = 5
"""Periods that an alarm evaluates together."""

DATAPOINTS_TO_ALARM: Final = 3
"""Breaching periods among them that raise an alarm: a slow rise does, a single bad minute does not."""


@dataclass(frozen=True, kw_only=True)
class ErrorRate:
    """Percentage of errors among all requests; 0 without requests."""

    errors: tuple[Metric, ...]
    total: tuple[Metric, ...]


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """Number of instances that the group wants and the load balancer finds not healthy.

    `UnHealthyHostCount` would count every instance that boots. A roll-out replaces no instance before its
    successor is healthy, so that a good release lacks none, however long its instances boot.
    """

    healthy: Metric
    desired: Metric


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Metric, error rate or shortage, and the threshold that it must not exceed."""

    name: str
    description: str
    """Explanation for operators, part of each notification."""
    metric: Metric | ErrorRate | Shortage
    threshold: float
    evaluation_periods: int = EVALUATION_PERIODS
    datapoints_to_alarm: int = DATAPOINTS_TO_ALARM


def alarms(shape: ShapeMetrics, config: AlarmConfig) -> tuple[Alarm, ...]:
    """Return the alarms of a shape."""
    match shape:
        case FleetMetrics():
            return _fleet_alarms(shape, config)
        case FunctionMetrics():
            return _function_alarms(shape, config)


def firewall_alarms(firewall: FirewallMetrics, config: AlarmConfig) -> tuple[Alarm, ...]:
    """Return the alarms of the web ACL, which stop no rollout: an attack is unrelated to a release."""
    return (
        Alarm(
            name="firewall-blocked",
            description="The web ACL blocks more requests than usual: an attack, or a too strict rule.",
            metric=firewall.rule_metric("BlockedRequests", "Sum"),
            threshold=config.alarm_blocked_requests_per_minute,
        ),
    )


def replacement_periods(seconds: int) -> int:
    """Return the periods of which an instance is absent in a part, at most, while it is replaced in time.

    An absence of 61 seconds can touch three periods: it begins in the last second of the first one.
    """
    return math.ceil(seconds / PERIOD) + 1


def _fleet_alarms(fleet: FleetMetrics, config: AlarmConfig) -> tuple[Alarm, ...]:
    # The load balancer counts its own error responses, for lack of a healthy target, only here.
    absent = replacement_periods(fleet.replacement_seconds) + 1
    balancer_errors = fleet.load_balancer_metric("HTTPCode_ELB_5XX_Count", "Sum")
    return (
        Alarm(
            name="fleet-errors",
            description="More responses than usual are 5xx, from the instances or the load balancer.",
            metric=ErrorRate(
                errors=(fleet.target_group_metric("HTTPCode_Target_5XX_Count", "Sum"), balancer_errors),
                total=(fleet.target_group_metric("RequestCount", "Sum"), balancer_errors),
            ),
            threshold=config.alarm_error_percent,
        ),
        Alarm(
            name="fleet-client-errors",
            description="More responses than usual are 4xx: a faulty new version, or a broken client.",
            metric=ErrorRate(
                errors=(fleet.target_group_metric("HTTPCode_Target_4XX_Count", "Sum"),),
                total=(fleet.target_group_metric("RequestCount", "Sum"),),
            ),
            threshold=config.alarm_client_error_percent,
        ),
        Alarm(
            name="fleet-unhealthy",
            description="Fewer instances are healthy than wanted, for longer than a replacement takes.",
            metric=Shortage(
                healthy=fleet.target_group_metric("HealthyHostCount", "Maximum"),
                desired=fleet.group_metric("GroupDesiredCapacity", "Minimum"),
            ),
            threshold=0,
            # One more than a replacement, or the boot of a scale-out, takes.
            evaluation_periods=absent,
            datapoints_to_alarm=absent,
        ),
        Alarm(
            name="fleet-latency",
            description="The p99 response time of the instances is too high.",
            metric=fleet.target_group_metric("TargetResponseTime", "p99"),
            # Unlike the other metrics, this one is in seconds.
            threshold=config.alarm_latency_ms / 1_000,
        ),
    )


def _function_alarms(function: FunctionMetrics, config: AlarmConfig) -> tuple[Alarm, ...]:
    return (
        Alarm(
            name="function-errors",
            description="More invocations than usual end in a crash or a timeout.",
            metric=ErrorRate(
                errors=(function.alias_metric("Errors", "Sum"),),
                total=(function.alias_metric("Invocations", "Sum"),),
            ),
            threshold=config.alarm_error_percent,
        ),
        Alarm(
            name="function-api-errors",
            # A 5xx response of the service is a successful invocation to Lambda.
            description="More responses than usual are 5xx, from the function or API Gateway.",
            # API Gateway records 0 or 1 for each request, so that the average is the error rate.
            metric=function.api_metric("5XXError", "Average"),
            threshold=config.alarm_error_percent / 100,
        ),
        Alarm(
            name="function-client-errors",
            description="More responses than usual are 4xx: a faulty new version, or a broken client.",
            # Not API Gateway's 4XXError: it counts what the web ACL blocks (403) and the API throttles (429).
            metric=ErrorRate(
                errors=(function.client_errors_metric,), total=(function.alias_metric("Invocations", "Sum"),)
            ),
            threshold=config.alarm_client_error_percent,
        ),
        Alarm(
            name="function-throttles",
            description="Lambda throttles invocations: the reserved or the account's concurrency is used up.",
            metric=function.alias_metric("Throttles", "Sum"),
            threshold=0,
        ),
        Alarm(
            name="function-latency",
            description="The p99 duration of the function is too high.",
            metric=function.alias_metric("Duration", "p99"),
            threshold=config.alarm_latency_ms,
        ),
        Alarm(
            name="function-concurrency",
            description="More concurrent executions than intended.",
            metric=function.function_metric("ConcurrentExecutions", "Maximum"),
            threshold=config.alarm_concurrent_executions,
        ),
    )
