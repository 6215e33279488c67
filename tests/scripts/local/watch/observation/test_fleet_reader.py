"""Fleet as the AWS API describes it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from localcloud.aws.credentials import DUMMY, write_credentials
from localcloud.environment import Identity
from scripts.local.watch.observation import fleet_reader
from scripts.local.watch.observation.fleet_reader import FleetReader
from scripts.local.watch.observation.reading import FleetReading
from tests.stubbed import Answers, stub
from tests.suite.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

GROUP: dict[str, Any] = {
    "AutoScalingGroupName": "iris",
    "MinSize": 2,
    "MaxSize": 4,
    "DesiredCapacity": 3,
    "DefaultCooldown": 300,
    "AvailabilityZones": ["eu-west-1a"],
    "HealthCheckType": "ELB",
    "CreatedTime": datetime(2026, 1, 1, tzinfo=UTC),
    "Instances": [],
}
OUTPUTS = (
    '{"autoScalingGroup": "iris", "targetGroupArn": "arn:group", "loadBalancerArn": "arn:balancer-of-iris"}'
)
VISIBILITY = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
RULE: dict[str, Any] = {"Name": "r", "Priority": 0, "Statement": {}, "VisibilityConfig": VISIBILITY}


def answers(rules: list[dict[str, Any]], refresh: str) -> dict[str, Answers]:
    acl: dict[str, Any] = {
        "Name": "acl",
        "Id": "1",
        "ARN": "arn:aws:wafv2:acl-of-iris",
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": VISIBILITY,
        "Rules": rules,
    }
    of_group = {"AutoScalingGroupName": "iris"}
    refreshes = [{"Status": refresh, "PercentageComplete": 40}]
    return {
        "ssm": [
            (
                "get_parameters",
                {"Names": ["/local-cloud/dev/outputs"]},
                {"Parameters": [{"Name": "/local-cloud/dev/outputs", "Value": OUTPUTS}]},
            )
        ],
        "autoscaling": [
            (
                "describe_auto_scaling_groups",
                {"AutoScalingGroupNames": ["iris"]},
                {"AutoScalingGroups": [GROUP]},
            ),
            ("describe_policies", of_group, {"ScalingPolicies": []}),
            ("describe_instance_refreshes", of_group | {"MaxRecords": 1}, {"InstanceRefreshes": refreshes}),
        ],
        "cloudwatch": [
            ("describe_alarms", {}, {"MetricAlarms": [{"AlarmName": "errors", "StateValue": "ALARM"}]})
        ],
        "elbv2": [
            (
                "describe_target_group_attributes",
                {"TargetGroupArn": "arn:group"},
                {"Attributes": [{"Key": "load_balancing.algorithm.type", "Value": "round_robin"}]},
            ),
            (
                "describe_tags",
                {"ResourceArns": ["arn:group"]},
                {"TagDescriptions": [{"Tags": [{"Key": "project", "Value": "iris"}]}]},
            ),
        ],
        "wafv2": [("get_web_acl_for_resource", {"ResourceArn": "arn:balancer-of-iris"}, {"WebACL": acl})],
    }


def read(
    tmp_path: Path, rules: list[dict[str, Any]], refresh: str = "Successful", **others: Answers
) -> FleetReading | None:
    write_credentials(tmp_path / "credentials", DUMMY)
    endpoint = f"http://127.0.0.1:1/{tmp_path.name}"  # clients of its own
    identity = Identity("dev", "eu-west-1", endpoint, "", str(tmp_path / "credentials"))
    with ExitStack() as stack:
        for service, answered in (answers(rules, refresh) | others).items():
            stack.enter_context(stub(identity.api.client_by_name(service), answered))
        return FleetReader(identity).read()


FIREWALLS: list[tuple[list[dict[str, Any]], bool]] = [
    ([{"Action": {"Block": {}}}], True),
    ([{"OverrideAction": {"None": {}}}], True),
    ([{"Action": {"Count": {}}}, {"OverrideAction": {"None": {}}}], True),
    ([{"Action": {"Count": {}}}, {"OverrideAction": {"Count": {}}}], False),
    ([{"Action": {"Allow": {}}}], False),
    ([], False),
]


# WAF developer guide: `None` leaves the actions of a rule group's rules as they are, `Count` overrides them.
@pytest.mark.parametrize(("actions", "blocks"), FIREWALLS)
def test_a_firewall_blocks_if_a_rule_of_its_own_or_of_a_group_does(
    tmp_path: Path,
    actions: list[dict[str, Any]],
    blocks: bool,  # noqa: FBT001 (pytest passes it by name)
):
    reading = read(tmp_path, [RULE | action for action in actions])
    assert reading
    assert reading.firewall_blocks is blocks


def test_the_fleet_has_the_sizes_the_algorithm_and_the_alarms_of_its_description(tmp_path: Path):
    reading = read(tmp_path, [])
    assert reading
    assert (reading.minimum, reading.desired, reading.maximum) == (2, 3, 4)
    assert (reading.algorithm, reading.alarms) == ("round_robin", {"errors": "ALARM"})


def test_the_fleet_has_the_type_of_its_first_instance_with_a_template_and_the_versions_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    listed = [
        {
            "InstanceId": f"i-{number}",
            "AvailabilityZone": "eu-west-1a",
            "LifecycleState": "InService",
            "HealthStatus": "Healthy",
            "ProtectedFromScaleIn": False,
            **template,
        }
        for number, template in enumerate(
            [{}, *({"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": version}} for version in "75")]
        )
    ]
    monkeypatch.setitem(GROUP, "Instances", listed)
    asked = {"LaunchTemplateId": "lt-1", "Versions": ["7"]}
    found = {"LaunchTemplateVersions": [{"LaunchTemplateData": {"InstanceType": "t4g.small"}}]}
    described = ("describe_launch_template_versions", asked, found)
    reading = read(tmp_path, [], ec2=[described])
    assert reading
    assert reading.instance_type == "t4g.small"
    assert reading.versions == {"i-0": "", "i-1": "7", "i-2": "5"}


@pytest.mark.parametrize(
    ("status", "shown"), [("InProgress", ("InProgress", 40)), ("RollbackSuccessful", ("", 0))]
)
def test_only_a_refresh_that_has_not_ended_is_shown(tmp_path: Path, status: str, shown: tuple[str, int]):
    reading = read(tmp_path, [], status)
    assert reading
    assert (reading.refresh, reading.refreshed) == shown


def test_a_reader_says_whether_the_aws_api_has_answered_the_last_time(monkeypatch: pytest.MonkeyPatch):
    answers = True
    found = FleetReading(desired=3)

    def read(_: FleetReader) -> FleetReading:
        if answers:
            return found
        raise LookupError("no fleet")

    monkeypatch.setattr(fleet_reader, "INTERVAL", 0.005)
    monkeypatch.setattr(FleetReader, "read", read)
    reader = FleetReader(Identity("dev", "eu-west-1", "http://127.0.0.1:1", "", "key"))
    reader.start()
    try:
        until(lambda: reader.latest is found)
        assert reader.answers
        answers = False
        until(lambda: not reader.answers)
        assert reader.latest is found
        answers = True
        until(lambda: reader.answers)
    finally:
        reader.stop()
