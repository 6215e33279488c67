"""Recorded settings, their translation into the names of another LocalStack, and what is put there."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from infra.fleet.scaling_config import MAXIMUM_SCHEDULED_ACTIONS
from localcloud.aws.clients import Api
from localcloud.controller.settings_record import SettingsRecord, restore_settings
from tests.stubbed import stub

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stubbed import Answers

ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000"

BEFORE = SettingsRecord(
    group="iris-1111111",
    load_balancer=f"{ARN}:loadbalancer/app/iris/1",
    target_group=f"{ARN}:targetgroup/iris/1",
    default_actions=[],
    rules=[{"Priority": "9", "Actions": [{"TargetGroupArn": f"{ARN}:targetgroup/iris/1"}]}],
    health_check={},
    policies=[{"PolicyName": "cpu", "ResourceLabel": "app/iris/1/targetgroup/iris/1"}],
    scheduled=[],
    alarms=[
        {"AlarmName": "iris-errors-1111111", "AlarmActions": ["arn:topic-1"], "Threshold": 7},
        {"AlarmName": "mine", "AlarmActions": ["arn:topic-1"], "Value": "app/iris/1"},
    ],
)
NOW = replace(
    BEFORE,
    group="iris-2222222",
    load_balancer=f"{ARN}:loadbalancer/app/iris/2",
    target_group=f"{ARN}:targetgroup/iris/2",
    alarms=[{"AlarmName": "iris-errors-2222222", "AlarmActions": ["arn:topic-2"], "Threshold": 1}],
)


def test_settings_get_the_names_and_arns_of_another_localstack():
    after = BEFORE.translated(NOW)
    assert (after.group, after.load_balancer, after.target_group) == (
        NOW.group,
        NOW.load_balancer,
        NOW.target_group,
    )
    assert after.rules[0]["Actions"] == [{"TargetGroupArn": NOW.target_group}]
    assert after.policies[0]["ResourceLabel"] == "app/iris/2/targetgroup/iris/2"
    assert after.alarms == [
        {"AlarmName": "iris-errors-2222222", "AlarmActions": ["arn:topic-2"], "Threshold": 7},
        {"AlarmName": "mine", "AlarmActions": ["arn:topic-2"], "Value": "app/iris/2"},
    ]


def test_actions_and_policies_get_the_names_that_the_program_has_given_them_anew():
    def named(suffix: str) -> SettingsRecord:
        return replace(
            BEFORE,
            scheduled=[{"ScheduledActionName": f"iris-morning-{suffix}"}],
            policies=[{"PolicyName": f"iris-cpu-{suffix}"}],
        )

    # One that an operator has added keeps its name.
    before = named("1111111")
    before.scheduled.append({"ScheduledActionName": "holiday"})
    after = before.translated(named("2222222"))
    assert [each["ScheduledActionName"] for each in after.scheduled] == ["iris-morning-2222222", "holiday"]
    assert [each["PolicyName"] for each in after.policies] == ["iris-cpu-2222222"]


def test_settings_read_back_as_they_were_saved(tmp_path: Path):
    BEFORE.save(tmp_path / "settings.json")
    assert SettingsRecord.read(tmp_path / "settings.json") == BEFORE
    assert SettingsRecord.read(tmp_path / "none.json") is None


def test_an_arn_that_has_the_name_of_the_group_becomes_the_other_arn():
    # Pulumi appends its suffix to the name of the load balancer and that of the group alike.
    before = replace(BEFORE, load_balancer=f"{ARN}:loadbalancer/app/iris-1111111/aaa")
    now = replace(NOW, load_balancer=f"{ARN}:loadbalancer/app/iris-2222222/bbb")
    dimensions = [{"AlarmName": "mine", "Value": "app/iris-1111111/aaa", "Group": "iris-1111111"}]
    after = replace(before, alarms=dimensions).translated(now)
    assert after.load_balancer == now.load_balancer
    assert after.alarms == [{"AlarmName": "mine", "Value": "app/iris-2222222/bbb", "Group": "iris-2222222"}]


def test_short_names_without_a_suffix_are_those_of_different_resources():
    before = replace(BEFORE, policies=[{"PolicyName": "cpu"}, {"PolicyName": "requests-0123abc"}], alarms=[])
    now = replace(BEFORE, policies=[{"PolicyName": "memory"}, {"PolicyName": "requests-fedcba9"}], alarms=[])
    names = [each["PolicyName"] for each in before.translated(now).policies]
    assert names == ["cpu", "requests-fedcba9"]


LISTENER = f"{ARN}:listener/app/iris/1/2"


def listeners(load_balancer: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    described = {"ListenerArn": LISTENER, "DefaultActions": [{"Type": "forward"}]}
    return "describe_listeners", {"LoadBalancerArn": load_balancer}, {"Listeners": [described]}


def without_web_acl(load_balancer: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return "get_web_acl_for_resource", {"ResourceArn": load_balancer}, {}


def test_all_pages_are_recorded_but_the_alarms_of_target_tracking_which_are_left_to_their_policies():
    # Auto Scaling creates and names them (Auto Scaling user guide, "Target tracking scaling policies").
    api = Api("http://127.0.0.1:1", "eu-west-1")
    group = {"AutoScalingGroupName": "iris"}
    # Priorities are numbers in texts; the default is part of the listener.
    rules = [{"Priority": each, "IsDefault": each == "default"} for each in ("10", "9", "default", "100")]
    elbv2: Answers = [
        listeners(BEFORE.load_balancer),
        ("describe_rules", {"ListenerArn": LISTENER}, {"Rules": rules}),
        (
            "describe_target_groups",
            {"TargetGroupArns": [BEFORE.target_group]},
            {"TargetGroups": [{"HealthCheckPath": "/readyz", "TargetGroupName": "iris"}]},
        ),
        (
            "describe_tags",
            {"ResourceArns": [BEFORE.target_group]},
            {"TagDescriptions": [{"Tags": [{"Key": "project", "Value": "iris"}]}]},
        ),
    ]
    attached = {"LoadBalancerTargetGroups": [{"LoadBalancerTargetGroupARN": BEFORE.target_group}]}
    actions = [{"ScheduledActionName": f"at-{number}"} for number in range(MAXIMUM_SCHEDULED_ACTIONS)]
    key = "ScheduledUpdateGroupActions"
    autoscaling: Answers = [
        ("describe_load_balancer_target_groups", group, attached),
        ("describe_policies", group, {"ScalingPolicies": [], "NextToken": "2"}),
        ("describe_policies", group | {"NextToken": "2"}, {"ScalingPolicies": [{"PolicyName": "late"}]}),
        (
            "describe_scheduled_actions",
            group,
            {"ScheduledUpdateGroupActions": actions[:100], "NextToken": "2"},
        ),
        ("describe_scheduled_actions", group | {"NextToken": "2"}, {key: actions[100:]}),
    ]
    alarms = [
        {"AlarmName": "TargetTracking-iris-AlarmHigh-1"},
        {"AlarmName": "errors", "Threshold": 1.0, "StateValue": "ALARM", "AlarmArn": "arn:errors"},
    ]
    cloudwatch: Answers = [
        ("describe_alarms", {}, {"MetricAlarms": alarms[:1], "NextToken": "2"}),
        ("describe_alarms", {"NextToken": "2"}, {"MetricAlarms": alarms[1:]}),
    ]
    with (
        stub(api.client("elbv2"), elbv2),
        stub(api.client("autoscaling"), autoscaling),
        stub(api.client("cloudwatch"), cloudwatch),
        stub(api.client("wafv2"), [without_web_acl(BEFORE.load_balancer)]),
    ):
        found = SettingsRecord.of(api, "iris", BEFORE.load_balancer)
    assert found.alarms == [{"AlarmName": "errors", "Threshold": 1.0}]
    assert [rule["Priority"] for rule in found.rules] == ["9", "10", "100"]
    assert (found.policies, found.scheduled) == ([{"PolicyName": "late"}], actions)
    assert found.health_check == {"HealthCheckPath": "/readyz"}
    assert (found.target_group_tags, found.firewall) == ({"project": "iris"}, None)


def test_actions_that_were_due_meanwhile_come_soon_and_one_after_the_other():
    # PutScheduledUpdateGroupAction refuses a start in the past, and a second action at the same time.
    api = Api("http://127.0.0.1:1", "eu-west-1")
    now = datetime.now(UTC)
    later = (now + timedelta(days=1)).replace(microsecond=0)
    due = [now - timedelta(hours=2), now - timedelta(hours=1), later]
    scheduled = [
        {
            "AutoScalingGroupName": BEFORE.group,
            "ScheduledActionName": f"once-{number}",
            "StartTime": str(start),
            "DesiredCapacity": 3,
        }
        for number, start in enumerate(due)
    ]
    record = replace(BEFORE, scheduled=scheduled, rules=[], policies=[], alarms=[])
    autoscaling = api.client("autoscaling")
    put: list[dict[str, Any]] = []

    def record_put(params: dict[str, Any], **_: object) -> None:
        put.append(dict(params))

    autoscaling.meta.events.register(
        "provide-client-params.auto-scaling.PutScheduledUpdateGroupAction", record_put
    )
    answers: Answers = [("put_scheduled_update_group_action", None, {})] * 3  # pyright: ignore[reportAssignmentType] - any parameters
    answers.append(("describe_policies", {"AutoScalingGroupName": BEFORE.group}, {"ScalingPolicies": []}))
    with (
        stub(api.client("elbv2"), [listeners(BEFORE.load_balancer)]),
        stub(autoscaling, answers),
        stub(api.client("wafv2"), [without_web_acl(BEFORE.load_balancer)]),
    ):
        assert restore_settings(api, record, replace(record, scheduled=[])) == []
    first, second, third = (each["StartTime"] for each in put)
    assert now < first < second < now + timedelta(minutes=1)
    assert third == later


def fixed_response(status: str) -> list[dict[str, Any]]:
    return [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status}}]


def rule_at(priority: str, path: str) -> dict[str, Any]:
    values = {"Values": [path]}
    return {
        "RuleArn": f"{ARN}:listener-rule/app/iris/{priority}",
        "Priority": priority,
        # The API gives the values twice, and accepts them once.
        "Conditions": [{"Field": "path-pattern", **values, "PathPatternConfig": values}],
        "Actions": fixed_response("404"),
    }


def action_at(name: str, recurrence: str, size: int) -> dict[str, Any]:
    return {
        "AutoScalingGroupName": BEFORE.group,
        "ScheduledActionName": name,
        "ScheduledActionARN": f"arn:{name}",
        "StartTime": "2020-01-01 00:00:00+00:00",
        "Time": "2020-01-01 00:00:00+00:00",
        "Recurrence": recurrence,
        "MinSize": size,
    }


def policy_of(name: str, target: float, localstack: int) -> dict[str, Any]:
    return {
        "AutoScalingGroupName": BEFORE.group,
        "PolicyName": name,
        "PolicyARN": f"arn:policy/{name}/{localstack}",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {"TargetValue": target},
        "Alarms": [{"AlarmName": f"TargetTracking-{name}-{localstack}"}],
    }


def alarm_of(name: str, threshold: float, action: str) -> dict[str, Any]:
    return {"AlarmName": name, "Threshold": threshold, "AlarmActions": [action]}


def test_everything_that_differs_is_restored_and_nothing_else():
    # All that is the same is left as it is: an answer that is not in these lists would be an error.
    api = Api("http://127.0.0.1:1", "eu-west-1")
    names: dict[str, Any] = {
        "group": BEFORE.group,
        "load_balancer": BEFORE.load_balancer,
        "target_group": BEFORE.target_group,
    }
    wanted = SettingsRecord(
        **names,
        default_actions=fixed_response("503"),
        rules=[rule_at("1", "/same"), rule_at("2", "/changed"), rule_at("3", "/added")],
        health_check={"HealthCheckIntervalSeconds": 7},
        policies=[policy_of("same", 50, 1), policy_of("changed", 60, 1), policy_of("added", 70, 1)],
        scheduled=[
            action_at("same", "0 7 * * *", 2),
            action_at("changed", "0 8 * * *", 3),
            action_at("added", "0 9 * * *", 4),
        ],
        alarms=[
            alarm_of("same", 1, "arn:topic"),
            alarm_of("changed", 2, "arn:topic"),
            alarm_of("added", 3, "arn:policy/added/1"),
        ],
        target_group_tags={"same": "1", "changed": "2", "added": "3"},
    )
    now = SettingsRecord(
        **names,
        default_actions=fixed_response("404"),
        rules=[rule_at("1", "/same"), rule_at("2", "/before"), rule_at("4", "/gone")],
        health_check={"HealthCheckIntervalSeconds": 5},
        policies=[policy_of("same", 50, 2), policy_of("changed", 1, 2), policy_of("gone", 1, 2)],
        scheduled=[
            action_at("same", "0 7 * * *", 2) | {"StartTime": "2030-01-01 00:00:00+00:00"},
            action_at("changed", "0 8 * * *", 1),
            action_at("gone", "0 8 * * *", 1),
        ],
        alarms=[
            alarm_of("same", 1, "arn:topic"),
            alarm_of("changed", 1, "arn:topic"),
            alarm_of("gone", 1, "arn:topic"),
        ],
        target_group_tags={"same": "1", "changed": "1", "gone": "1"},
    )

    def created(priority: str, path: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
        rule = rule_at(priority, path)
        conditions = [{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}]
        asked = {"Conditions": conditions, "Actions": rule["Actions"], "Priority": int(priority)}
        return "create_rule", {"ListenerArn": LISTENER, **asked}, {}

    def put(name: str, target: float) -> tuple[str, dict[str, Any], dict[str, Any]]:
        policy = policy_of(name, target, 1)
        return "put_scaling_policy", {key: policy[key] for key in policy.keys() - {"PolicyARN", "Alarms"}}, {}

    def scheduled(name: str, recurrence: str, size: int) -> tuple[str, dict[str, Any], dict[str, Any]]:
        asked = {"ScheduledActionName": name, "Recurrence": recurrence, "MinSize": size}
        return "put_scheduled_update_group_action", {"AutoScalingGroupName": BEFORE.group, **asked}, {}

    group = {"AutoScalingGroupName": BEFORE.group}
    restored = [policy_of(name, 1, 2) for name in ("same", "changed", "added")]
    elbv2: Answers = [
        listeners(BEFORE.load_balancer),
        ("modify_target_group", {"TargetGroupArn": BEFORE.target_group, **wanted.health_check}, {}),
        ("modify_listener", {"ListenerArn": LISTENER, "DefaultActions": wanted.default_actions}, {}),
        ("delete_rule", {"RuleArn": rule_at("2", "")["RuleArn"]}, {}),
        ("delete_rule", {"RuleArn": rule_at("4", "")["RuleArn"]}, {}),
        created("2", "/changed"),
        created("3", "/added"),
        ("add_tags", None, {}),  # pyright: ignore[reportAssignmentType] - their order is any
        ("remove_tags", {"ResourceArns": [BEFORE.target_group], "TagKeys": ["gone"]}, {}),
    ]
    autoscaling: Answers = [
        ("delete_policy", {**group, "PolicyName": "gone"}, {}),
        put("changed", 60),
        put("added", 70),
        ("delete_scheduled_action", {**group, "ScheduledActionName": "gone"}, {}),
        scheduled("changed", "0 8 * * *", 3),
        scheduled("added", "0 9 * * *", 4),
        ("describe_policies", group, {"ScalingPolicies": restored}),
    ]
    cloudwatch: Answers = [
        ("delete_alarms", {"AlarmNames": ["gone"]}, {}),
        ("put_metric_alarm", alarm_of("changed", 2, "arn:topic"), {}),
        ("put_metric_alarm", alarm_of("added", 3, "arn:policy/added/2"), {}),
    ]
    tags: list[Any] = []

    def record_tags(params: dict[str, Any], **_: object) -> None:
        tags.extend(params["Tags"])

    api.client("elbv2").meta.events.register(
        "provide-client-params.elastic-load-balancing-v2.AddTags", record_tags
    )
    stubs = (
        stub(api.client("elbv2"), elbv2),
        stub(api.client("autoscaling"), autoscaling),
        stub(api.client("cloudwatch"), cloudwatch),
        stub(api.client("wafv2"), [without_web_acl(BEFORE.load_balancer)]),
    )
    with ExitStack() as stack:
        for each in stubs:
            stack.enter_context(each)
        assert restore_settings(api, wanted, now) == []
        for each in stubs:
            each.assert_no_pending_responses()
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"changed": "2", "added": "3"}


def test_a_setting_that_the_api_does_not_know_is_told_and_the_others_are_restored():
    api = Api("http://127.0.0.1:1", "eu-west-1")
    now = replace(BEFORE, rules=[], policies=[], scheduled=[], alarms=[])
    odd = {"AlarmName": "odd", "Colour": "red"}
    wanted = replace(now, alarms=[odd], default_actions=fixed_response("503"))
    group = {"AutoScalingGroupName": BEFORE.group}
    elbv2: Answers = [
        listeners(BEFORE.load_balancer),
        ("modify_listener", {"ListenerArn": LISTENER, "DefaultActions": wanted.default_actions}, {}),
    ]
    stubs = (
        stub(api.client("elbv2"), elbv2),
        stub(api.client("autoscaling"), [("describe_policies", group, {"ScalingPolicies": []})]),
        stub(api.client("wafv2"), [without_web_acl(BEFORE.load_balancer)]),
    )
    with ExitStack() as stack:
        # It is refused before it is sent, and so without an answer.
        stack.enter_context(stub(api.client("cloudwatch"), [("put_metric_alarm", odd, {})]))
        for each in stubs:
            stack.enter_context(each)
        (refused,) = restore_settings(api, wanted, now)
        for each in stubs:
            each.assert_no_pending_responses()
    assert "Colour" in refused
