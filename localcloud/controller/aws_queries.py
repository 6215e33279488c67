"""AWS API calls of the controller: the stack and its Auto Scaling group."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from localcloud.controller.scaling.metric_names import METRICS
from localcloud.controller.scaling.target_tracking import CapacityLimits, TargetTrackingPolicy

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from types_boto3_autoscaling.type_defs import InstanceTypeDef

    from localcloud.aws.clients import Api
    from localcloud.controller.scaling.target_tracking import AlarmState

OUTPUTS: Final = "/local-cloud/{stack}/outputs"
"""SSM parameter with a stack's outputs. LocalStack stores it, so it is lost together with the resources."""

CONFIG: Final = "/local-cloud/{stack}/config"
"""SSM parameter with a stack's config."""

FILE_CONFIG: Final = "/local-cloud/{stack}/file-config"
"""SSM parameter with the part of a stack's config that its files set."""


ADDRESS_TAG: Final = "local-cloud:address"
"""Tag of an instance with the address of its process, `host:port`, by which clients find it."""


@dataclass(frozen=True)
class ListedInstance:
    """Instance of an Auto Scaling group, with its launch template."""

    instance_id: str
    zone: str
    template_id: str | None
    """Launch template; None of an attached instance that was launched without one."""
    template_version: str
    lifecycle_state: str = "InService"
    """`InService` or `Standby`."""
    health: str = "Healthy"
    """Status that its health checks or an operator gave it, `Healthy` or `Unhealthy`."""
    is_protected: bool = False
    """True if it is protected from scale-in."""


@dataclass(frozen=True)
class GroupDescription:
    """Current state of an Auto Scaling group."""

    name: str
    instances: list[ListedInstance]
    desired: int
    """Desired capacity."""
    limits: CapacityLimits
    grace_period: float
    """Health check grace period, in seconds after an instance's start."""
    warm_up: float
    """Default instance warmup, in seconds after an instance's start."""
    suspended: frozenset[str] = frozenset()
    """Suspended processes, such as `ReplaceUnhealthy`."""
    checks_targets: bool = True
    """True if the health checks of its load balancer count (`HealthCheckType` `ELB`)."""

    @property
    def ids(self) -> set[str]:
        """Ids of its instances."""
        return {instance.instance_id for instance in self.instances}

    @property
    def in_service(self) -> set[str]:
        """Ids of its instances that are not in standby."""
        return {each.instance_id for each in self.instances if each.lifecycle_state == "InService"}

    @property
    def may_list_stopped(self) -> bool:
        """True if some instance may be stopped or terminated: Auto Scaling replaces all others at once."""
        return bool(self.suspended) or self.in_service != self.ids

    @property
    def unhealthy(self) -> set[str]:
        """Ids of its instances that are marked as unhealthy already."""
        return {each.instance_id for each in self.instances if each.health == "Unhealthy"}


def save_stack(
    api: Api,
    stack: str,
    outputs: Mapping[str, Any],
    config: Mapping[str, str],
    file_config: Mapping[str, str],
) -> None:
    """Store a stack's outputs, its config, and the config of its files next to its resources."""
    for name, content in ((CONFIG, config), (FILE_CONFIG, file_config), (OUTPUTS, outputs)):
        api.client("ssm").put_parameter(
            Name=name.format(stack=stack), Value=json.dumps(content), Type="String", Overwrite=True
        )


def read_outputs(api: Api, stack: str) -> dict[str, Any] | None:
    """Return a stack's outputs, or None if it was not completely created here."""
    return _read_parameter(api, OUTPUTS.format(stack=stack))


def read_config(api: Api, stack: str) -> dict[str, str]:
    """Return a stack's config, by full key."""
    return _read_parameter(api, CONFIG.format(stack=stack)) or {}


def read_file_config(api: Api, stack: str) -> dict[str, str] | None:
    """Return the config that a stack's files set when it was created; None if that was not stored."""
    return _read_parameter(api, FILE_CONFIG.format(stack=stack))


def _read_parameter(api: Api, name: str) -> dict[str, Any] | None:
    found = api.client("ssm").get_parameters(Names=[name])["Parameters"]
    return json.loads(found[0]["Value"]) if found else None


def describe_group(api: Api, name: str) -> GroupDescription:
    """Describe an Auto Scaling group."""
    answer = api.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    described = answer["AutoScalingGroups"][0]
    return GroupDescription(
        name=name,
        instances=[_to_listed_instance(instance) for instance in described["Instances"]],
        desired=described["DesiredCapacity"],
        limits=CapacityLimits(minimum=described["MinSize"], maximum=described["MaxSize"]),
        grace_period=described.get("HealthCheckGracePeriod", 0),
        warm_up=described.get("DefaultInstanceWarmup", 0),
        checks_targets="ELB" in described.get("HealthCheckType", "EC2").split(","),
        suspended=frozenset(
            process["ProcessName"]
            for process in described.get("SuspendedProcesses", [])
            if "ProcessName" in process
        ),
    )


