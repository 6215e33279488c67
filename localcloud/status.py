"""Status of a local cloud, read from its processes, its load balancer and its AWS API rather than a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import health_probe, processes
from localcloud.aws.credentials import CredentialsError
from localcloud.controller import aws_queries, instances
from localcloud.environment import Identity
from localcloud.event_log import Event, EventLog
from localcloud.incompatible_state import IncompatibleStateError
from localcloud.load_balancer import zonal_envoy
from localcloud.load_balancer.zonal_envoy import ZonalEnvoy
from localcloud.load_balancer.zones import merge_statuses, zones_of_envoys
from localcloud.localstack import server
from localcloud.localstack.changes import UntilChanged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from localcloud.aws.clients import Api
    from localcloud.controller.aws_queries import GroupDescription, ListedInstance
    from localcloud.load_balancer.envoy_config import TargetStatus
    from localcloud.processes import CloudProcess
    from localcloud.state_dir import StateDir

LAST_EVENTS: Final = 12
"""Number of events in a status."""

FUNCTION_OUTPUTS: Final = ("functionName", "functionAlias", "apiStage")
"""Outputs of every stack with a REST API."""


@dataclass(frozen=True)
class ComponentStatus:
    """Process of the local cloud other than an instance or a function."""

    role: str
    pid: int | None
    """Process id; None if the component is not running."""
    answers: bool
    zone: str = ""
    """Availability zone of a load balancer's process; "" for all."""


@dataclass(frozen=True)
class InstanceStatus:
    """Instance as Auto Scaling, its target group and its own process report it."""

    id: str
    zone: str | None
    """Availability zone; None if Auto Scaling no longer lists the instance."""
    pid: int | None
    """Process id; None if it has no process."""
    health: str
    """Target health: healthy, unhealthy, initial, draining, standby, or unused if it is not registered."""
    ready: bool
    """Result of its own `/readyz`: True for 200."""


@dataclass(frozen=True)
class FunctionStatus:
    """Lambda function behind the REST API."""

    name: str
    alias: str
    version: str
    """Version that the alias points to."""
    url: str
    """URL of the REST API, as seen from this machine."""
    warm: list[int]
    """Process ids of the execution environments that wait for a request."""
    ready: bool
    """Result of a request through the API: True for 200."""


