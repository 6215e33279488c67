"""Descriptions of the AWS API as the controller reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from localcloud.aws.clients import Api
from localcloud.controller.aws_queries import (
    GroupDescription,
    GroupPolicies,
    ListedInstance,
    alarm_states,
    alias_version,
    describe_group,
    describe_policies,
    mark_unhealthy,
    read_config,
    read_file_config,
    read_outputs,
    registered_targets,
    running_instances,
    save_stack,
    set_alarm_state,
    set_desired_capacity,
    tag_address,
)
from localcloud.controller.scaling.target_tracking import TargetTrackingPolicy
from tests.stubbed import stub

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stubbed import Answers

CPU: dict[str, Any] = {
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
    "TargetValue": 60.0,
}
PREDICTIVE: dict[str, Any] = {
    "PolicyName": "forecast",
    "PolicyType": "PredictiveScaling",
    "PredictiveScalingConfiguration": {"MetricSpecifications": [{"TargetValue": 60.0}]},
}


def described(*policies: dict[str, Any]) -> GroupPolicies:
    api = Api("http://127.0.0.1:1", "eu-west-1")
    response = {"ScalingPolicies": list(policies)}
    with stub(api.client("autoscaling"), [("describe_policies", {"AutoScalingGroupName": "iris"}, response)]):
        return describe_policies(api, "iris")


def tracking(**configuration: object) -> dict[str, Any]:
    return {
        "PolicyName": "cpu",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {**CPU, **configuration},
    }


# Auto Scaling API reference, TargetTrackingConfiguration: with DisableScaleIn, the policy does not remove
# instances; the default is false.
@pytest.mark.parametrize(
    ("given", "may_scale_in"),
    [({}, True), ({"DisableScaleIn": False}, True), ({"DisableScaleIn": True}, False)],
    ids=["by default", "enabled", "disabled"],
)
def test_a_policy_that_disables_scale_in_removes_no_instances(
    given: dict[str, bool],
    may_scale_in: bool,  # noqa: FBT001 (pytest passes it by name)
):
    assert described(tracking(**given), PREDICTIVE).tracking == [
        TargetTrackingPolicy("ASGAverageCPUUtilization", 60.0, may_scale_in=may_scale_in)
    ]


def test_a_policy_with_an_unknown_metric_is_named_and_the_others_are_followed():
    custom = {"MetricName": "Depth", "Namespace": "Queues", "Statistic": "Average"}
    queue = {
        "PolicyName": "queue",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {"CustomizedMetricSpecification": custom, "TargetValue": 5.0},
    }
    network = tracking(PredefinedMetricSpecification={"PredefinedMetricType": "ASGAverageNetworkIn"})
    found = described(queue, network | {"PolicyName": "network"}, tracking())
    assert found.ignored == ["queue", "network"]
    assert [policy.metric for policy in found.tracking] == ["ASGAverageCPUUtilization"]


def test_a_policy_that_is_disabled_or_of_another_type_is_left_to_localstack():
    step = {"PolicyName": "step", "PolicyType": "StepScaling"}
    assert described(step, tracking() | {"Enabled": False}) == GroupPolicies([], [])


def described_group(*instances: dict[str, Any], **fields: Any) -> GroupDescription:
    """Return the description of a group with instances of which only these fields are of interest."""
    listed = [
        {
            "InstanceId": f"i-{number}",
            "AvailabilityZone": "eu-west-1a",
            "LifecycleState": "InService",
            "HealthStatus": "Healthy",
            "ProtectedFromScaleIn": False,
            **instance,
        }
        for number, instance in enumerate(instances)
    ]
    group: dict[str, Any] = {
        "AutoScalingGroupName": "iris",
        "MinSize": 1,
        "MaxSize": 4,
        "DesiredCapacity": 2,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-west-1a"],
        "HealthCheckType": "EC2",
        "CreatedTime": datetime(2026, 1, 1, tzinfo=UTC),
        "Instances": listed,
        **fields,
    }
    api = Api("http://127.0.0.1:1", "eu-west-1")
    asked = {"AutoScalingGroupNames": ["iris"]}
    answer = ("describe_auto_scaling_groups", asked, {"AutoScalingGroups": [group]})
    with stub(api.client("autoscaling"), [answer]):
        return describe_group(api, "iris")


# Auto Scaling API reference, CreateAutoScalingGroup: HealthCheckType is a list, separated by commas.
@pytest.mark.parametrize(
    ("types", "checks_targets"), [("EC2", False), ("ELB", True), ("EC2,ELB", True), ("EBS,EC2", False)]
)
def test_the_health_checks_of_the_load_balancer_count_where_their_type_is_listed(
    types: str,
    checks_targets: bool,  # noqa: FBT001 (pytest passes it by name)
):
    assert described_group(HealthCheckType=types).checks_targets is checks_targets


# Auto Scaling replaces one that is stopped, but neither in standby nor while a process of it is suspended.
@pytest.mark.parametrize(
    ("state", "suspended", "may_list_stopped"),
    [("InService", [], False), ("Standby", [], True), ("InService", ["ReplaceUnhealthy"], True)],
)
def test_a_group_lists_stopped_instances_only_where_auto_scaling_keeps_them(
    state: str,
    suspended: list[str],
    may_list_stopped: bool,  # noqa: FBT001 (pytest passes it by name)
):
    processes = [{"ProcessName": name} for name in suspended]
    group = described_group({"LifecycleState": state}, SuspendedProcesses=processes)
    assert group.may_list_stopped is may_list_stopped


def test_a_group_has_the_states_of_its_instances_and_its_times():
    group = described_group(
        {},
        {"HealthStatus": "Unhealthy"},
        {"LifecycleState": "Standby", "ProtectedFromScaleIn": True},
        HealthCheckGracePeriod=90,
        DefaultInstanceWarmup=60,
    )
    assert (group.ids, group.in_service, group.unhealthy) == ({"i-0", "i-1", "i-2"}, {"i-0", "i-1"}, {"i-1"})
    assert [each.is_protected for each in group.instances] == [False, False, True]
    assert (group.limits.minimum, group.desired, group.limits.maximum) == (1, 2, 4)
    assert (group.grace_period, group.warm_up) == (90, 60)


def test_an_instance_without_a_process_is_replaced_also_in_its_grace_period():
    api = Api("http://127.0.0.1:1", "eu-west-1")
    asked = {"InstanceId": "i-1", "HealthStatus": "Unhealthy", "ShouldRespectGracePeriod": False}
    stubber = stub(api.client("autoscaling"), [("set_instance_health", asked, {})])
    with stubber:
        mark_unhealthy(api, "i-1")
        stubber.assert_no_pending_responses()


def asked_once(service: str, answers: Answers, ask: Callable[[Api], object]) -> object:
    """Return what is made of these answers, which are all asked for."""
    api = Api("http://127.0.0.1:1", "eu-west-1")
    stubber = stub(api.client_by_name(service), answers)
    with stubber:
        found = ask(api)
        stubber.assert_no_pending_responses()
    return found


def parameter(name: str, value: str) -> dict[str, Any]:
    return {"Name": f"/local-cloud/dev/{name}", "Value": value, "Type": "String", "Overwrite": True}


def test_a_stack_is_stored_over_an_earlier_one_its_outputs_last():
    # With its outputs it counts as complete.
    stored = [("config", '{"iris:a": "1"}'), ("file-config", '{"iris:b": "2"}'), ("outputs", '{"url": "u"}')]
    answers: Answers = [("put_parameter", parameter(*each), {}) for each in stored]
    asked_once(
        "ssm", answers, lambda api: save_stack(api, "dev", {"url": "u"}, {"iris:a": "1"}, {"iris:b": "2"})
    )


@pytest.mark.parametrize(
    ("read", "name", "without"),
    [(read_outputs, "outputs", None), (read_config, "config", {}), (read_file_config, "file-config", None)],
)
def test_a_part_of_a_stack_is_read_by_its_name(
    read: Callable[[Api, str], object], name: str, without: object
):
    asked = {"Names": [f"/local-cloud/dev/{name}"]}
    for answered, expected in (([{"Value": '{"a": "1"}'}], {"a": "1"}), ([], without)):
        answers: Answers = [("get_parameters", asked, {"Parameters": answered})]
        assert asked_once("ssm", answers, lambda api: read(api, "dev")) == expected


def test_all_targets_of_a_target_group_are_registered_whatever_their_health():
    described = [
        {"Target": {"Id": "i-1"}, "TargetHealth": {"State": "unhealthy"}},
        {"Target": {"Id": "i-2"}, "TargetHealth": {"State": "healthy"}},
    ]
    answer = ("describe_target_health", {"TargetGroupArn": "arn"}, {"TargetHealthDescriptions": described})
    assert asked_once("elbv2", [answer], lambda api: registered_targets(api, "arn")) == {"i-1", "i-2"}


def test_running_instances_are_those_of_all_reservations_and_none_is_looked_for_without_ids():
    # DescribeInstances with `InstanceIds` would fail for one that is long gone; a filter finds the others.
    asked = {
        "Filters": [
            {"Name": "instance-id", "Values": ["i-1", "i-2", "i-3"]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
    }
    reservations = [{"Instances": [{"InstanceId": "i-1"}]}, {}, {"Instances": [{"InstanceId": "i-3"}]}]
    answer = ("describe_instances", asked, {"Reservations": reservations})
    found = asked_once("ec2", [answer], lambda api: running_instances(api, ["i-3", "i-2", "i-1"]))
    assert found == {"i-1", "i-3"}
    assert asked_once("ec2", [], lambda api: running_instances(api, [])) == frozenset()


def test_alarms_have_their_states_and_none_is_looked_for_without_names():
    # DescribeAlarms without names lists all alarms of the region.
    alarms = [{"AlarmName": "low", "StateValue": "OK"}, {"AlarmName": "high", "StateValue": "ALARM"}]
    answer = ("describe_alarms", {"AlarmNames": ["low", "high"]}, {"MetricAlarms": alarms})
    found = asked_once("cloudwatch", [answer], lambda api: alarm_states(api, ("low", "high")))
    assert found == {"low": "OK", "high": "ALARM"}
    assert asked_once("cloudwatch", [], lambda api: alarm_states(api, ())) == {}


def test_the_state_of_an_alarm_is_set_with_both_of_its_reasons():
    asked = {"AlarmName": "low", "StateValue": "OK", "StateReason": "why", "StateReasonData": "{}"}
    answers: Answers = [("set_alarm_state", asked, {})]
    asked_once("cloudwatch", answers, lambda api: set_alarm_state(api, "low", "OK", "why", "{}"))


def test_an_instance_is_tagged_with_the_address_by_which_clients_find_it():
    tags = [{"Key": "local-cloud:address", "Value": "127.0.0.1:9001"}]
    answers: Answers = [("create_tags", {"Resources": ["i-1"], "Tags": tags}, {})]
    asked_once("ec2", answers, lambda api: tag_address(api, "i-1", 9_001))


def test_the_desired_capacity_is_set_whatever_cooldown_there_is():
    answers: Answers = [("set_desired_capacity", {"AutoScalingGroupName": "iris", "DesiredCapacity": 3}, {})]
    asked_once("autoscaling", answers, lambda api: set_desired_capacity(api, "iris", 3))


def test_an_alias_leads_to_its_version():
    asked, answered = {"FunctionName": "iris", "Name": "live"}, {"Name": "live", "FunctionVersion": "7"}
    found = asked_once(
        "lambda", [("get_alias", asked, answered)], lambda api: alias_version(api, "iris", "live")
    )
    assert found == "7"


def test_a_followed_policy_has_its_alarms():
    alarms = [{"AlarmName": "high", "AlarmARN": "arn:high"}, {"AlarmName": "low", "AlarmARN": "arn:low"}]
    (policy,) = described(tracking() | {"Alarms": alarms}).tracking
    assert policy.alarms == ("high", "low")


def test_an_instance_has_the_launch_template_that_it_was_started_from_and_its_zone():
    template = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "iris", "Version": "7"}
    group = described_group({"LaunchTemplate": template}, {"AvailabilityZone": "eu-west-1b"})
    assert group.instances == [
        ListedInstance("i-0", "eu-west-1a", "lt-1", "7"),
        ListedInstance("i-1", "eu-west-1b", None, ""),
    ]
    # Without them, an instance is checked and counts at once (Auto Scaling API, DescribeAutoScalingGroups).
    assert (group.grace_period, group.warm_up) == (0, 0)
