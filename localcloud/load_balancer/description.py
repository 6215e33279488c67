"""Description of a load balancer as the AWS API gives it, and the differences between two descriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from localcloud.load_balancer.envoy_policies import tagged_algorithm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_elbv2.type_defs import ActionOutputTypeDef, RuleTypeDef, TargetGroupTypeDef

    from localcloud.aws.clients import Api

HEALTH_CHECK_KEYS: Final = (
    "HealthCheckPath",
    "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "UnhealthyThresholdCount",
    "Matcher",
)
"""Keys of `DescribeTargetGroups` that set the health check."""

WITHOUT_EFFECT: Final = {("stickiness.type", "app_cookie")}
"""Attributes with values that the local load balancer does not follow."""


@dataclass(frozen=True)
class LoadBalancerDescription:
    """Settings that determine how one load balancer distributes its requests."""

    load_balancer_attributes: Mapping[str, str]
    target_group: TargetGroupTypeDef
    target_group_attributes: Mapping[str, str]
    rules: Sequence[RuleTypeDef]
    """Rules of the listener by priority, and its default last if that does not forward."""
    has_web_acl: bool = False
    """True if a web ACL is associated with it."""
    zones: Sequence[str] = ("",)
    """Availability zones; "" stands for all of them together."""

    @property
    def target_group_arn(self) -> str:
        """ARN of the target group, or an empty text if it was described without one."""
        return self.target_group.get("TargetGroupArn", "")

    @property
    def deregistration_delay(self) -> float:
        """Seconds that a deregistered target has to finish requests in flight."""
        return float(self.target_group_attributes["deregistration_delay.timeout_seconds"])


def describe_load_balancer(api: Api, load_balancer_arn: str) -> LoadBalancerDescription:
    """Describe a load balancer, its forwarding listener and that listener's target group.

    A listener that only redirects is skipped if another one forwards.
    """
    elbv2 = api.client("elbv2")
    listeners = elbv2.describe_listeners(LoadBalancerArn=load_balancer_arn)["Listeners"]
    of_stack = elbv2.describe_target_groups(LoadBalancerArn=load_balancer_arn)["TargetGroups"]
    forwarding = [item for item in listeners if item["DefaultActions"][0]["Type"] == "forward"]
    listener = (forwarding or listeners)[0]
    default = listener["DefaultActions"]
    target_group_arn = default[0].get("TargetGroupArn") or of_stack[0]["TargetGroupArn"]
    rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    (balancer,) = elbv2.describe_load_balancers(LoadBalancerArns=[load_balancer_arn])["LoadBalancers"]
    of_balancer = elbv2.describe_load_balancer_attributes(LoadBalancerArn=load_balancer_arn)["Attributes"]
    of_group = elbv2.describe_target_group_attributes(TargetGroupArn=target_group_arn)["Attributes"]
    (tags,) = elbv2.describe_tags(ResourceArns=[target_group_arn])["TagDescriptions"]
    return LoadBalancerDescription(
        load_balancer_attributes={item["Key"]: item["Value"] for item in of_balancer},
        target_group=elbv2.describe_target_groups(TargetGroupArns=[target_group_arn])["TargetGroups"][0],
        target_group_attributes={item["Key"]: item["Value"] for item in of_group}
        | tagged_algorithm({tag["Key"]: tag.get("Value", "") for tag in tags["Tags"]}),
        has_web_acl="WebACL" in api.client("wafv2").get_web_acl_for_resource(ResourceArn=load_balancer_arn),
        zones=sorted(zone["ZoneName"] for zone in balancer["AvailabilityZones"] if "ZoneName" in zone),
        rules=[
            *sorted(
                (rule for rule in rules if not rule["IsDefault"]), key=lambda rule: int(rule["Priority"])
            ),
            *([] if _only_forwards(default) else [{"Conditions": [], "Actions": default}]),
        ],
    )


def _only_forwards(actions: Sequence[ActionOutputTypeDef]) -> bool:
    """Return whether the default action of a listener forwards to one target group."""
    weighted = actions[0].get("ForwardConfig", {}).get("TargetGroups", [])
    return len(actions) == 1 and actions[0]["Type"] == "forward" and len(weighted) <= 1


def differences(before: LoadBalancerDescription, after: LoadBalancerDescription) -> list[str]:
    """Return what has changed from one description to another, as `name=value` under AWS's names."""
    return [
        *_changed(before.load_balancer_attributes, after.load_balancer_attributes),
        *_changed(before.target_group_attributes, after.target_group_attributes),
        *_changed(_health_check(before), _health_check(after)),
        *([f"listener rules={len(after.rules)}"] if before.rules != after.rules else []),
        *([f"web ACL={after.has_web_acl}"] if before.has_web_acl != after.has_web_acl else []),
    ]


def _health_check(described: LoadBalancerDescription) -> dict[str, str]:
    group: Mapping[str, object] = {**described.target_group}
    checked = {key: group.get(key) for key in HEALTH_CHECK_KEYS}
    matcher = described.target_group.get("Matcher", {})
    return {key: str(value) for key, value in (checked | {"Matcher": matcher.get("HttpCode")}).items()}


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            value = after.get(key)
            yield f"{key}={value}{' (without effect here)' if (key, value) in WITHOUT_EFFECT else ''}"
