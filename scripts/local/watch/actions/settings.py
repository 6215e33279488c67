"""Settings of the fleet, changed by the AWS API as an operator would: algorithm, size, target, firewall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.envoy_policies import ALGORITHM, ALGORITHM_TAG, LB_POLICIES, LEAST_LOAD
from scripts.local.watch.actions.outcome import ActionError, Outcome, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localcloud.aws.clients import Api

ALGORITHMS: Final = (*LB_POLICIES, LEAST_LOAD)

MAXIMUM_INSTANCES: Final = 12
"""Maximum size of a fleet from the page: each instance is a process of this machine."""

INJECTION_RULES: Final = "AWSManagedRulesSQLiRuleSet"
"""Managed rule group against SQL injection, which the default configuration leaves out."""

MAXIMUM_TARGET: Final = 10_000.0
"""Maximum target from the page, in requests per second and instance."""


def change_algorithm(api: Api, outputs: Mapping[str, Any], algorithm: str) -> Outcome:
    """Change the algorithm of the load balancer; least load is one of local clouds only."""
    if algorithm not in ALGORITHMS:
        raise ActionError("unknown_action", name=algorithm)
    elbv2, group = api.client("elbv2"), outputs["targetGroupArn"]
    if algorithm == LEAST_LOAD:
        elbv2.add_tags(ResourceArns=[group], Tags=[{"Key": ALGORITHM_TAG, "Value": LEAST_LOAD}])
    else:
        elbv2.remove_tags(ResourceArns=[group], TagKeys=[ALGORITHM_TAG])
        elbv2.modify_target_group_attributes(
            TargetGroupArn=group, Attributes=[{"Key": ALGORITHM, "Value": algorithm}]
        )
    return Outcome("changed", {"name": algorithm})


def change_size(api: Api, outputs: Mapping[str, Any], fields: Mapping[str, str]) -> Outcome:
    """Change the minimum and the maximum of the Auto Scaling group, between which its policies size it."""
    minimum = int(number(fields, "minimum", 1, MAXIMUM_INSTANCES))
    maximum = int(number(fields, "maximum", minimum, MAXIMUM_INSTANCES))
    autoscaling, name = api.client("autoscaling"), outputs["autoScalingGroup"]
    (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    desired = min(max(group["DesiredCapacity"], minimum), maximum)
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=name, MinSize=minimum, MaxSize=maximum, DesiredCapacity=desired
    )
    return Outcome("resized", {"minimum": minimum, "maximum": maximum})


def change_target(api: Api, outputs: Mapping[str, Any], fields: Mapping[str, str]) -> Outcome:
    """Change the requests per instance that the scaling policy aims at."""
    per_second = number(fields, "target", 1, MAXIMUM_TARGET)
    autoscaling, name = api.client("autoscaling"), outputs["autoScalingGroup"]
    for policy in autoscaling.describe_policies(AutoScalingGroupName=name)["ScalingPolicies"]:
        configuration = policy.get("TargetTrackingConfiguration")
        metric = (configuration or {}).get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
        if configuration is None or metric != "ALBRequestCountPerTarget":
            continue
        specification = configuration.get("PredefinedMetricSpecification", {})
        autoscaling.put_scaling_policy(
            AutoScalingGroupName=name,
            PolicyName=policy.get("PolicyName", ""),
            PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration={
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ALBRequestCountPerTarget",
                    "ResourceLabel": specification.get("ResourceLabel", ""),
                },
                "TargetValue": 60 * per_second,
                "DisableScaleIn": configuration.get("DisableScaleIn", False),
            },
        )
        return Outcome("retargeted", {"target": f"{per_second:g}"})
    raise ActionError("no_policy")


def change_firewall(api: Api, outputs: Mapping[str, Any], *, blocks: bool) -> Outcome:
    """Set all rules of the web ACL to block, or to only count."""
    wafv2 = api.client("wafv2")
    acl: Any = wafv2.get_web_acl_for_resource(ResourceArn=outputs["loadBalancerArn"])["WebACL"]
    named: Any = {"Name": acl["Name"], "Id": acl["Id"], "Scope": "REGIONAL"}
    wafv2.update_web_acl(
        **named,
        LockToken=wafv2.get_web_acl(**named)["LockToken"],
        DefaultAction=acl["DefaultAction"],
        VisibilityConfig=acl["VisibilityConfig"],
        Rules=with_mode(acl["Rules"], blocks=blocks),
    )
    return Outcome("firewall_blocks" if blocks else "firewall_counts")


def with_mode(rules: Sequence[Mapping[str, Any]], *, blocks: bool) -> list[Any]:
    """Return rules that block or only count, AWS's rules for SQL injection among them; what allows stays."""
    changed: list[dict[str, Any]] = [dict(rule) for rule in rules]
    if all(rule["Name"] != INJECTION_RULES for rule in rules):
        priority = 1 + max((rule["Priority"] for rule in rules), default=0)
        changed.append(_managed_rule(INJECTION_RULES, priority))
    for rule in changed:
        if "OverrideAction" in rule:
            rule["OverrideAction"] = {"None" if blocks else "Count": {}}
        elif "Allow" not in rule.get("Action", {}):
            rule["Action"] = {"Block" if blocks else "Count": {}}
    return changed


def _managed_rule(name: str, priority: int) -> dict[str, Any]:
    return {
        "Name": name,
        "Priority": priority,
        "OverrideAction": {"None": {}},
        "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name}},
        "VisibilityConfig": {
            "SampledRequestsEnabled": True,
            "CloudWatchMetricsEnabled": True,
            "MetricName": name,
        },
    }
