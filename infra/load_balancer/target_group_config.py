"""Target group section of the configuration: routing of requests to instances, and health checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import Field

from infra.config_reader import Flag, Integer, Parser, Seconds, Section, parse_integer

if TYPE_CHECKING:
    from collections.abc import Iterator

LoadBalancingAlgorithm: TypeAlias = Literal["round_robin", "least_outstanding_requests", "weighted_random"]

ALGORITHMS: Final[tuple[LoadBalancingAlgorithm, ...]] = (
    "round_robin",
    "least_outstanding_requests",
    "weighted_random",
)
"""Routing algorithms of a target group (ELB user guide, "Routing algorithms")."""

ALGORITHM_WITH_SLOW_START: Final[LoadBalancingAlgorithm] = "round_robin"
"""The others send a new instance its full share at once (ELB user guide, "Slow start mode")."""

ALGORITHM_WITH_ANOMALY_MITIGATION: Final[LoadBalancingAlgorithm] = "weighted_random"
"""The only one with weights (ELB user guide, "Automatic Target Weights")."""

MINIMUM_TARGETS_FOR_ANOMALIES: Final = 3
"""Healthy targets that are needed to tell an anomalous one from the others (in the same place)."""

SLOW_START_SECONDS: Final = (30, 900)
"""Range where it is not off (ELB API reference 2015-12-01, TargetGroupAttribute)."""


def parse_slow_start(text: str) -> int:
    """Parse 0 or seconds in the range of a slow start.

    Raises:
        ValueError: It is neither.
    """
    seconds = parse_integer(text)
    minimum, maximum = SLOW_START_SECONDS
    if seconds and not minimum <= seconds <= maximum:
        raise ValueError
    return seconds


SlowStartSeconds: TypeAlias = Annotated[
    int,
    Parser(
        parse_slow_start,
        f"0, or a whole number from {SLOW_START_SECONDS[0]} to {SLOW_START_SECONDS[1]}",
        "seconds",
    ),
]


class TargetGroupConfig(Section):
    """Target group."""

    load_balancing_algorithm: LoadBalancingAlgorithm = Field(
        default="round_robin", description="Routing algorithm of the load balancer."
    )
    anomaly_mitigation: Flag = Field(
        default=False,
        description="Send fewer requests to an instance that answers with more errors than the others. Needs "
        "loadBalancingAlgorithm weighted_random and minInstances 3 or more.",
    )
    slow_start_seconds: SlowStartSeconds = Field(
        default=0,
        description="Time in which the share of a new instance rises linearly. Needs loadBalancingAlgorithm "
        "round_robin. 0 = its full share at once, because the service loads everything before it reports "
        "that it is ready.",
    )
    # Ranges: ELB API reference 2015-12-01, CreateTargetGroup and TargetGroupAttribute.
    stickiness_seconds: Seconds = Field(
        default=0,
        ge=0,
        le=604_800,
        description="Time for which a cookie binds a client to one instance. 0 = no stickiness, because all "
        "instances answer alike. Not with anomalyMitigation.",
    )
    health_check_interval_seconds: Seconds = Field(
        default=10, ge=5, le=300, description="Interval between health checks of an instance."
    )
    health_check_timeout_seconds: Seconds = Field(
        default=5,
        ge=2,
        le=120,
        description="Time after which an unanswered health check has failed. Below "
        "healthCheckIntervalSeconds.",
    )
    healthy_threshold_count: Integer = Field(
        default=2, ge=2, le=10, description="Consecutive passed health checks that bring an instance back."
    )
    unhealthy_threshold_count: Integer = Field(
        default=2, ge=2, le=10, description="Consecutive failed health checks that take an instance out."
    )
    deregistration_delay_seconds: Seconds = Field(
        default=30,
        ge=0,
        le=3_600,
        description="Time in which a leaving instance finishes its requests. A prediction takes "
        "milliseconds.",
    )


def slow_start_without_round_robin(
    slow_start_seconds: int, load_balancing_algorithm: LoadBalancingAlgorithm
) -> Iterator[str]:
    """Check that the algorithm supports slow start."""
    if slow_start_seconds and load_balancing_algorithm != ALGORITHM_WITH_SLOW_START:
        yield (
            f"slowStartSeconds {slow_start_seconds} does not go with loadBalancingAlgorithm "
            f"{load_balancing_algorithm}: only {ALGORITHM_WITH_SLOW_START} sends a new instance less than "
            f"its share"
        )


def mitigation_without_weights(
    *, anomaly_mitigation: bool, load_balancing_algorithm: LoadBalancingAlgorithm
) -> Iterator[str]:
    """Check that the algorithm has weights."""
    if anomaly_mitigation and load_balancing_algorithm != ALGORITHM_WITH_ANOMALY_MITIGATION:
        yield (
            f"anomalyMitigation true does not go with loadBalancingAlgorithm {load_balancing_algorithm}: "
            f"only {ALGORITHM_WITH_ANOMALY_MITIGATION} has weights that it could change"
        )


def mitigation_with_too_few_instances(*, anomaly_mitigation: bool, min_instances: int) -> Iterator[str]:
    """Check that there are enough instances to compare."""
    if anomaly_mitigation and min_instances < MINIMUM_TARGETS_FOR_ANOMALIES:
        yield (
            f"anomalyMitigation true needs minInstances {MINIMUM_TARGETS_FOR_ANOMALIES} or more, "
            f"and it is {min_instances}: fewer instances cannot be compared with each other"
        )


def mitigation_with_stickiness(*, anomaly_mitigation: bool, stickiness_seconds: int) -> Iterator[str]:
    """Check that clients can be moved away from an instance."""
    if anomaly_mitigation and stickiness_seconds:
        yield (
            f"stickinessSeconds {stickiness_seconds} does not go with anomalyMitigation true: "
            f"clients that are bound to an instance are not moved away from it when it fails"
        )


def overlapping_health_checks(
    health_check_timeout_seconds: int, health_check_interval_seconds: int
) -> Iterator[str]:
    """Check that a health check ends before the next one."""
    if health_check_timeout_seconds >= health_check_interval_seconds:
        yield (
            f"healthCheckTimeoutSeconds {health_check_timeout_seconds} is not below "
            f"healthCheckIntervalSeconds {health_check_interval_seconds}"
        )


RELATIONS: Final = (
    slow_start_without_round_robin,
    mitigation_without_weights,
    mitigation_with_too_few_instances,
    mitigation_with_stickiness,
    overlapping_health_checks,
)