@dataclass(frozen=True)
class Status:
    """Status of all components, instances and functions, with the latest events."""

    identity: Identity | None = None
    """Addresses of this cloud; None if none of its processes is running."""
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Outputs of the Pulumi program; empty if it did not complete."""
    parts: list[ComponentStatus] = field(default_factory=list[ComponentStatus])
    instances: list[InstanceStatus] = field(default_factory=list[InstanceStatus])
    function: FunctionStatus | None = None
    events: list[Event] = field(default_factory=list[Event])

    @property
    def url(self) -> str | None:
        """URL of the service, as seen from this machine."""
        if self.identity is None or not self.outputs:
            return None
        if "loadBalancerArn" in self.outputs:
            return self.identity.balancer_url
        return self.function.url if self.function else None

    @property
    def is_up(self) -> bool:
        """True if the stack is deployed, all components answer, and all instances and functions are ready."""
        listed = [instance for instance in self.instances if instance.zone is not None]
        return (
            bool(self.outputs)
            and all(part.answers for part in self.parts)
            and (bool(listed) or "autoScalingGroup" not in self.outputs)
            and all(instance.health in {"healthy", "standby", "unused"} for instance in listed)
            and (self.function is None or self.function.ready)
        )


def read_status(state_dir: StateDir) -> Status:
    """Read the status of a local cloud.

    Raises:
        IncompatibleStateError: a different version of the code started it.
    """
    cloud_processes = processes.find(state_dir.home)
    events = EventLog(state_dir.events).last(LAST_EVENTS)
    if not cloud_processes:
        return Status(events=events)
    _check_processes(cloud_processes)
    identity = Identity.from_environment(cloud_processes[0].environment)
    api = _api_if_credentials_exist(identity)
    answers = api is not None and server.is_ready(api)
    outputs: Mapping[str, Any] = {}
    members: Mapping[str, ListedInstance] = {}
    registered: AbstractSet[str] = frozenset()
    detached: AbstractSet[str] = frozenset()
    running = _of_instances(cloud_processes)
    function = None
    if api is not None and answers:
        try:
            read = _readers(api, state_dir.control_plane)
            outputs = _read_outputs(read, identity.stack)
            members = _members(read, outputs)
            if members:
                registered = read.targets(outputs["targetGroupArn"])
                detached = aws_queries.running_instances(api, running.keys() - members.keys())
            function = _function_status(api, read, outputs, cloud_processes)
        except (BotoCoreError, ClientError):
            outputs = {}
    of_zones = _target_statuses(state_dir, identity)
    targets = merge_statuses(statuses for statuses in of_zones.values() if statuses)
    return Status(
        identity=identity,
        outputs=outputs,
        parts=_component_statuses(
            identity,
            cloud_processes,
            control_plane_answers=answers,
            has_fleet="autoScalingGroup" in outputs,
            answering_zones={zone: statuses is not None for zone, statuses in of_zones.items()},
        ),
        instances=_instance_statuses(running, members, detached, registered, targets),
        function=function,
        events=events,
    )


def _check_processes(cloud_processes: list[CloudProcess]) -> None:
    for cloud_process in cloud_processes:
        if cloud_process.role is None:
            role = cloud_process.environment.get(processes.ROLE)
            raise IncompatibleStateError(f"one of its processes has the role {role}")
        required = (instances.INSTANCE_ID, instances.PORT) if cloud_process.role == "instance" else ()
        if missing := [name for name in required if name not in cloud_process.environment]:
            raise IncompatibleStateError(f"an instance has no variable {', '.join(missing)}")


def _read_outputs(read: _Readers, stack: str) -> Mapping[str, Any]:
    try:
        outputs = read.outputs(stack) or {}
    except ValueError:
        raise IncompatibleStateError("its stored outputs are not JSON") from None
    required = FUNCTION_OUTPUTS if "restApiId" in outputs else ()
    if missing := [name for name in required if name not in outputs]:
        raise IncompatibleStateError(f"its stack has no output {', '.join(missing)}")
    return outputs


def _api_if_credentials_exist(identity: Identity) -> Api | None:
    try:
        return identity.api
    except CredentialsError:
        return None


def _component_statuses(
    identity: Identity,
    cloud_processes: list[CloudProcess],
    *,
    control_plane_answers: bool,
    has_fleet: bool,
    answering_zones: Mapping[str, bool],
) -> list[ComponentStatus]:
    pids = {
        cloud_process.role: cloud_process.process.pid
        for cloud_process in cloud_processes
        if cloud_process.role != "instance"
    }
    balancers = {
        cloud_process.environment.get(zonal_envoy.ZONE, ""): cloud_process.process.pid
        for cloud_process in cloud_processes
        if cloud_process.role == "balancer"
    }
    stopped = {each.role for each in cloud_processes if processes.is_stopped(each.process)}
    components = [ComponentStatus("control-plane", pids.get("control-plane"), control_plane_answers)]
    if has_fleet or "controller" in pids or balancers:
        port_answers = health_probe.get_status(identity.balancer_url) is not None
        runs = "controller" in pids and "controller" not in stopped
        components.append(ComponentStatus("controller", pids.get("controller"), runs))
        components += [
            ComponentStatus(
                "balancer",
                balancers.get(zone),
                port_answers and answering_zones.get(zone, False),
                zone,
            )
            for zone in dict.fromkeys([*answering_zones, *balancers]) or [""]
        ]
    if "firewall" in pids:
        components.append(ComponentStatus("firewall", pids["firewall"], "firewall" not in stopped))
    return components


def _of_instances(cloud_processes: list[CloudProcess]) -> dict[str, CloudProcess]:
    """Return the process of each instance, by its id."""
    return {
        each.environment[instances.INSTANCE_ID]: each for each in cloud_processes if each.role == "instance"
    }


@dataclass(frozen=True)
class _Readers:
    """Functions that ask LocalStack only after a change.

    A status is often read again and again until it is another one.
    """

    outputs: UntilChanged[dict[str, Any] | None]
    """Outputs of a stack."""
    group: UntilChanged[GroupDescription]
    """Auto Scaling group of a name."""
    targets: UntilChanged[frozenset[str]]
    """Ids of the instances that are registered with a target group."""
    version: UntilChanged[str]
    """Version of a function that an alias points to."""


@lru_cache(maxsize=8)
def _readers(api: Api, control_plane: Path) -> _Readers:
    return _Readers(
        outputs=UntilChanged(control_plane, partial(aws_queries.read_outputs, api)),
        group=UntilChanged(control_plane, partial(aws_queries.describe_group, api)),
        targets=UntilChanged(control_plane, partial(aws_queries.registered_targets, api)),
        version=UntilChanged(control_plane, partial(aws_queries.alias_version, api)),
    )


def _members(read: _Readers, outputs: Mapping[str, Any]) -> dict[str, ListedInstance]:
    """Return each instance in the Auto Scaling group, by its id."""
    if "autoScalingGroup" not in outputs:
        return {}
    group = read.group(outputs["autoScalingGroup"])
    return {instance.instance_id: instance for instance in group.instances}


def _target_statuses(state_dir: StateDir, identity: Identity) -> dict[str, dict[str, TargetStatus] | None]:
    """Return the statuses of the targets by zone; None for a zone whose Envoy does not answer."""
    envoys = [ZonalEnvoy(state_dir, identity, zone) for zone in zones_of_envoys(state_dir)]
    try:
        return {envoy.zone: envoy.targets() for envoy in envoys}
    finally:
        for envoy in envoys:
            envoy.close()


def _instance_statuses(
    running: Mapping[str, CloudProcess],
    members: Mapping[str, ListedInstance],
    detached: AbstractSet[str],
    registered: AbstractSet[str],
    targets: Mapping[str, TargetStatus],
) -> list[InstanceStatus]:
    return [
        InstanceStatus(
            id=name,
            zone=members[name].zone if name in members else None,
            pid=running[name].process.pid if name in running else None,
            health="draining"
            if name not in members and name not in detached
            else _health(members.get(name), targets.get(name), registered=name in registered),
            # Directly from the instance, bypassing the load balancer.
            ready=name in running
            and health_probe.is_ready(f"http://127.0.0.1:{running[name].environment[instances.PORT]}"),
        )
        for name in dict.fromkeys([*members, *running])
    ]


def _health(member: ListedInstance | None, target: TargetStatus | None, *, registered: bool) -> str:
    if member and member.lifecycle_state == "Standby":
        return "standby"
    if not registered:
        return "unused"
    if target is None or target.healthy is None:
        return "initial"
    return "healthy" if target.healthy else "unhealthy"


def _function_status(
    api: Api, read: _Readers, outputs: Mapping[str, Any], cloud_processes: list[CloudProcess]
) -> FunctionStatus | None:
    if "restApiId" not in outputs:
        return None
    name, alias = outputs["functionName"], outputs["functionAlias"]
    url = f"{api.endpoint}/_aws/execute-api/{outputs['restApiId']}/{outputs['apiStage']}"
    # The function may block its `/readyz`; the list of predictors is public.
    ready = health_probe.get_status(f"{url}/listpredictors") == HTTPStatus.OK
    return FunctionStatus(
        name=name,
        alias=alias,
        version=read.version(name, alias),
        url=url,
        warm=[
            process.pid
            for process in processes.descendants(cloud_processes, "control-plane")
            if processes.environment(process).get("AWS_LAMBDA_FUNCTION_NAME") == name
        ],
        ready=ready,
    )
