"""CloudWatch alarms of each shape and of the web ACL, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.monitoring.metrics import FirewallMetrics, FleetMetrics, FunctionMetrics, Metric, ShapeMetrics

if TYPE_CHECKING:
    from infra.monitoring.alarm_config import AlarmConfig


@dataclass(frozen=True, kw_only=True)
class ErrorRate:
    """Percentage of errors among all requests; 0 without requests."""

    errors: tuple[Metric, ...]
    total: tuple[Metric, ...]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Metric or error rate, and the threshold that it must not exceed."""

    name: str
    description: str
    """Explanation for operators, part of each notification."""
    metric: Metric | ErrorRate
    threshold: float


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


def _fleet_alarms(fleet: FleetMetrics, config: AlarmConfig) -> tuple[Alarm, ...]:
    # The load balancer counts its own error responses, for lack of a healthy target, only here.
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
            description="An instance fails its health checks and is not replaced in time.",
            metric=fleet.target_group_metric("UnHealthyHostCount", "Maximum"),
            threshold=0,
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
            metric=function.api_metric("4XXError", "Average"),
            threshold=config.alarm_client_error_percent / 100,
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
