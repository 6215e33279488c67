"""Recorded settings, their translation into the names of another LocalStack, and what is put there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

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


LISTENER = f"{ARN}:listener/app/iris/1/2"


def listeners(load_balancer: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    described = {"ListenerArn": LISTENER, "DefaultActions": [{"Type": "forward"}]}
    return "describe_listeners", {"LoadBalancerArn": load_balancer}, {"Listeners": [described]}


def without_web_acl(load_balancer: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return "get_web_acl_for_resource", {"ResourceArn": load_balancer}, {}


def test_the_alarms_of_target_tracking_are_left_to_their_policies():
    # Auto Scaling creates and names them (Auto Scaling user guide, "Target tracking scaling policies").
    api = Api("http://127.0.0.1:1", "eu-west-1")
    group = {"AutoScalingGroupName": "iris"}
    elbv2: Answers = [
        listeners(BEFORE.load_balancer),
        ("describe_rules", {"ListenerArn": LISTENER}, {"Rules": []}),
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
    autoscaling: Answers = [
        ("describe_load_balancer_target_groups", group, attached),
        ("describe_policies", group, {"ScalingPolicies": []}),
        ("describe_scheduled_actions", group, {"ScheduledUpdateGroupActions": []}),
    ]
    alarms = [
        {"AlarmName": "TargetTracking-iris-AlarmHigh-1"},
        {"AlarmName": "errors", "Threshold": 1.0, "StateValue": "ALARM", "AlarmArn": "arn:errors"},
    ]
    cloudwatch: Answers = [("describe_alarms", {}, {"MetricAlarms": alarms})]
    with (
        stub(api.client("elbv2"), elbv2),
        stub(api.client("autoscaling"), autoscaling),
        stub(api.client("cloudwatch"), cloudwatch),
        stub(api.client("wafv2"), [without_web_acl(BEFORE.load_balancer)]),
    ):
        found = SettingsRecord.of(api, "iris", BEFORE.load_balancer)
    assert found.alarms == [{"AlarmName": "errors", "Threshold": 1.0}]
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
