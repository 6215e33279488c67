"""Record of what is changed by the AWS API while a cloud runs, which a lost LocalStack gets back.

Rules of the listener, its default action, health check and tags of the target group, the web ACL, scaling
policies, scheduled actions and alarms.
In another LocalStack, resources have other ARNs, and those without a name of their own other names: the
record is translated first.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError, ParamValidationError

from localcloud.controller.firewall_record import record_firewall, restore_firewall, stem
from localcloud.load_balancer.description import HEALTH_CHECK_KEYS, find_listener
from localcloud.state_dir import replace_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from localcloud.aws.clients import Api

Described = dict[str, Any]
"""Resource as the AWS API describes it."""

TRACKING: Final = "TargetTracking-"
"""Beginning of the names of alarms that policies create by themselves."""


@dataclass(frozen=True, kw_only=True)
class SettingsRecord:
    """Settings of one stack."""

    group: str
    """Name of the Auto Scaling group."""
    load_balancer: str
    """ARN of the load balancer."""
    target_group: str
    """ARN of the target group."""
    default_actions: list[Described]
    rules: list[Described]
    """Rules of the listener by priority, without the default."""
    health_check: Described
    policies: list[Described]
    scheduled: list[Described]
    alarms: list[Described]
    """Alarms without those of target tracking."""
    target_group_tags: dict[str, str] = field(default_factory=dict[str, str])
    firewall: Described | None = None
    """Web ACL of the load balancer, as `firewall_record` has it; None if it has none."""

    @classmethod
    def of(cls, api: Api, group: str, load_balancer: str) -> SettingsRecord:
        """Read the settings of a group and its load balancer from the AWS API."""
        elbv2, autoscaling = api.client("elbv2"), api.client("autoscaling")
        attached = autoscaling.describe_load_balancer_target_groups(AutoScalingGroupName=group)
        target_group = attached["LoadBalancerTargetGroups"][0].get("LoadBalancerTargetGroupARN", "")
        listener = find_listener(api, load_balancer)
        rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        (checked,) = elbv2.describe_target_groups(TargetGroupArns=[target_group])["TargetGroups"]
        (tagged,) = elbv2.describe_tags(ResourceArns=[target_group])["TagDescriptions"]
        described_alarms = api.client("cloudwatch").get_paginator("describe_alarms").paginate()
        alarms = described_alarms.build_full_result()["MetricAlarms"]
        # A group may have more of them than fit into a page (`MAXIMUM_SCHEDULED_ACTIONS`).
        actions = autoscaling.get_paginator("describe_scheduled_actions").paginate(AutoScalingGroupName=group)
        policies = autoscaling.get_paginator("describe_policies").paginate(AutoScalingGroupName=group)
        own = [rule for rule in rules if not rule["IsDefault"]]
        return cls(
            group=group,
            load_balancer=load_balancer,
            target_group=target_group,
            default_actions=_plain(listener["DefaultActions"]),
            rules=_plain(sorted(own, key=lambda rule: int(rule["Priority"]))),
            health_check={key: value for key, value in checked.items() if key in HEALTH_CHECK_KEYS},
            policies=_plain(policies.build_full_result()["ScalingPolicies"]),
            scheduled=_plain(actions.build_full_result()["ScheduledUpdateGroupActions"]),
            alarms=[_configuration(alarm) for alarm in _plain(alarms) if not _is_tracking(alarm)],
            target_group_tags={tag["Key"]: tag.get("Value", "") for tag in tagged.get("Tags", [])},
            firewall=record_firewall(api, load_balancer),
        )

    def save(self, file: Path) -> None:
        """Write the record."""
        replace_text(file, json.dumps(asdict(self)))

    @classmethod
    def read(cls, file: Path) -> SettingsRecord | None:
        """Read the record; return None if there is none."""
        return cls(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None

    def translated(self, now: SettingsRecord) -> SettingsRecord:
        """Return this record with the names and ARNs of another LocalStack, whose settings are given."""
        names = {
            self.group: now.group,
            self.load_balancer: now.load_balancer,
            self.target_group: now.target_group,
            _in_metrics(self.load_balancer): _in_metrics(now.load_balancer),
            _in_metrics(self.target_group): _in_metrics(now.target_group),
        }
        for key, before, after in (
            ("PolicyName", self.policies, now.policies),
            ("ScheduledActionName", self.scheduled, now.scheduled),
            ("AlarmName", self.alarms, now.alarms),
        ):
            names |= _renamed(before, after, key)
        topics = {alarm["AlarmName"]: alarm.get("AlarmActions", []) for alarm in now.alarms}
        for alarm in self.alarms:
            actions = topics.get(names.get(alarm["AlarmName"], alarm["AlarmName"]), [])
            names |= dict(zip(alarm.get("AlarmActions", []), actions, strict=False))
        text = json.dumps(asdict(self))
        # The longest first: a name can be a part of an ARN.
        for old in sorted(names, key=len, reverse=True):
            text = text.replace(json.dumps(old)[1:-1], json.dumps(names[old])[1:-1])
        return SettingsRecord(**json.loads(text))


def restore_settings(api: Api, record: SettingsRecord, now: SettingsRecord) -> list[str]:
    """Set what differs from the record in another LocalStack; return what the API refused.

    Args:
        api: API of the LocalStack.
        record: settings before it was lost.
        now: settings with which the stack was provisioned again.
    """
    wanted, refused = record.translated(now), list[str]()
    for change in (
        *_rule_changes(api, wanted, now),
        *_tag_changes(api, wanted, now),
        # Not translated: it is restored by the names of its resources.
        lambda: restore_firewall(api, record.firewall, now.load_balancer),
        *_policy_changes(api, wanted, now),
        *_scheduled_changes(api, wanted, now),
    ):
        _try(change, refused)
    # Alarms refer to policies by their ARNs, which are known now.
    arns = {
        policy["PolicyName"]: policy["PolicyARN"]
        for policy in api.client("autoscaling").describe_policies(AutoScalingGroupName=now.group)[
            "ScalingPolicies"
        ]
        if "PolicyName" in policy and "PolicyARN" in policy
    }
    text = json.dumps(wanted.alarms)
    for policy in wanted.policies:
        text = text.replace(
            str(policy["PolicyARN"]), str(arns.get(policy["PolicyName"], policy["PolicyARN"]))
        )
    for change in _alarm_changes(api, json.loads(text), now):
        _try(change, refused)
    return refused


def _try(change: Callable[[], object], refused: list[str]) -> None:
    try:
        change()
    except (ClientError, ParamValidationError) as error:
        refused.append(str(error))


def _rule_changes(api: Api, wanted: SettingsRecord, now: SettingsRecord) -> Iterator[Callable[[], object]]:
    elbv2 = cast("Any", api.client("elbv2"))
    listener = find_listener(api, now.load_balancer)["ListenerArn"]
    if wanted.health_check != now.health_check:
        yield lambda: elbv2.modify_target_group(TargetGroupArn=now.target_group, **wanted.health_check)
    if wanted.default_actions != now.default_actions:
        yield lambda: elbv2.modify_listener(ListenerArn=listener, DefaultActions=wanted.default_actions)
    before = {rule["Priority"]: _rule(rule) for rule in now.rules}
    after = {rule["Priority"]: _rule(rule) for rule in wanted.rules}
    for rule in now.rules:
        if after.get(rule["Priority"]) != before[rule["Priority"]]:
            yield lambda arn=rule["RuleArn"]: elbv2.delete_rule(RuleArn=arn)
    for priority, rule in after.items():
        if before.get(priority) != rule:
            yield lambda priority=priority, rule=rule: elbv2.create_rule(
                ListenerArn=listener, Priority=int(priority), **rule
            )


def _rule(rule: Described) -> Described:
    """Return what determines a rule; a condition has its values once."""
    conditions = [
        {key: value for key, value in condition.items() if key != "Values" or len(condition) == 2}  # noqa: PLR2004 - with its field
        for condition in rule["Conditions"]
    ]
    return {"Conditions": conditions, "Actions": rule["Actions"]}


def _tag_changes(api: Api, wanted: SettingsRecord, now: SettingsRecord) -> Iterator[Callable[[], object]]:
    elbv2 = api.client("elbv2")
    changed = wanted.target_group_tags.items() - now.target_group_tags.items()
    if changed:
        yield lambda: elbv2.add_tags(
            ResourceArns=[now.target_group], Tags=[{"Key": key, "Value": value} for key, value in changed]
        )
    if removed := now.target_group_tags.keys() - wanted.target_group_tags.keys():
        yield lambda: elbv2.remove_tags(ResourceArns=[now.target_group], TagKeys=[*removed])


def _policy_changes(api: Api, wanted: SettingsRecord, now: SettingsRecord) -> Iterator[Callable[[], object]]:
    autoscaling = cast("Any", api.client("autoscaling"))
    before, after = (
        {
            policy["PolicyName"]: {key: policy[key] for key in policy if key not in {"PolicyARN", "Alarms"}}
            for policy in record.policies
        }
        for record in (now, wanted)
    )
    for name in before.keys() - after.keys():
        yield lambda name=name: autoscaling.delete_policy(AutoScalingGroupName=now.group, PolicyName=name)
    for name, policy in after.items():
        if before.get(name) != policy:
            yield lambda policy=policy: autoscaling.put_scaling_policy(**policy)


def _scheduled_changes(
    api: Api, wanted: SettingsRecord, now: SettingsRecord
) -> Iterator[Callable[[], object]]:
    autoscaling = cast("Any", api.client("autoscaling"))
    before, after = (
        {action["ScheduledActionName"]: action for action in record.scheduled} for record in (now, wanted)
    )
    for name in before.keys() - after.keys():
        yield lambda name=name: autoscaling.delete_scheduled_action(
            AutoScalingGroupName=now.group, ScheduledActionName=name
        )
    soon = datetime.now(UTC) + timedelta(seconds=5)
    for number, (name, action) in enumerate(after.items()):
        parameters = {key: action[key] for key in action if key not in {"ScheduledActionARN", "Time"}}
        start = datetime.fromisoformat(parameters.pop("StartTime"))
        if start > soon or "Recurrence" not in action:
            # One whose time has passed meanwhile is late; no two have the same time.
            parameters["StartTime"] = max(start, soon + timedelta(seconds=number))
        if name not in before or _without_times(before[name]) != _without_times(action):
            yield lambda parameters=parameters: autoscaling.put_scheduled_update_group_action(**parameters)


def _without_times(action: Described) -> Described:
    times = {"ScheduledActionARN", "StartTime", "Time"} if "Recurrence" in action else {"ScheduledActionARN"}
    return {key: value for key, value in action.items() if key not in times}


def _alarm_changes(
    api: Api, wanted: Iterable[Described], now: SettingsRecord
) -> Iterator[Callable[[], object]]:
    cloudwatch = cast("Any", api.client("cloudwatch"))
    before = {alarm["AlarmName"]: alarm for alarm in now.alarms}
    after = {alarm["AlarmName"]: alarm for alarm in wanted}
    if gone := [*(before.keys() - after.keys())]:
        yield lambda: cloudwatch.delete_alarms(AlarmNames=gone)
    for name, alarm in after.items():
        if before.get(name) != alarm:
            yield lambda alarm=alarm: cloudwatch.put_metric_alarm(**alarm)


def _configuration(alarm: Described) -> Described:
    """Return the parameters with which an alarm was put."""
    return {
        key: value
        for key, value in alarm.items()
        if key not in {"AlarmArn", "AlarmConfigurationUpdatedTimestamp", "EvaluationState"}
        and not key.startswith("State")
    }


def _is_tracking(alarm: Mapping[str, Any]) -> bool:
    return str(alarm.get("AlarmName", "")).startswith(TRACKING)


def _in_metrics(arn: str) -> str:
    """Return the name of a load balancer or target group in CloudWatch."""
    return arn.rpartition(":")[2].removeprefix("loadbalancer/")


def _renamed(before: Iterable[Described], after: Iterable[Described], key: str) -> dict[str, str]:
    """Return the names of resources that have got another suffix, by their names before."""
    names = {each[key] for each in after}
    by_stem = {stem(name): name for name in names}
    return {
        each[key]: by_stem[stem(each[key])]
        for each in before
        if each[key] not in names and stem(each[key]) in by_stem
    }


def _plain(described: object) -> list[Described]:
    """Return descriptions as JSON has them, with times as text."""
    return json.loads(json.dumps(described, default=str))
