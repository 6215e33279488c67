"""Description of a load balancer as the AWS API gives it, and the differences between two descriptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.envoy_policies import tagged_algorithm
from localcloud.load_balancer.routing.forwarding import TargetGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from types_boto3_elbv2.type_defs import ActionOutputTypeDef, ListenerTypeDef, RuleTypeDef

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


WITHOUT_EFFECT: Final = (
    "access_logs.",
    "connection_logs.",
    "health_check_logs.",
    "deletion_protection.",
    "routing.http.desync_mitigation_mode",
    "routing.http.preserve_host_header.",
    "routing.http.x_amzn_tls_version_and_cipher_suite.",
    "target_group_health.dns_failover.",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
    "zonal_shift.",
)
"""Attributes, or beginnings of their names, that the local load balancer does not follow but stores."""


@dataclass(frozen=True)
class LoadBalancerDescription:
    """Settings that determine how one load balancer distributes its requests."""

    load_balancer_attributes: Mapping[str, str]
    target_group: Mapping[str, Any]
    """Description from `DescribeTargetGroups`."""
    target_group_attributes: Mapping[str, str]
    rules: Sequence[RuleTypeDef]
    """Rules of the listener by priority, and its default last if it does more than forward to one group."""
    others: Mapping[str, TargetGroup] = field(default_factory=dict[str, TargetGroup])
    """Other target groups to which rules or the default action forward, by ARN."""
    has_web_acl: bool = False
    """True if a web ACL is associated with it."""
    zones: Sequence[str] = ("",)
    """Availability zones; "" stands for all of them together."""

    @property
    def target_group_arn(self) -> str:
        """ARN of the target group, or an empty text if it was described without one."""
        return self.target_group.get("TargetGroupArn", "")

    @property
    def target_group_arns(self) -> list[str]:
        """ARNs of all target groups, that of the listener first."""
        return [self.target_group_arn, *self.others]

    @property
    def deregistration_delay(self) -> float:
        """Seconds that a deregistered target has to finish requests in flight."""
        return float(self.target_group_attributes["deregistration_delay.timeout_seconds"])


def find_listener(api: Api, load_balancer_arn: str) -> ListenerTypeDef:
    """Return the listener of a load balancer that forwards, or its first one."""
    listeners = api.client("elbv2").describe_listeners(LoadBalancerArn=load_balancer_arn)["Listeners"]
    forwarding = [item for item in listeners if item["DefaultActions"][0]["Type"] == "forward"]
    return (forwarding or listeners)[0]


def describe_load_balancer(api: Api, load_balancer_arn: str) -> LoadBalancerDescription:
    """Describe a load balancer, its forwarding listener and that listener's target group.

    A listener that only redirects is skipped if another one forwards.
    """
    elbv2 = api.client("elbv2")
    listener = find_listener(api, load_balancer_arn)
    of_stack = elbv2.describe_target_groups(LoadBalancerArn=load_balancer_arn)["TargetGroups"]
    default = listener["DefaultActions"]
    forwarded = [*_target_groups(default), of_stack[0]["TargetGroupArn"]]
    target_group_arn = forwarded[0]
    rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    (balancer,) = elbv2.describe_load_balancers(LoadBalancerArns=[load_balancer_arn])["LoadBalancers"]
    of_balancer = elbv2.describe_load_balancer_attributes(LoadBalancerArn=load_balancer_arn)["Attributes"]
    of_rules = [
        arn for rule in [{"Actions": default}, *rules] for arn in _target_groups(rule.get("Actions", []))
    ]
    others = {arn: _describe_target_group(api, arn) for arn in of_rules if arn != target_group_arn}
    of_listener = _describe_target_group(api, target_group_arn)
    return LoadBalancerDescription(
        load_balancer_attributes={item["Key"]: item["Value"] for item in of_balancer},
        target_group=of_listener.settings,
        target_group_attributes=of_listener.attributes,
        others=others,
        has_web_acl="WebACL" in api.client("wafv2").get_web_acl_for_resource(ResourceArn=load_balancer_arn),
        zones=sorted(zone["ZoneName"] for zone in balancer["AvailabilityZones"] if "ZoneName" in zone),
        rules=[
            *sorted(
                (rule for rule in rules if not rule["IsDefault"]), key=lambda rule: int(rule["Priority"])
            ),
            *([] if _only_forwards(default) else [{"Conditions": [], "Actions": default}]),
        ],
    )


def _target_groups(actions: Iterable[ActionOutputTypeDef]) -> list[str]:
    """Return the ARNs of the target groups to which actions forward."""
    forwards = [action for action in actions if action["Type"] == "forward"]
    groups = [
        group for action in forwards for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
    ]
    return [each["TargetGroupArn"] for each in [*groups, *forwards] if "TargetGroupArn" in each]


def _describe_target_group(api: Api, arn: str) -> TargetGroup:
    elbv2 = api.client("elbv2")
    attributes = elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    (tags,) = elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    (settings,) = elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    return TargetGroup(
        settings,
        {item["Key"]: item["Value"] for item in attributes}
        | tagged_algorithm({tag["Key"]: tag.get("Value", "") for tag in tags["Tags"]}),
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
        *_changed(_health_check(before.target_group), _health_check(after.target_group)),
        *_changes_of_others(before.others, after.others),
        *([f"listener rules={len(after.rules)}"] if before.rules != after.rules else []),
        *([f"web ACL={after.has_web_acl}"] if before.has_web_acl != after.has_web_acl else []),
    ]


def is_followed(change: str) -> bool:
    """Return whether a change, as `name=value`, has an effect on the local load balancer."""
    return not change.rpartition(": ")[2].startswith(WITHOUT_EFFECT)


def _changes_of_others(before: Mapping[str, TargetGroup], after: Mapping[str, TargetGroup]) -> Iterator[str]:
    """Yield the changes of the other target groups, each after the group's name."""
    for arn, group in after.items():
        name = str(group.settings.get("TargetGroupName", arn))
        if arn not in before:
            yield f"target group {name}"
            continue
        old = before[arn]
        for change in (
            *_changed(old.attributes, group.attributes),
            *_changed(_health_check(old.settings), _health_check(group.settings)),
        ):
            yield f"{name}: {change}"


def _health_check(group: Mapping[str, Any]) -> dict[str, str]:
    checked = {key: group.get(key) for key in HEALTH_CHECK_KEYS}
    matcher: Mapping[str, str] = group.get("Matcher", {})
    return {key: str(value) for key, value in (checked | {"Matcher": matcher.get("HttpCode")}).items()}


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield f"{key}={after.get(key)}"
