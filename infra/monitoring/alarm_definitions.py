"""What is too much: the measures of each shape that somebody should look at, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.monitoring.metrics import FirewallSignals, FleetSignals, FunctionSignals, Metric, Signals

if TYPE_CHECKING:
    from infra.monitoring.alarm_config import AlarmConfig


@dataclass(frozen=True, kw_only=True)
class Share:
    """How much of a whole failed, in percent; nothing of nothing is nothing."""

    failed: tuple[Metric, ...]
    whole: tuple[Metric, ...]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A measure that is to stay at or below a limit."""

    name: str
    says: str
    """What people read when it goes off."""
    measure: Metric | Share
    above: float


def alarms(signals: Signals, config: AlarmConfig) -> tuple[Alarm, ...]:
    """Say what is watched of a shape."""
    match signals:
        case FleetSignals():
            return _fleet_alarms(signals, config)
        case FunctionSignals():
            return _function_alarms(signals, config)


def firewall_alarms(firewall: FirewallSignals, config: AlarmConfig) -> tuple[Alarm, ...]:
    """Say what is watched of the firewall. An attack says nothing of a release and does not end it."""
    return (
        Alarm(
            name="firewall-blocked",
            says="The firewall turns away more than usual: an attack, or a rule that is too strict.",
            measure=firewall.of_rules("BlockedRequests", "Sum"),
            above=config.alarm_blocked_requests_per_minute,
        ),
    )


def _fleet_alarms(fleet: FleetSignals, config: AlarmConfig) -> tuple[Alarm, ...]:
    # What the balancer answers itself, for want of an instance that does, it counts nowhere else.
    refused = fleet.of_balancer("HTTPCode_ELB_5XX_Count", "Sum")
    return (
        Alarm(
            name="fleet-errors",
            says="More requests than usual are answered with a 5xx, by the instances or in their place.",
            measure=Share(
                failed=(fleet.of_targets("HTTPCode_Target_5XX_Count", "Sum"), refused),
                whole=(fleet.of_targets("RequestCount", "Sum"), refused),
            ),
            above=config.alarm_error_percent,
        ),
        Alarm(
            name="fleet-client-errors",
            says="More requests than usual are refused as mistaken: the version is new, or a client broken.",
            measure=Share(
                failed=(fleet.of_targets("HTTPCode_Target_4XX_Count", "Sum"),),
                whole=(fleet.of_targets("RequestCount", "Sum"),),
            ),
            above=config.alarm_client_error_percent,
        ),
        Alarm(
            name="fleet-unhealthy",
            says="An instance fails its health checks, and is not replaced in time.",
            measure=fleet.of_targets("UnHealthyHostCount", "Maximum"),
            above=0,
        ),
        Alarm(
            name="fleet-latency",
            says="One in a hundred requests waits too long for an instance.",
            measure=fleet.of_targets("TargetResponseTime", "p99"),
            # This metric alone is in seconds.
            above=config.alarm_latency_ms / 1_000,
        ),
    )


def _function_alarms(function: FunctionSignals, config: AlarmConfig) -> tuple[Alarm, ...]:
    return (
        Alarm(
            name="function-errors",
            says="The function crashes or is cut off more often than usual.",
            measure=Share(
                failed=(function.of_alias("Errors", "Sum"),),
                whole=(function.of_alias("Invocations", "Sum"),),
            ),
            above=config.alarm_error_percent,
        ),
        Alarm(
            name="function-api-errors",
            # An error that the service has caught is an answer like any other to Lambda.
            says="More requests than usual are answered with a 5xx, by the function or in its place.",
            # API Gateway counts a 0 for each request that did not fail, so that the mean is the share.
            measure=function.of_api("5XXError", "Average"),
            above=config.alarm_error_percent / 100,
        ),
        Alarm(
            name="function-client-errors",
            says="More requests than usual are refused as mistaken: the version is new, or a client broken.",
            measure=function.of_api("4XXError", "Average"),
            above=config.alarm_client_error_percent / 100,
        ),
        Alarm(
            name="function-throttles",
            says="The function is not started for want of concurrency: reserved or the account's.",
            measure=function.of_alias("Throttles", "Sum"),
            above=0,
        ),
        Alarm(
            name="function-latency",
            says="One in a hundred requests keeps the function busy for too long.",
            measure=function.of_alias("Duration", "p99"),
            above=config.alarm_latency_ms,
        ),
        Alarm(
            name="function-concurrency",
            says="The function runs more often at once than it was meant to.",
            measure=function.of_function("ConcurrentExecutions", "Maximum"),
            above=config.alarm_concurrent_executions,
        ),
    )
