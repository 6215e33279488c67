"""Meeting demand: target tracking adds instances until each has as many requests as its target."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    from scripts.local.lessons.background_load import BackgroundLoad
    from scripts.local.lessons.stage import Stage

POLICY: Final = "lesson-demand"

TARGET_PER_MINUTE: Final = 600.0
"""Target of the policy, in requests per minute and instance."""

RATE: Final = 36.0
"""Requests per second."""

MAXIMUM: Final = 4
"""Maximum size of the fleet."""

NEEDED: Final = min(MAXIMUM, math.ceil(60 * RATE / TARGET_PER_MINUTE))
"""Instances that the load needs at the target."""

WITHIN: Final = 90.0
"""Maximum seconds until the fleet has them: the alarm rings after half a minute here, three on AWS."""

EVERY_SECONDS: Final = 10.0
"""Seconds of each row."""


@dataclass(frozen=True)
class Moment:
    """State of the fleet some seconds after the load began."""

    second: float
    healthy: int
    per_instance: float
    """Requests per minute and instance in the last seconds."""
    bad: int
    p99_ms: float


def measure(stage: Stage) -> list[Moment]:
    """Put a policy on the fleet, load it, and watch it grow."""
    stage.resize(2)
    autoscaling, group = stage.api.client("autoscaling"), stage.outputs["autoScalingGroup"]
    balancer = stage.outputs["loadBalancerArn"].rpartition("loadbalancer/")[2]
    target_group = stage.outputs["targetGroupArn"].rpartition(":")[2]
    stage.say(
        Text(
            f"A target of {TARGET_PER_MINUTE:.0f} requests per minute and instance, and a load of "
            f"{60 * RATE:.0f}.",
            f"Un objetivo de {TARGET_PER_MINUTE:.0f} peticiones por minuto e instancia, y una carga de "
            f"{60 * RATE:.0f}.",
        )
    )
    stage.on_end(autoscaling.delete_policy, AutoScalingGroupName=group, PolicyName=POLICY)
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
            "DisableScaleIn": True,
        },
    )
    found: list[Moment] = []
    with stage.load(RATE) as load:
        while load.now < stage.seconds(WITHIN) and not (found and found[-1].healthy >= NEEDED):
            found.append(_moment(stage, load))
        if found[-1].healthy >= NEEDED:
            found.append(_moment(stage, load))
    return found


def _moment(stage: Stage, load: BackgroundLoad) -> Moment:
    since = load.now
    stage.pause(EVERY_SECONDS)
    until = load.now
    result, healthy = load.between(since, until), len(stage.healthy())
    return Moment(
        until,
        healthy,
        60 * result.requests / (until - since) / max(1, healthy),
        result.failed + result.wrong,
        result.latency_ms["p99"],
    )


def table(figures: list[Moment]) -> Table:
    """Return a row for each moment."""
    return Table(
        (
            Text("second", "segundo"),
            Text("healthy instances", "instancias sanas"),
            Text("requests per minute and instance", "peticiones por minuto e instancia"),
            Text("failed", "fallidas"),
            "p99 ms",
        ),
        [
            (f"{it.second:.0f}", str(it.healthy), f"{it.per_instance:,.0f}", str(it.bad), f"{it.p99_ms:,.0f}")
            for it in figures
        ],
    )


def conclusion(figures: list[Moment]) -> Text:
    """Return the growth of the fleet, compared with the arithmetic."""
    first, last = figures[0], figures[-1]
    bad = sum(it.bad for it in figures)
    grown = next((it.second for it in figures if it.healthy >= NEEDED), None)
    need = (
        f"{60 * RATE:,.0f} / {TARGET_PER_MINUTE:.0f} = {60 * RATE / TARGET_PER_MINUTE:.1f}",
        f"{60 * RATE:,.0f} / {TARGET_PER_MINUTE:.0f} = {60 * RATE / TARGET_PER_MINUTE:.1f}",
    )
    if grown is None:
        return Text(
            f"The load needs {need[0]}, so {NEEDED} instances, but the fleet had only {last.healthy} after "
            f"{last.second:.0f} s; {bad} requests failed.",
            f"La carga necesita {need[1]}, es decir {NEEDED} instancias, pero la flota solo tenía "
            f"{last.healthy} a los "
            f"{last.second:.0f} s; fallaron {bad} peticiones.",
        )
    return Text(
        f"The load needs {need[0]}, so {NEEDED} instances: within {grown:.0f} s the fleet had grown from "
        f"{first.healthy} to {last.healthy} by itself, and {bad} requests failed.",
        f"La carga necesita {need[1]}, es decir {NEEDED} instancias: en {grown:.0f} s la flota había "
        "crecido sola de "
        f"{first.healthy} a {last.healthy}, y fallaron {bad} peticiones.",
    )


LESSON: Final = Lesson(
    name="demand",
    idea=Text("Meeting demand (target tracking)", "Satisfacer la demanda (seguimiento de objetivo)"),
    seconds=110,
    does=Text(
        "Gives the fleet a target of requests per instance and more requests than it has instances for, "
        "and watches it "
        "grow; time runs six times as fast as on AWS.",
        "Da a la flota un objetivo de peticiones por instancia y más peticiones de las que caben, y la "
        "observa crecer; "
        "el tiempo corre seis veces más rápido que en AWS.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
