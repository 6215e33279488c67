"""Health checks: the load balancer asks each instance whether it is ready, every few seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx

from client.discovery import TargetGroup
from localcloud.health_probe import NO_CERTIFICATES
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage


@dataclass(frozen=True)
class Checked:
    """Instance and the checks that it answered."""

    instance: str
    health: str
    """State in the target group."""
    live: int
    ready: int
    """Statuses of its `/livez` and `/readyz`."""
    milliseconds: float
    """Duration of its `/readyz`."""


@dataclass(frozen=True)
class HealthChecks:
    """Settings of the health check, and the instances."""

    path: str
    interval: int
    timeout: int
    unhealthy: int
    """Failed checks until an instance is unhealthy."""
    instances: list[Checked]


def measure(stage: Stage) -> HealthChecks:
    """Read the settings, and ask each instance directly what the load balancer asks."""
    elbv2, arn = stage.api.client("elbv2"), stage.outputs["targetGroupArn"]
    (group,) = elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    stage.say(
        Text(
            "Asking each instance directly what the load balancer asks it.",
            "Preguntando directamente a cada instancia lo que le pregunta el balanceador.",
        )
    )
    described = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    states = {
        each.get("Target", {}).get("Id", ""): each.get("TargetHealth", {}).get("State", "-")
        for each in described
    }
    found: list[Checked] = []
    with httpx.Client(timeout=5, trust_env=False, verify=NO_CERTIFICATES) as client:
        for instance in TargetGroup(arn, elbv2=elbv2, ec2=stage.api.client("ec2"))():
            url = f"http://{instance.host}:{instance.port}"
            live = client.get(f"{url}/livez").status_code
            begun = time.perf_counter()
            ready = client.get(f"{url}{group.get('HealthCheckPath', '/readyz')}").status_code
            milliseconds = 1_000 * (time.perf_counter() - begun)
            found.append(
                Checked(
                    instance.instance_id, states.get(instance.instance_id, "-"), live, ready, milliseconds
                )
            )
    return HealthChecks(
        group.get("HealthCheckPath", "-"),
        group.get("HealthCheckIntervalSeconds", 0),
        group.get("HealthCheckTimeoutSeconds", 0),
        group.get("UnhealthyThresholdCount", 0),
        found,
    )


def table(figures: HealthChecks) -> Table:
    """Return a row for each instance."""
    return Table(
        (
            Text("instance", "instancia"),
            Text("state in the target group", "estado en el grupo de destino"),
            "/livez",
            figures.path,
            "ms",
        ),
        [
            (it.instance, it.health, str(it.live), str(it.ready), f"{it.milliseconds:.1f}")
            for it in figures.instances
        ],
    )


def conclusion(figures: HealthChecks) -> Text:
    """Return the number of healthy instances, and the time until a failure is noticed."""
    healthy = sum(it.health == "healthy" for it in figures.instances)
    passed = sum(it.ready == HTTPStatus.OK for it in figures.instances)
    total, longest = len(figures.instances), figures.unhealthy * figures.interval + figures.timeout
    return Text(
        f"{healthy} of {total} instances are healthy and {passed} passed the check; the load balancer "
        "repeats it "
        f"every {figures.interval} s, and stops sending requests after {figures.unhealthy} failures in a "
        "row, "
        f"at most {longest} s after a crash that closes no connection.",
        f"{healthy} de {total} instancias están sanas y {passed} superaron la comprobación; el balanceador "
        "la repite "
        f"cada {figures.interval} s y deja de enviar peticiones tras {figures.unhealthy} fallos seguidos, "
        f"como mucho {longest} s después de una avería que no cierra las conexiones.",
    )


LESSON: Final = Lesson(
    name="health",
    idea=Text("Health checks", "Comprobaciones de estado (health checks)"),
    seconds=5,
    does=Text(
        "Reads the settings of the health check, and asks each instance what the load balancer asks it.",
        "Lee los ajustes de la comprobación y pregunta a cada instancia lo que le pregunta el balanceador.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
