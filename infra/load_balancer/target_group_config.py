"""How requests are spread over the instances: types, ranges and relations of the target group's keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from infra.config_reader import Part, Reader, Setting, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

Algorithm: TypeAlias = Literal["round_robin", "least_outstanding_requests", "weighted_random"]

ALGORITHMS: Final[tuple[Algorithm, ...]] = ("round_robin", "least_outstanding_requests", "weighted_random")
"""How a balancer chooses among instances (ELB user guide, "Routing algorithms")."""

ALGORITHM_WITH_SLOW_START: Final[Algorithm] = "round_robin"
"""The others would give a new instance its share at once (ELB user guide, "Slow start mode")."""

ALGORITHM_WITH_ANOMALY_MITIGATION: Final[Algorithm] = "weighted_random"
"""The only one that knows weights (ELB user guide, "Automatic Target Weights")."""

FEWEST_FOR_ANOMALIES: Final = 3
"""Healthy targets from which on one of them can be told from the others (in the same place)."""

SLOW_START_SECONDS: Final = (30, 900)
"""Where it is not off (ELB API reference 2015-12-01, TargetGroupAttribute)."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the balancer finds out which instances may get requests. Times are in seconds."""

    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int


@dataclass(frozen=True, kw_only=True)
class TargetConfig:
    """A group of targets. Times are in seconds; `Pulumi.yaml` says what each one means."""

    algorithm: Algorithm
    anomaly_mitigation: bool
    slow_start: int
    """0 where it is off."""
    stickiness: int
    """0 where it is off."""
    health_check: HealthCheck
    deregistration_delay: int


@dataclass(frozen=True)
class TargetPart(Part[TargetConfig]):
    """The target group's keys, with that which the fleet's have relations with."""

    health_check_interval: Setting[int]
    deregistration_delay: Setting[int]


def read_targets(read: Reader, min_instances: Setting[int]) -> TargetPart:
    """Read the target group's keys; `read` keeps what is wrong with each, the part what is between them."""
    algorithm = read.choice("loadBalancingAlgorithm", ALGORITHMS)
    anomaly_mitigation = read.flag("anomalyMitigation")
    # Ranges: ELB API reference 2015-12-01, CreateTargetGroup and TargetGroupAttribute.
    least, most = SLOW_START_SECONDS
    slow_start = read.parsed("slowStartSeconds", f"0, or a whole number from {least} to {most}", _slow_start)
    stickiness = read.whole("stickinessSeconds", 0, 604_800)
    interval = read.whole("healthCheckIntervalSeconds", 5, 300)
    timeout = read.whole("healthCheckTimeoutSeconds", 2, 120)
    healthy_threshold = read.whole("healthyThresholdCount", 2, 10)
    unhealthy_threshold = read.whole("unhealthyThresholdCount", 2, 10)
    deregistration_delay = read.whole("deregistrationDelaySeconds", 0, 3_600)
    return TargetPart(
        (
            *_slow_start_ignored(slow_start, algorithm),
            *_mitigation_ignored(anomaly_mitigation, algorithm),
            *_too_few_to_compare(anomaly_mitigation, min_instances),
            *_held_to_what_fails(anomaly_mitigation, stickiness),
            *_overlapping_checks(timeout, interval),
        ),
        lambda: TargetConfig(
            algorithm=algorithm.value,
            anomaly_mitigation=anomaly_mitigation.value,
            slow_start=slow_start.value,
            stickiness=stickiness.value,
            health_check=HealthCheck(
                interval=interval.value,
                timeout=timeout.value,
                healthy_threshold=healthy_threshold.value,
                unhealthy_threshold=unhealthy_threshold.value,
            ),
            deregistration_delay=deregistration_delay.value,
        ),
        interval,
        deregistration_delay,
    )


def _slow_start(given: str) -> int:
    seconds = whole(given)
    least, most = SLOW_START_SECONDS
    if seconds and not least <= seconds <= most:
        raise ValueError
    return seconds


# As in the fleet's, a relation names its settings, and what cannot be read takes no part.


def _slow_start_ignored(slow_start: Setting[int], algorithm: Setting[Algorithm]) -> Iterator[str]:
    seconds, chosen = slow_start.readable, algorithm.readable
    if seconds and chosen and chosen != ALGORITHM_WITH_SLOW_START:
        yield (
            f"slowStartSeconds {seconds} does not go with loadBalancingAlgorithm {chosen}: "
            f"only {ALGORITHM_WITH_SLOW_START} gives a new instance less than its share"
        )


def _mitigation_ignored(mitigation: Setting[bool], algorithm: Setting[Algorithm]) -> Iterator[str]:
    chosen = algorithm.readable
    if mitigation.readable and chosen and chosen != ALGORITHM_WITH_ANOMALY_MITIGATION:
        yield (
            f"anomalyMitigation true does not go with loadBalancingAlgorithm {chosen}: "
            f"only {ALGORITHM_WITH_ANOMALY_MITIGATION} has weights that it could change"
        )


def _too_few_to_compare(mitigation: Setting[bool], min_instances: Setting[int]) -> Iterator[str]:
    least = min_instances.readable
    if mitigation.readable and least is not None and least < FEWEST_FOR_ANOMALIES:
        yield (
            f"anomalyMitigation true needs minInstances {FEWEST_FOR_ANOMALIES} or more, and it is {least}: "
            f"of fewer instances none can be told to be unlike the others"
        )


def _held_to_what_fails(mitigation: Setting[bool], stickiness: Setting[int]) -> Iterator[str]:
    if mitigation.readable and stickiness.readable:
        yield (
            f"stickinessSeconds {stickiness.readable} does not go with anomalyMitigation true: "
            f"clients that are held to an instance are not led away from it when it fails"
        )


def _overlapping_checks(timeout: Setting[int], interval: Setting[int]) -> Iterator[str]:
    wait, every = timeout.readable, interval.readable
    if wait is not None and every is not None and wait >= every:
        yield f"healthCheckTimeoutSeconds {wait} is not below healthCheckIntervalSeconds {every}"