def _to_listed_instance(instance: InstanceTypeDef) -> ListedInstance:
    template = instance.get("LaunchTemplate", {})
    return ListedInstance(
        instance_id=instance["InstanceId"],
        zone=instance["AvailabilityZone"],
        template_id=template.get("LaunchTemplateId"),
        template_version=template.get("Version", ""),
        lifecycle_state=instance["LifecycleState"],
        health=instance["HealthStatus"],
        is_protected=instance["ProtectedFromScaleIn"],
    )


def registered_targets(api: Api, target_group_arn: str) -> frozenset[str]:
    """Return the ids of the instances that are registered with a target group."""
    answer = api.client("elbv2").describe_target_health(TargetGroupArn=target_group_arn)
    return frozenset(
        description["Target"]["Id"]
        for description in answer["TargetHealthDescriptions"]
        if "Target" in description
    )


def running_instances(api: Api, instance_ids: Collection[str]) -> frozenset[str]:
    """Return the ids of those instances that EC2 runs, in a group or out of it."""
    if not instance_ids:
        return frozenset()
    described = api.client("ec2").describe_instances(
        Filters=[
            {"Name": "instance-id", "Values": sorted(instance_ids)},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
    )
    return frozenset(
        instance["InstanceId"]
        for reservation in described["Reservations"]
        for instance in reservation.get("Instances", [])
        if "InstanceId" in instance
    )


@dataclass(frozen=True)
class GroupPolicies:
    """Target tracking policies of an Auto Scaling group."""

    tracking: list[TargetTrackingPolicy]
    ignored: list[str]
    """Names of those that are not followed, as their metrics are unknown here."""


def describe_policies(api: Api, group_name: str) -> GroupPolicies:
    """Describe the group's target tracking policies that are enabled; others are LocalStack's."""
    answer = api.client("autoscaling").describe_policies(AutoScalingGroupName=group_name)
    tracking: list[TargetTrackingPolicy] = []
    ignored: list[str] = []
    for policy in answer["ScalingPolicies"]:
        # Predictive scaling needs up to two weeks of history, which a local cloud does not have.
        if policy.get("PolicyType") != "TargetTrackingScaling" or not policy.get("Enabled", True):
            continue
        configuration = policy.get("TargetTrackingConfiguration", {})
        metric = configuration.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
        if metric in METRICS:
            tracking.append(
                TargetTrackingPolicy(
                    metric=metric,
                    target=configuration["TargetValue"],
                    may_scale_in=not configuration.get("DisableScaleIn", False),
                    alarms=tuple(alarm.get("AlarmName", "") for alarm in policy.get("Alarms", [])),
                )
            )
        else:
            ignored.append(policy.get("PolicyName", ""))
    return GroupPolicies(tracking, ignored)


def alarm_states(api: Api, names: Sequence[str]) -> dict[str, str]:
    """Return the state of each of these alarms, by name."""
    if not names:
        return {}
    answer = api.client("cloudwatch").describe_alarms(AlarmNames=list(names))
    return {alarm.get("AlarmName", ""): alarm.get("StateValue", "") for alarm in answer["MetricAlarms"]}


def set_alarm_state(api: Api, name: str, state: AlarmState, reason: str, data: str) -> None:
    """Set the state of an alarm, with a reason for people and one in JSON."""
    api.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue=state, StateReason=reason, StateReasonData=data
    )


def tag_address(api: Api, instance_id: str, port: int) -> None:
    """Tag an instance with the address of its process; its private address is none of this machine."""
    address = f"127.0.0.1:{port}"
    api.client("ec2").create_tags(Resources=[instance_id], Tags=[{"Key": ADDRESS_TAG, "Value": address}])


def mark_unhealthy(api: Api, instance_id: str) -> None:
    """Report an instance as unhealthy; Auto Scaling terminates and replaces it."""
    api.client("autoscaling").set_instance_health(
        InstanceId=instance_id, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
    )


def set_desired_capacity(api: Api, group_name: str, size: int) -> None:
    """Set the group's desired capacity."""
    api.client("autoscaling").set_desired_capacity(AutoScalingGroupName=group_name, DesiredCapacity=size)


def alias_version(api: Api, function_name: str, alias: str) -> str:
    """Return the version of a function that an alias points to."""
    return api.client("lambda").get_alias(FunctionName=function_name, Name=alias)["FunctionVersion"]
