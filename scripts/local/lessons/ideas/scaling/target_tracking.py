"""Target tracking under a load that grows six times: policy, rates, and the state of the fleet over time."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    from scripts.local.lessons.background_load import BackgroundLoad
    from scripts.local.lessons.stage import Stage

POLICY: Final = "lesson-demand"

TARGET_PER_MINUTE: Final = 600.0
"""Target of the policy, in requests per minute and instance."""

LOW_RATE: Final = 9.0
"""Requests per second of the usual load, for which one instance would do."""

TIMES: Final = 6
"""Growth of the load."""

HIGH_RATE: Final = TIMES * LOW_RATE
"""Requests per second of the load that has grown."""

MINIMUM: Final = 2
MAXIMUM: Final = 8
"""Sizes of the fleet, of which the maximum does not limit what the policy computes."""

EVERY_SECONDS: Final = 10.0
"""Seconds of each row."""


def needed(rate: float) -> int:
    """Return the instances that a rate needs at the target, at least the minimum."""
    return max(MINIMUM, math.ceil(60 * rate / TARGET_PER_MINUTE))


@dataclass(frozen=True)
class Moment:
    """State of the fleet some seconds after the load began."""

    second: float
    healthy: int
    per_minute: float
    """Requests per minute in the last seconds."""
    bad: int
    p99_ms: float


def track_target(stage: Stage, *, shrinks: bool) -> None:
    """Set the fleet to its minimum, and put the policy on it; both are undone at the end."""
    stage.resize(MINIMUM)
    autoscaling, group = stage.api.client("autoscaling"), stage.outputs["autoScalingGroup"]
    balancer = stage.outputs["loadBalancerArn"].rpartition("loadbalancer/")[2]
    target_group = stage.outputs["targetGroupArn"].rpartition(":")[2]
    stage.say(
        Text(
            f"A target of {TARGET_PER_MINUTE:.0f} requests per minute and instance, and a load that grows "
            f"from {60 * LOW_RATE:,.0f} to {60 * HIGH_RATE:,.0f}.",
            f"Un objetivo de {TARGET_PER_MINUTE:.0f} peticiones por minuto e instancia, y una carga que "
            f"crece de {60 * LOW_RATE:,.0f} a {60 * HIGH_RATE:,.0f}.",
        )
    )
    stage.on_end(_delete_policy, stage)
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, MaxSize=MAXIMUM)
    autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName=POLICY,
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": f"{balancer}/{target_group}",
            },
            "TargetValue": TARGET_PER_MINUTE,
            "DisableScaleIn": not shrinks,
        },
    )


def _delete_policy(stage: Stage) -> None:
    with suppress(ClientError):  # the lesson was interrupted before there was one
        stage.api.client("autoscaling").delete_policy(
            AutoScalingGroupName=stage.outputs["autoScalingGroup"], PolicyName=POLICY
        )


def watch_moment(stage: Stage, load: BackgroundLoad, begun: float = 0.0) -> Moment:
    """Wait for the time of a row, and return the state of the fleet at its end.

    Args:
        stage: Running cloud.
        load: Load on it.
        begun: Second of the lesson at which the load began.
    """
    since = load.now
    stage.pause(EVERY_SECONDS)
    until = load.now
    result = load.between(since, until)
    return Moment(
        begun + until,
        len(stage.healthy()),
        60 * result.requests / (until - since),
        result.failed + result.wrong,
        result.latency_ms["p99"],
    )


def moments_table(figures: list[Moment]) -> Table:
    """Return a row for each moment."""
    return Table(
        (
            Text("second", "segundo"),
            Text("requests per minute", "peticiones por minuto"),
            Text("healthy instances", "instancias sanas"),
            Text("per instance", "por instancia"),
            Text("failed", "fallidas"),
            "p99 ms",
        ),
        [
            (
                f"{it.second:.0f}",
                f"{it.per_minute:,.0f}",
                str(it.healthy),
                f"{it.per_minute / max(1, it.healthy):,.0f}",
                str(it.bad),
                f"{it.p99_ms:,.0f}",
            )
            for it in figures
        ],
    )


def arithmetic(rate: float) -> str:
    """Return the instances of a rate as a division, such as `3,240 / 600 = 5.4`."""
    return f"{60 * rate:,.0f} / {TARGET_PER_MINUTE:.0f} = {60 * rate / TARGET_PER_MINUTE:.1f}"
