"""The truth about a local cloud: asked of its processes, its load balancer and its AWS API, not of a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import health_probe, processes
from localcloud.aws.credentials import CredentialsError
from localcloud.controller import aws_queries, instances
from localcloud.environment import Identity
from localcloud.event_log import Event, Events
from localcloud.load_balancer.envoy import Admin
from localcloud.load_balancer.envoy_config import Files
from localcloud.localstack import server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.aws.clients import Api
    from localcloud.load_balancer.envoy_config import TargetStatus
    from localcloud.processes import Member
    from localcloud.state_dir import Layout

LAST_EVENTS: Final = 12
"""Events that a status tells."""


@dataclass(frozen=True)
class Part:
    """What a local cloud consists of, besides what serves."""

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
class FunctionStatus:
    """The function behind the REST API."""

    name: str
    alias: str
    version: str
    """Which the alias points to."""
    url: str
    """Of the API, from this machine."""
    warm: list[int]
    """Pids of the execution environments that wait for a request."""
    ready: bool
    """Whether its `/readyz` answered 200 just now, through the API."""


@dataclass(frozen=True)
class Status:
    """Everything that runs."""

    identity: Identity | None = None
    """None if no process of this cloud runs."""
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the Pulumi program exported; empty if it did not run to its end."""
    parts: list[Part] = field(default_factory=list[Part])
    instances: list[InstanceStatus] = field(default_factory=list[InstanceStatus])
    function: FunctionStatus | None = None
    events: list[Event] = field(default_factory=list[Event])

    @property
    def url(self) -> str | None:
        """The stack's output `url` as seen from this machine."""
        if self.identity is None or not self.outputs:
            return None
        if "loadBalancerArn" in self.outputs:
            return self.identity.balancer_url
        return self.function.url if self.function else None

    @property
    def is_up(self) -> bool:
        """Whether the stack stands, all its parts answer, and all that should serve does."""
        listed = [instance for instance in self.instances if instance.zone is not None]
        return (
            bool(self.outputs)
            and all(part.answers for part in self.parts)
            and (bool(listed) or "autoScalingGroup" not in self.outputs)
            and all(instance.health == "healthy" for instance in listed)
            and (self.function is None or self.function.ready)
        )


def look(layout: Layout) -> Status:
    """Ask everybody."""
    members = processes.members(layout.home)
    events = Events(layout.events).last(LAST_EVENTS)
    if not members:
        return Status(events=events)
    identity = Identity.of(members[0].environment)
    api = _api(identity)
    answers = api is not None and server.is_ready(api)
    outputs: Mapping[str, Any] = {}
    zones: Mapping[str, str] = {}
    function = None
    if api is not None and answers:
        try:
            outputs = aws_queries.recall(api, identity.stack) or {}
            zones = _zones(api, outputs)
            function = _function(api, outputs, members)
        except (BotoCoreError, ClientError):
            outputs = {}
    return Status(
        identity=identity,
        outputs=outputs,
        parts=_parts(
            identity, members, control_plane_answers=answers, has_fleet="autoScalingGroup" in outputs
        ),
        instances=_instances(members, zones, _targets(layout)),
        function=function,
        events=events,
    )


def _api(identity: Identity) -> Api | None:
    try:
        return identity.api
    except CredentialsError:
        return None


def _parts(
    identity: Identity, members: list[Member], *, control_plane_answers: bool, has_fleet: bool
) -> list[Part]:
    pids = {member.role: member.process.pid for member in members if member.role != "instance"}
    parts = [Part("control-plane", pids.get("control-plane"), control_plane_answers)]
    if has_fleet or "controller" in pids or "balancer" in pids:
        reached = health_probe.status_of(identity.balancer_url) is not None
        parts += [
            Part("controller", pids.get("controller"), "controller" in pids),
            Part("balancer", pids.get("balancer"), reached),
        ]
    return parts


def _zones(api: Api, outputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the zone of each instance that Auto Scaling lists."""
    if "autoScalingGroup" not in outputs:
        return {}
    group = aws_queries.group(api, outputs["autoScalingGroup"])
    return {instance.instance_id: instance.zone for instance in group.instances}


def _targets(layout: Layout) -> dict[str, TargetStatus]:
    admin = Admin(Files(layout.balancer))
    try:
        return admin.targets()
    finally:
        admin.close()


def _instances(
    members: list[Member], zones: Mapping[str, str], targets: Mapping[str, TargetStatus]
) -> list[InstanceStatus]:
    running = {
        member.environment[instances.INSTANCE_ID]: member for member in members if member.role == "instance"
    }
    return [
        InstanceStatus(
            id=name,
            zone=zones.get(name),
            pid=running[name].process.pid if name in running else None,
            health=_health(listed=name in zones, target=targets.get(name)),
            # Past the balancer, from the instance itself.
            ready=name in running
            and health_probe.is_ready(f"http://127.0.0.1:{running[name].environment[instances.PORT]}"),
        )
        for name in dict.fromkeys([*zones, *running])
    ]


def _health(*, listed: bool, target: TargetStatus | None) -> str:
    if not listed:
        return "draining"
    if target is None:
        return "initial"
    return "healthy" if target.healthy else "unhealthy"


def _function(api: Api, outputs: Mapping[str, Any], members: list[Member]) -> FunctionStatus | None:
    if "restApiId" not in outputs:
        return None
    name, alias = outputs["functionName"], outputs["functionAlias"]
    url = f"{api.endpoint}/_aws/execute-api/{outputs['restApiId']}/{outputs['apiStage']}"
    ready = health_probe.is_ready(url)
    return FunctionStatus(
        name=name,
        alias=alias,
        version=aws_queries.version_behind(api, name, alias),
        url=url,
        warm=[
            process.pid
            for process in processes.children(members, "control-plane")
            if processes.environment(process).get("AWS_LAMBDA_FUNCTION_NAME") == name
        ],
        ready=ready,
    )
