"""What the controller asks of the AWS API and tells it: one group of instances behind one load balancer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from localcloud.controller.target_tracking import Bounds, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localcloud.aws.clients import Api

OUTPUTS: Final = "/local-cloud/{stack}/outputs"
"""Parameter that holds what a stack exported. It lies with the resources, so it is gone when they are."""

CONFIG: Final = "/local-cloud/{stack}/config"
"""Parameter that holds what a stack was configured with."""


@dataclass(frozen=True)
class Listed:
    """An instance that Auto Scaling lists."""

    instance_id: str
    zone: str
    template_id: str
    template_version: str


@dataclass(frozen=True)
class Group:
    """The Auto Scaling group, as it is now."""

    name: str
    instances: list[Listed]
    desired: int
    """How many instances there should be."""
    bounds: Bounds
    grace_period: float
    """Seconds after its start in which an instance's health does not count."""
    warm_up: float
    """Seconds after its start in which an instance does not share the load yet."""

    @property
    def ids(self) -> set[str]:
        """The instances' ids."""
        return {instance.instance_id for instance in self.instances}


def remember(api: Api, stack: str, outputs: Mapping[str, Any], config: Mapping[str, str]) -> None:
    """Keep what a stack exported, and what it was configured with, beside its resources."""
    for name, content in ((CONFIG, config), (OUTPUTS, outputs)):
        api.client("ssm").put_parameter(
            Name=name.format(stack=stack), Value=json.dumps(content), Type="String", Overwrite=True
        )


def recall(api: Api, stack: str) -> dict[str, Any] | None:
    """Return what a stack exported, or None if it was never made here to the end."""
    return _recall(api, OUTPUTS.format(stack=stack))


def recall_config(api: Api, stack: str) -> dict[str, str]:
    """Return what a stack was configured with, by full key."""
    return _recall(api, CONFIG.format(stack=stack)) or {}


def _recall(api: Api, name: str) -> dict[str, Any] | None:
    found = api.client("ssm").get_parameters(Names=[name])["Parameters"]
    return json.loads(found[0]["Value"]) if found else None


def group(api: Api, name: str) -> Group:
    """Ask what Auto Scaling lists."""
    answer = api.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    described = answer["AutoScalingGroups"][0]
    return Group(
        name=name,
        instances=[_listed(instance) for instance in described["Instances"]],
        desired=described["DesiredCapacity"],
        bounds=Bounds(least=described["MinSize"], most=described["MaxSize"]),
        grace_period=described.get("HealthCheckGracePeriod", 0),
        warm_up=described.get("DefaultInstanceWarmup", 0),
    )


def _listed(instance: Mapping[str, Any]) -> Listed:
    template = instance["LaunchTemplate"]
    return Listed(
        instance_id=instance["InstanceId"],
        zone=instance["AvailabilityZone"],
        template_id=template["LaunchTemplateId"],
        template_version=template["Version"],
    )


def policies(api: Api, group_name: str) -> list[Policy]:
    """Ask for the group's target tracking policies."""
    answer = api.client("autoscaling").describe_policies(AutoScalingGroupName=group_name)
    tracking = [
        policy["TargetTrackingConfiguration"]
        for policy in answer["ScalingPolicies"]
        # Nobody here has the weeks of history that a forecast asks for.
        if policy["PolicyType"] == "TargetTrackingScaling"
    ]
    return [
        Policy(
            metric=configuration["PredefinedMetricSpecification"]["PredefinedMetricType"],
            target=configuration["TargetValue"],
            may_scale_in=not configuration.get("DisableScaleIn", False),
        )
        for configuration in tracking
    ]


def replace(api: Api, instance_id: str) -> None:
    """Tell Auto Scaling that an instance is unhealthy; it ends it and starts another in its place."""
    api.client("autoscaling").set_instance_health(
        InstanceId=instance_id, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
    )


def resize(api: Api, group_name: str, size: int) -> None:
    """Set how many instances the group should have."""
    api.client("autoscaling").set_desired_capacity(AutoScalingGroupName=group_name, DesiredCapacity=size)


def version_behind(api: Api, function_name: str, alias: str) -> str:
    """Ask which version of a function an alias points to."""
    version: str = api.client("lambda").get_alias(FunctionName=function_name, Name=alias)["FunctionVersion"]
    return version


def deregistration_delay(api: Api, target_group_arn: str) -> float:
    """Ask how many seconds a target has to finish what is in flight."""
    return float(attributes(api, target_group_arn)["deregistration_delay.timeout_seconds"])


def attributes(api: Api, target_group_arn: str) -> dict[str, str]:
    """Ask for a target group's attributes, by key."""
    answer = api.client("elbv2").describe_target_group_attributes(TargetGroupArn=target_group_arn)
    return {attribute["Key"]: attribute["Value"] for attribute in answer["Attributes"]}


@dataclass(frozen=True)
class Balancing:
    """Everything that says how one load balancer spreads its requests."""

    load_balancer_attributes: Mapping[str, str]
    target_group: Mapping[str, Any]
    target_group_attributes: Mapping[str, str]
    rules: Sequence[Mapping[str, Any]]
    """Of the listener, without its default, in the order of their priority."""


def balancing(api: Api, load_balancer_arn: str) -> Balancing:
    """Ask where a load balancer's listener forwards to, and with which attributes and exceptions.

    One that only sends clients to another has nothing to balance.
    """
    elbv2 = api.client("elbv2")
    listeners = elbv2.describe_listeners(LoadBalancerArn=load_balancer_arn)["Listeners"]
    listener = next(item for item in listeners if item["DefaultActions"][0]["Type"] == "forward")
    target_group_arn: str = listener["DefaultActions"][0]["TargetGroupArn"]
    rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    answer = elbv2.describe_load_balancer_attributes(LoadBalancerArn=load_balancer_arn)
    return Balancing(
        load_balancer_attributes={item["Key"]: item["Value"] for item in answer["Attributes"]},
        target_group=elbv2.describe_target_groups(TargetGroupArns=[target_group_arn])["TargetGroups"][0],
        target_group_attributes=attributes(api, target_group_arn),
        rules=sorted(
            (rule for rule in rules if not rule["IsDefault"]), key=lambda rule: int(rule["Priority"])
        ),
    )
