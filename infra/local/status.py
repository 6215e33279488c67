"""The truth about a local cloud: asked of its processes, its load balancer and its AWS API, not of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra.local import control_plane, instances, processes
from infra.local.balancer import Files
from infra.local.envoy_process import Admin
from infra.local.events import Event, Events
from infra.local.identity import Identity
from infra.local.localstack import server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.layout import Layout
    from infra.local.processes import Member

LAST_EVENTS: Final = 12
"""Events that a status tells."""


@dataclass(frozen=True)
class Part:
    """What a local cloud consists of, besides its instances."""

    role: str
    pid: int | None
    """None if none of our processes plays it."""
    answers: bool


@dataclass(frozen=True)
class InstanceStatus:
    """An instance, as everybody sees it who has to do with it."""

    id: str
    zone: str | None
    """None if Auto Scaling does not list it any more."""
    pid: int | None
    """None if it has no process."""
    health: str
    """What the target group says: healthy, unhealthy, initial, draining or unused."""
    ready: bool
    """Whether its own `/readyz` answered 200 just now."""


@dataclass(frozen=True)
class Status:
    """Everything that runs."""

    identity: Identity | None
    """None if no process of this cloud runs."""
    outputs: Mapping[str, Any]
    """What the Pulumi program exported; empty if it did not run to its end."""
    parts: list[Part]
    instances: list[InstanceStatus]
    events: list[Event]

    @property
    def is_up(self) -> bool:
        """Whether all parts answer, the stack stands and as many instances serve as Auto Scaling lists."""
        listed = [instance for instance in self.instances if instance.zone is not None]
        return (
            all(part.answers for part in self.parts)
            and bool(self.outputs)
            and bool(listed)
            and all(instance.health == "healthy" for instance in listed)
        )


def look(layout: Layout) -> Status:
    """Ask everybody."""
    members = processes.members(layout.home)
    events = Events(layout.events).last(LAST_EVENTS)
    if not members:
        return Status(None, {}, [], [], events)
    identity = Identity.of(members[0].environment)
    answers = server.is_ready(identity.endpoint)
    outputs: Mapping[str, Any] = {}
    zones: Mapping[str, str] = {}
    if answers:
        outputs, zones = _ask_control_plane(identity)
    admin = Admin(Files(layout.balancer))
    targets = admin.targets()
    admin.close()
    by_role: dict[str, Member] = {member.role: member for member in members if member.role != "instance"}
    return Status(
        identity=identity,
        outputs=outputs,
        parts=[
            _part("control-plane", by_role, answers=answers),
            _part("controller", by_role, answers="controller" in by_role),
            _part("balancer", by_role, answers=_answers(f"{identity.url}/livez")),
        ],
        instances=_instances(members, zones, {name: target.healthy for name, target in targets.items()}),
        events=events,
    )


def _part(role: str, members: Mapping[str, Member], *, answers: bool) -> Part:
    return Part(role, members[role].process.pid if role in members else None, answers)


def _ask_control_plane(identity: Identity) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return what the stack exported, and the zone of each instance that is listed."""
    try:
        outputs = control_plane.recall(identity.api, identity.stack)
        if outputs is None:
            return {}, {}
        group = control_plane.group(identity.api, outputs["autoScalingGroup"])
    except (BotoCoreError, ClientError):
        return {}, {}
    return outputs, {instance.instance_id: instance.zone for instance in group.instances}


def _instances(
    members: list[Member], zones: Mapping[str, str], healthy: Mapping[str, bool]
) -> list[InstanceStatus]:
    running = {
        member.environment[instances.INSTANCE_ID]: member for member in members if member.role == "instance"
    }
    return [
        InstanceStatus(
            id=name,
            zone=zones.get(name),
            pid=running[name].process.pid if name in running else None,
            health=_health(listed=name in zones, healthy=healthy.get(name)),
            ready=name in running and _is_ready(running[name].environment[instances.PORT]),
        )
        for name in dict.fromkeys([*zones, *running])
    ]


def _health(*, listed: bool, healthy: bool | None) -> str:
    match listed, healthy:
        case False, _:
            return "draining"
        case True, None:
            return "initial"
        case True, True:
            return "healthy"
        case _:
            return "unhealthy"


def _answers(url: str) -> bool:
    """Tell whether a URL of this machine answers, with whatever status."""
    try:
        httpx.get(url, timeout=2, trust_env=False)
    except httpx.HTTPError:
        return False
    return True


def _is_ready(port: str) -> bool:
    """Ask an instance itself, past the balancer."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False
