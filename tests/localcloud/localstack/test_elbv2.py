"""Elastic Load Balancing as the local cloud uses it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.localcloud.localstack.fleet import FleetResources


def attributes(answer: dict[str, Any]) -> dict[str, str]:
    return {attribute["Key"]: attribute["Value"] for attribute in answer["Attributes"]}


def test_a_target_is_initial_until_the_load_balancer_reports_its_health(fleet: FleetResources) -> None:
    (instance_id,) = fleet.zones(fleet.make_group(1))

    for text in ("{}", None):
        if text is None:
            # Before the load balancer has written for the first time.
            cast("Path", fleet.localstack.target_health).unlink()
        else:
            fleet.localstack.tell_health(text)
        health = fleet.health()[instance_id]
        assert (health["State"], health["Reason"]) == ("initial", "Elb.InitialHealthChecking")


def test_a_target_has_the_health_that_the_load_balancer_reports(fleet: FleetResources) -> None:
    well, ill, new = fleet.zones(fleet.make_group(3))

    fleet.localstack.tell_health(
        json.dumps(
            {
                well: {"state": "healthy"},
                ill: {"state": "unhealthy", "reason": "Target.Timeout", "description": "Request timed out"},
            }
        )
    )

    health = fleet.health()
    assert health[well] == {"State": "healthy"}
    assert health[ill] == {
        "State": "unhealthy",
        "Reason": "Target.Timeout",
        "Description": "Request timed out",
    }
    assert health[new]["State"] == "initial"


def test_a_terminated_instance_is_draining_even_if_the_load_balancer_reports_it_healthy(
    fleet: FleetResources,
) -> None:
    (instance_id,) = fleet.zones(fleet.make_group(1))
    fleet.localstack.tell_health(json.dumps({instance_id: {"state": "healthy"}}))

    fleet.localstack.client("ec2").terminate_instances(InstanceIds=[instance_id])

    answer = fleet.localstack.client("elbv2").describe_target_health(
        TargetGroupArn=fleet.target_group, Targets=[{"Id": instance_id, "Port": 8080}]
    )
    assert answer["TargetHealthDescriptions"][0]["TargetHealth"]["State"] == "draining"
    assert instance_id not in fleet.health()


def test_targets_without_a_load_balancer_are_unused(fleet: FleetResources) -> None:
    elbv2 = fleet.localstack.client("elbv2")
    vpc = elbv2.describe_target_groups(TargetGroupArns=[fleet.target_group])["TargetGroups"][0]["VpcId"]
    spare = elbv2.create_target_group(Name="spare", Protocol="HTTP", Port=8080, VpcId=vpc)["TargetGroups"][0]
    fleet.make_group(1, TargetGroupARNs=[spare["TargetGroupArn"]])

    answer = elbv2.describe_target_health(TargetGroupArn=spare["TargetGroupArn"])

    health = answer["TargetHealthDescriptions"][0]["TargetHealth"]
    assert (health["State"], health["Reason"]) == ("unused", "Target.NotInUse")


@pytest.mark.parametrize("text", ["{", "[]", '{"i-1": "healthy"}', '{"i-1": {"reason": "none"}}'])
def test_a_broken_health_file_is_an_error_that_names_it(fleet: FleetResources, text: str) -> None:
    fleet.make_group(1)
    fleet.localstack.tell_health(text)

    with pytest.raises(ClientError, match=r"target-health.json does not map instance ids to states"):
        fleet.health()


def test_a_new_load_balancer_has_all_of_awss_attributes(fleet: FleetResources) -> None:
    answer = fleet.localstack.client("elbv2").describe_load_balancer_attributes(
        LoadBalancerArn=fleet.load_balancer
    )

    found = attributes(answer)
    assert found["idle_timeout.timeout_seconds"] == "60"
    assert found["load_balancing.cross_zone.enabled"] == "true"
    assert found["routing.http.desync_mitigation_mode"] == "defensive"


def test_a_load_balancers_changed_attributes_read_back(fleet: FleetResources) -> None:
    elbv2 = fleet.localstack.client("elbv2")
    balancer = elbv2.create_load_balancer(Name="other", Subnets=list(fleet.subnets.values()))
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    attributes_to_set = {
        "idle_timeout.timeout_seconds": "50",
        "routing.http.desync_mitigation_mode": "strictest",
        "routing.http.drop_invalid_header_fields.enabled": "true",
    }

    elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=arn,
        Attributes=[{"Key": key, "Value": value} for key, value in attributes_to_set.items()],
    )

    found = attributes(elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn))
    assert found.items() >= attributes_to_set.items()
    assert found["client_keep_alive.seconds"] == "3600"


def test_a_target_group_reads_back(fleet: FleetResources) -> None:
    elbv2 = fleet.localstack.client("elbv2")
    vpc = elbv2.describe_target_groups(TargetGroupArns=[fleet.target_group])["TargetGroups"][0]["VpcId"]
    settings = {
        "Protocol": "HTTP",
        "Port": 8080,
        "HealthCheckPath": "/readyz",
        "HealthCheckIntervalSeconds": 5,
        "HealthCheckTimeoutSeconds": 2,
        "HealthyThresholdCount": 3,
        "UnhealthyThresholdCount": 4,
        "Matcher": {"HttpCode": "200"},
    }
    created = elbv2.create_target_group(Name="read-back", VpcId=vpc, **settings)["TargetGroups"][0]
    arn = created["TargetGroupArn"]
    elbv2.modify_target_group_attributes(
        TargetGroupArn=arn,
        Attributes=[{"Key": "load_balancing.algorithm.type", "Value": "least_outstanding_requests"}],
    )

    described = elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    found = attributes(elbv2.describe_target_group_attributes(TargetGroupArn=arn))

    assert described.items() >= settings.items()
    assert found["load_balancing.algorithm.type"] == "least_outstanding_requests"
    assert found["load_balancing.algorithm.anomaly_mitigation"] == "off"
    assert found["deregistration_delay.timeout_seconds"] == "300"


# ELB API reference 2015-12-01, Matcher: from 200 to 499, several values, or a range.
@pytest.mark.parametrize("codes", ["199", "500", "200-500", "200-", "200;201"])
def test_success_codes_beyond_200_to_499_are_refused(fleet: FleetResources, codes: str) -> None:
    elbv2 = fleet.localstack.client("elbv2")
    elbv2.modify_target_group(TargetGroupArn=fleet.target_group, Matcher={"HttpCode": "200,301-499"})
    with pytest.raises(ClientError):
        elbv2.modify_target_group(TargetGroupArn=fleet.target_group, Matcher={"HttpCode": codes})
    elbv2.modify_target_group(TargetGroupArn=fleet.target_group, Matcher={"HttpCode": "200"})


# The same, TargetGroupAttribute.
@pytest.mark.parametrize(
    ("name", "minimum", "maximum", "default"),
    [
        ("deregistration_delay.timeout_seconds", 0, 3_600, 300),
        ("slow_start.duration_seconds", 30, 900, 0),
        ("stickiness.lb_cookie.duration_seconds", 1, 604_800, 86_400),
    ],
)
def test_an_attribute_has_values_from_its_minimum_to_its_maximum(
    fleet: FleetResources, name: str, minimum: int, maximum: int, default: int
) -> None:
    elbv2 = fleet.localstack.client("elbv2")

    def put(value: int) -> None:
        elbv2.modify_target_group_attributes(
            TargetGroupArn=fleet.target_group, Attributes=[{"Key": name, "Value": str(value)}]
        )

    for value in (minimum, maximum, default):
        put(value)
    for value in (minimum - 1, maximum + 1):
        with pytest.raises(ClientError):
            put(value)


def test_a_listener_reads_back(fleet: FleetResources) -> None:
    (listener,) = fleet.localstack.client("elbv2").describe_listeners(LoadBalancerArn=fleet.load_balancer)[
        "Listeners"
    ]

    assert (listener["Protocol"], listener["Port"]) == ("HTTP", 80)
    assert [(each["Type"], each["TargetGroupArn"]) for each in listener["DefaultActions"]] == [
        ("forward", fleet.target_group)
    ]


def path_rule(fleet: FleetResources, **paths: list[str]) -> dict[str, Any]:
    """Create a rule of the fleet's listener for these paths."""
    elbv2 = fleet.localstack.client("elbv2")
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=fleet.load_balancer)["Listeners"]
    answer = elbv2.create_rule(
        ListenerArn=listener["ListenerArn"],
        Priority=7,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": paths}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    )
    return answer["Rules"][0]


@pytest.mark.parametrize("paths", [{"Values": ["/livez", "/docs/*"]}, {"RegexValues": ["^/(l|%6[cC])ivez$"]}])
def test_a_rules_paths_read_back(fleet: FleetResources, paths: dict[str, list[str]]) -> None:
    elbv2 = fleet.localstack.client("elbv2")
    created = path_rule(fleet, **paths)

    (described,) = elbv2.describe_rules(RuleArns=[created["RuleArn"]])["Rules"]
    elbv2.delete_rule(RuleArn=created["RuleArn"])

    for rule in (created, described):
        (condition,) = rule["Conditions"]
        assert condition["PathPatternConfig"] == paths


@pytest.mark.parametrize(
    ("paths", "says"),
    [
        ({"Values": ["/l*%*"]}, "'/l.%.' contains a character that is not valid"),
        ({"Values": ["^/livez$"]}, "contains a character that is not valid"),
        ({"Values": ["/" + "a" * 128]}, "too long; the limit is '128'"),
        ({"RegexValues": ["/" + "a" * 128]}, "too long; the limit is '128'"),
        ({"RegexValues": ["(livez"]}, "is not a valid regular expression"),
        ({"RegexValues": ["/(?!api)"]}, "is not a valid regular expression"),
        ({"Values": ["/livez"], "RegexValues": ["/livez"]}, "Only one of 'Values' and 'RegexValues'"),
        ({"Values": [f"/{number}" for number in range(6)]}, "A rule can only have '5' condition values"),
        ({}, "A condition value must be specified"),
    ],
)
def test_paths_that_aws_refuses_are_refused(
    fleet: FleetResources, paths: dict[str, list[str]], says: str
) -> None:
    with pytest.raises(ClientError, match=says):
        path_rule(fleet, **paths)
