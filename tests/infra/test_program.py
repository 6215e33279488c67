from __future__ import annotations

import base64
import hashlib
import inspect
import json
import re
import runpy
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
import pytest

from infra.fleet.user_data import parse_boot_settings
from infra.monitoring.cost_metric import fleet_formula, function_formula
from tests.infra.mock_aws import (
    EARLIER,
    FOLDER,
    PROJECT,
    REGION,
    MockAws,
    MockResource,
    default_values,
    deploy,
    deploy_stack,
    stack_values,
)
from tests.infra.statements import STATEMENTS
from tests.infra.wiring import INPUTS, OF_THE_STACK, OPTIONS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("archive") / "iris.zip"
    file.write_bytes(b"packed")
    return file


def shape(archive: Path, compute: str, **values: str) -> MockAws:
    named = {"archive": str(archive), "functionArchive": str(archive)}
    return deploy_stack({**named, "compute": compute, **values})


@pytest.fixture(scope="module")
def stack(archive: Path) -> MockAws:
    return shape(archive, "fleet")


@pytest.fixture(scope="module")
def function(archive: Path) -> MockAws:
    return shape(archive, "lambda")


@pytest.fixture(scope="module")
def both(archive: Path) -> MockAws:
    return shape(archive, "both")


FLEET_ALARMS = ("errors", "client-errors", "unhealthy", "latency")

EVERYTHING = {
    "domainName": "iris.example.com",
    "apiDomainName": "api.example.com",
    "minProvisionedConcurrency": "2",
    "xrayTracing": "true",
    "alarmEmail": "ops@example.com",
    "natGateways": "per-zone",
    "interfaceEndpoints": "ssm, logs",
    "vpcFlowLogs": "all",
    "guardDuty": "true",
    "allowedIpRanges": "203.0.113.7",
    "deniedIpRanges": "198.51.100.0/24, 2001:db8:2::/48",
    "scalingSchedule": "0 20 * * * min=2",
    "predictiveScaling": "scale",
    "targetRequestsPerMinute": "6000",
    "logRetentionDays": "14",
    "retainedArchives": "7",
}


@pytest.fixture(scope="module")
def everything(archive: Path) -> MockAws:
    return shape(archive, "both", **EVERYTHING)


def test_it_exports_where_it_answers_and_what_people_look_for(stack: MockAws):
    assert stack.exports == {
        "url": "http://alb.example.com",
        "archive": "s3://iris-archives-1a2b3c4/service.zip",
        "archiveVersion": "version-of-iris-service-archive",
        "bucket": "iris-archives-1a2b3c4",
        "logBucket": "iris-logs-1a2b3c4",
        "vpcId": "iris-vpc-id",
        "loadBalancerArn": "arn:iris-alb",
        "targetGroupArn": "arn:iris-targets",
        "webAclArn": "arn:iris-acl",
        "autoScalingGroup": "iris-fleet-1a2b3c4",
        "launchTemplate": "iris-template-id",
        "alarmTopic": "arn:iris-alarms",
        "alarms": [f"iris-fleet-{name}-1a2b3c4" for name in FLEET_ALARMS],
        "dashboard": "scalable-models-test",
    }


def test_a_function_exports_where_it_answers_and_what_people_look_for(function: MockAws):
    url = "https://api.execute-api.example.com/live"
    exports = dict(function.exports)
    assert len(exports.pop("alarms")) == 6
    assert exports == {
        "url": url,
        "apiUrl": url,
        "restApiId": "iris-api-id",
        "apiStage": "live",
        "functionName": "iris-function-1a2b3c4",
        "functionAlias": "live",
        "functionVersion": "3",
        "functionArchive": "s3://iris-archives-1a2b3c4/function.zip",
        "functionArchiveVersion": "version-of-iris-function-archive",
        "bucket": "iris-archives-1a2b3c4",
        "logBucket": "iris-logs-1a2b3c4",
        "webAclArn": "arn:iris-acl",
        "alarmTopic": "arn:iris-alarms",
        "dashboard": "scalable-models-test",
    }


def test_both_shapes_export_all_that_either_does_and_the_fleet_s_url(
    both: MockAws, stack: MockAws, function: MockAws
):
    exports = {**function.exports, **stack.exports}
    assert both.exports == {**exports, "alarms": [*stack.exports["alarms"], *function.exports["alarms"]]}
    assert both.exports["url"] != both.exports["apiUrl"]


def test_both_shapes_are_made_of_exactly_what_either_is(both: MockAws, stack: MockAws, function: MockAws):
    assert set(both.resources) == set(stack.resources) | set(function.resources)
    # The dashboard is one, and has a row for each shape.
    assert set(stack.resources) & set(function.resources) == {
        "iris-dashboard",
        "iris-acl",
        "iris-acl-log",
        "iris-acl-logging",
        "iris-alarms-policy",
        "iris-budget",
        "iris-firewall-blocked",
        "iris-alarms",
        "iris-alarms-key",
        "iris-archives",
        "iris-archives-encryption",
        "iris-archives-lifecycle",
        "iris-archives-requests",
        "iris-archives-ownership",
        "iris-archives-policy",
        "iris-archives-privacy",
        "iris-archives-versions",
        "iris-logs",
        "iris-logs-encryption",
        "iris-logs-lifecycle",
        "iris-logs-ownership",
        "iris-logs-policy",
        "iris-logs-privacy",
    }


def test_a_function_has_no_network_and_no_machines(function: MockAws):
    services = {resource.type.split(":")[1].split("/")[0] for resource in function.resources.values()}
    assert services.isdisjoint({"ec2", "vpc", "lb", "autoscaling"})


def test_each_shape_runs_its_own_archive(both: MockAws):
    booted = parse_boot_settings(base64.b64decode(both.resources["iris-template"]["userData"]).decode())
    assert booted["ARCHIVE_VERSION"] == "version-of-iris-service-archive"
    resource = both.resources["iris-function"]
    assert (resource["s3Key"], resource["s3ObjectVersion"]) == (
        "function.zip",
        "version-of-iris-function-archive",
    )


def test_the_parts_of_a_function_are_wired_to_one_another(function: MockAws):
    resources = function.resources
    assert resources["iris-rest-call"]["uri"] == "arn:invoke:iris-live"
    assert resources["iris-api-may-call"]["function"] == "iris-function-1a2b3c4"
    assert resources["iris-acl-stage"]["resourceArn"] == "arn:iris-stage"
    alarm = resources["iris-function-latency"]
    assert alarm["dimensions"]["Resource"] == "iris-function-1a2b3c4:live"


def test_one_firewall_stands_in_front_of_both_shapes(both: MockAws):
    links = both.of_type("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert {link["resourceArn"] for link in links} == {"arn:iris-alb", "arn:iris-stage"}
    assert {link["webAclArn"] for link in links} == {"arn:iris-acl"}


def test_with_a_domain_it_is_what_is_exported(archive: Path):
    named = shape(archive, "lambda", domainName="iris.example.com")
    assert named.exports["url"] == named.exports["apiUrl"] == "https://iris.example.com"
    assert named.resources["iris-domain-stage"]["restApi"] == "iris-api-id"
    assert named.resources["iris-domain-stage"]["stageName"] == "live"


def test_instances_boot_the_archive_that_was_uploaded(stack: MockAws):
    booted = parse_boot_settings(base64.b64decode(stack.resources["iris-template"]["userData"]).decode())
    assert booted["ARCHIVE_URI"] == stack.exports["archive"]
    assert booted["ARCHIVE_VERSION"] == "version-of-iris-service-archive"
    assert booted["ARCHIVE_SHA256"] == hashlib.sha256(b"packed").hexdigest()


def test_a_release_goes_back_as_it_came(archive: Path):
    mock_aws = shape(archive, "both", archiveVersion="earlier", functionArchiveVersion="earlier")
    booted = parse_boot_settings(base64.b64decode(mock_aws.resources["iris-template"]["userData"]).decode())
    assert (booted["ARCHIVE_VERSION"], booted["ARCHIVE_SHA256"]) == ("earlier", EARLIER)
    assert mock_aws.resources["iris-function"]["s3ObjectVersion"] == "earlier"
    assert mock_aws.exports["archiveVersion"] == mock_aws.exports["functionArchiveVersion"] == "earlier"


def test_the_parts_are_wired_to_one_another(stack: MockAws):
    resources = stack.resources
    assert resources["iris-alb"]["subnets"] == ["iris-public-a-id", "iris-public-b-id"]
    assert resources["iris-alb"]["securityGroups"] == ["iris-balancer-id"]
    assert resources["iris-fleet"]["vpcZoneIdentifiers"] == ["iris-private-a-id", "iris-private-b-id"]
    assert resources["iris-fleet"]["targetGroupArns"] == ["arn:iris-targets"]
    assert resources["iris-template"]["vpcSecurityGroupIds"] == ["iris-instances-id"]
    assert resources["iris-acl-balancer"]["resourceArn"] == "arn:iris-alb"
    assert '"arn:iris-archives/service.zip"' in resources["iris-read-archive"]["policy"]
    assert '"arn:aws:s3:::iris-archives-1a2b3c4/*"' in resources["iris-s3"]["policy"]


FLEET_GROUP, API = "iris-fleet-1a2b3c4", "iris-api-id"

OWNERS = {
    "vpcId": {"iris-vpc-id"},
    "restApi": {API},
    "stageName": {"live"},
    "autoscalingGroupName": {FLEET_GROUP},
    "serviceNamespace": {"lambda"},
    "gatewayId": {"iris-internet-id"},
    "deployment": {"iris-deployment-id"},
    "cloudwatchRoleArn": {"arn:iris-api-logging"},
    "policyArn": {"arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"},
    "role": {
        "iris-instance-1a2b3c4",
        "iris-function-role-1a2b3c4",
        "arn:iris-function-role",
        "iris-api-logging-1a2b3c4",
    },
}
"""Input -> what it refers to, in all resources."""


@pytest.mark.parametrize("key", OWNERS)
def test_each_reference_is_to_the_stack_s_own(everything: MockAws, key: str):
    found = {resource[key] for resource in everything.resources.values() if key in resource.inputs}
    assert found == OWNERS[key]


@pytest.mark.parametrize("name", INPUTS)
def test_each_resource_is_where_it_belongs(everything: MockAws, name: str):
    inputs = everything.resources[name].inputs
    assert {key: inputs.get(key) for key in INPUTS[name]} == INPUTS[name]


# Twice 10 s of failed checks, 60 s of Auto Scaling and 180 s of grace touch 6 minutes, and one more.
def test_each_alarm_is_of_a_part_of_the_stack_and_tells_its_topic(everything: MockAws):
    alarms = everything.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert {str(alarm[key]) for alarm in alarms for key in ("alarmActions", "okActions")} == {
        "['arn:iris-alarms']"
    }
    metrics = [
        metric
        for alarm in alarms
        for metric in (
            alarm.inputs,
            *(each.get("metric", {}) for each in alarm.inputs.get("metricQueries", ())),
        )
    ]
    dimensions = {pair for metric in metrics for pair in metric.get("dimensions", {}).items()}
    assert dimensions == {
        ("LoadBalancer", "app/alb/1"),
        ("TargetGroup", "targetgroup/targets/2"),
        ("AutoScalingGroupName", "iris-fleet-1a2b3c4"),
        ("FunctionName", "iris-function-1a2b3c4"),
        ("Resource", "iris-function-1a2b3c4:live"),
        ("ApiName", "iris-api-1a2b3c4"),
        ("Stage", "live"),
        ("WebACL", "iris-test"),
        ("Region", REGION),
        ("Rule", "ALL"),
    }
    assert {str(metric["namespace"]) for metric in metrics if "namespace" in metric} == {
        *(f"AWS/{service}" for service in ("ApplicationELB", "AutoScaling", "Lambda", "ApiGateway", "WAFV2")),
        f"{PROJECT}/test",
    }
    assert everything.resources["iris-fleet-unhealthy"]["evaluationPeriods"] == 7


def test_the_dashboard_has_the_prices_of_the_stack_s_own_instances_and_function(everything: MockAws):
    body = json.loads(everything.resources["iris-dashboard"]["dashboardBody"])
    assert {widget["properties"]["region"] for widget in body["widgets"]} == {REGION}
    lines = [line[0] for widget in body["widgets"] for line in widget["properties"]["metrics"]]
    expressions = {str(line["expression"]) for line in lines if "expression" in line}
    assert {fleet_formula(REGION, "t4g.small"), function_formula(REGION, "arm64", 1_769)} <= expressions


def test_logs_and_archives_are_kept_for_as_long_as_is_configured(everything: MockAws):
    (logs,) = everything.resources["iris-logs-lifecycle"]["rules"]
    assert logs["expiration"] == {"days": 14}
    (archives,) = everything.resources["iris-archives-lifecycle"]["rules"]
    assert archives["noncurrentVersionExpiration"]["newerNoncurrentVersions"] == 7


def test_the_budget_tells_the_topic(everything: MockAws):
    (budget,) = everything.of_type("aws:budgets/budget:Budget")
    assert {str(each["subscriberSnsTopicArns"]) for each in budget["notifications"]} == {
        "['arn:iris-alarms']"
    }


def test_the_firewall_is_watched_under_the_name_of_its_metrics(everything: MockAws):
    resources = everything.resources
    metrics = resources["iris-acl"]["visibilityConfig"]
    assert metrics == {
        "metricName": "iris-test",
        "cloudwatchMetricsEnabled": True,
        "sampledRequestsEnabled": True,
    }
    assert resources["iris-firewall-blocked"]["dimensions"]["WebACL"] == "iris-test"
    assert 'WebACL=\\"iris-test\\"' in resources["iris-dashboard"]["dashboardBody"]


def test_the_group_tags_no_instance_as_the_template_does(everything: MockAws):
    assert {tag["propagateAtLaunch"] for tag in everything.resources["iris-fleet"]["tags"]} == {False}


OPTION_NAMES = (
    *("protect", "retain_on_delete", "ignore_changes", "replace_on_changes", "delete_before_replace"),
    "replacement_trigger",
)


def options_of(resource: MockResource) -> dict[str, object]:
    found: dict[str, object] = {
        name: value for name in OPTION_NAMES if (value := getattr(resource.options, name))
    }
    needed = resource.options.depends_on
    if isinstance(needed, list) and needed:
        found["depends_on"] = {str(getattr(each, "pulumi_resource_name", None)) for each in needed}
    return found


def test_each_resource_has_exactly_the_options_that_the_table_says(everything: MockAws):
    found = {name: options_of(resource) for name, resource in everything.resources.items()}
    assert {name: options for name, options in found.items() if options} == OPTIONS


# A resource under another parent is another one to Pulumi, which would delete the first.
def test_each_resource_is_part_of_a_component(everything: MockAws):
    alone = {name for name, resource in everything.resources.items() if resource.options.parent is None}
    assert alone == OF_THE_STACK


def told_by(mock_aws: MockAws) -> list[str]:
    """Return the services that may publish to the topic."""
    policy = json.loads(mock_aws.resources["iris-alarms-policy"]["policy"])
    return [
        statement["Principal"]["Service"].removesuffix(".amazonaws.com") for statement in policy["Statement"]
    ]


def expiry(mock_aws: MockAws) -> str:
    (rule,) = mock_aws.resources["iris-archives-lifecycle"]["rules"]
    return rule["status"]


def test_the_topic_takes_messages_of_the_services_that_have_some(stack: MockAws, everything: MockAws):
    assert told_by(stack) == ["cloudwatch", "budgets"]
    assert told_by(everything) == ["cloudwatch", "events", "budgets"]


def test_without_a_budget_nothing_tells_of_it_and_a_version_for_another_shape_stops_no_expiry(
    archive: Path, stack: MockAws
):
    mock_aws = shape(archive, "fleet", monthlyBudgetUsd="0", functionArchiveVersion="earlier")
    assert told_by(mock_aws) == ["cloudwatch"]
    assert not mock_aws.of_type("aws:budgets/budget:Budget")
    assert expiry(mock_aws) == expiry(stack) == "Enabled"


def test_endpoints_are_created_next_to_nat_gateways_too(everything: MockAws):
    services = {each["serviceName"] for each in everything.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")}
    assert services == {f"com.amazonaws.eu-west-1.{name}" for name in ("s3", "ssm", "ssmmessages", "logs")}


def test_each_statement_allows_exactly_what_the_table_says(everything: MockAws):
    documents = {
        resource.name: json.loads(resource[key])
        for resource in everything.resources.values()
        for key in ("policy", "assumeRolePolicy")
        if key in resource.inputs
    }
    found = {
        name: {statement.pop("Sid", ""): statement for statement in document.pop("Statement")}
        for name, document in documents.items()
    }
    assert found == STATEMENTS
    # IAM user guide, "IAM JSON policy elements: Version".
    assert all(document == {"Version": "2012-10-17"} for document in documents.values())


def test_each_permission_is_that_of_its_role(everything: MockAws):
    roles = {
        resource.name: resource["role"]
        for kind in ("rolePolicy:RolePolicy", "rolePolicyAttachment:RolePolicyAttachment")
        for resource in everything.of_type(f"aws:iam/{kind}")
    }
    assert roles == {
        "iris-read-archive": "iris-instance-1a2b3c4",
        "iris-write-logs": "iris-instance-1a2b3c4",
        "iris-open-session": "iris-instance-1a2b3c4",
        "iris-tell-lifecycle": "iris-instance-1a2b3c4",
        "iris-function-may": "iris-function-role-1a2b3c4",
        "iris-api-logging-may": "iris-api-logging-1a2b3c4",
    }


def test_the_service_listens_where_balancer_and_security_groups_expect_it(stack: MockAws):
    booted = parse_boot_settings(base64.b64decode(stack.resources["iris-template"]["userData"]).decode())
    ports = {
        int(booted["SERVICE_PORT"]),
        int(stack.resources["iris-targets"]["port"]),
        int(stack.resources["iris-instances-from-balancer"]["fromPort"]),
        int(stack.resources["iris-balancer-to-instances"]["toPort"]),
    }
    assert len(ports) == 1


@pytest.mark.parametrize(
    "need",
    [
        "iris-service-archive",
        "iris-read-archive",
        "iris-s3",
        "iris-private-b-link",
        "iris-instances-to-s3",
        "iris-instances-from-balancer",
        "iris-http",
    ],
)
def test_no_instance_starts_before_all_that_its_boot_needs_is_there(archive: Path, need: str):
    order = list(deploy_stack({"archive": str(archive)}, MockAws(late=need)).resources)
    assert order.index(need) < order.index("iris-fleet")


@pytest.mark.parametrize("need", ["iris-to-internet", "iris-public-b-link", "iris-balancer-to-instances"])
def test_no_balancer_is_made_before_its_ways_to_the_internet_and_the_instances(archive: Path, need: str):
    order = list(deploy_stack({"archive": str(archive)}, MockAws(late=need)).resources)
    assert order.index(need) < order.index("iris-alb")


@pytest.mark.parametrize("need", ["iris-archives-versions", "iris-archives-encryption"])
def test_no_archive_is_uploaded_before_it_gets_a_version_and_encryption(archive: Path, need: str):
    order = list(deploy_stack({"archive": str(archive)}, MockAws(late=need)).resources)
    assert order.index(need) < order.index("iris-service-archive")


def takes_tags(resource: MockResource) -> bool:
    package, path, name = resource.type.split(":")
    assert package == "aws"
    module = path.split("/")[0]
    inputs = getattr(getattr(aws, {"lambda": "lambda_"}.get(module, module)), f"{name}Args")
    return "tags" in inspect.signature(inputs).parameters


def tags(resource: MockResource) -> dict[str, str]:
    if resource.type == "aws:autoscaling/group:Group":
        return {tag["key"]: tag["value"] for tag in resource["tags"]}
    return resource.inputs.get("tags", {})


def test_everything_that_takes_tags_says_to_which_project_and_stack_it_belongs(everything: MockAws):
    tagged = [resource for resource in everything.resources.values() if takes_tags(resource)]
    assert len(tagged) > 40
    for resource in tagged:
        assert {"project": PROJECT, "stack": "test"}.items() <= tags(resource).items(), resource.name


NAME_LIMITS = {
    "aws:apigateway/restApi:RestApi": 128,
    "aws:appautoscaling/policy:Policy": 256,
    "aws:autoscaling/group:Group": 255,
    "aws:autoscaling/policy:Policy": 255,
    "aws:cloudwatch/logGroup:LogGroup": 512,
    "aws:cloudwatch/metricAlarm:MetricAlarm": 255,
    "aws:ec2/launchTemplate:LaunchTemplate": 128,
    "aws:ec2/securityGroup:SecurityGroup": 255,
    "aws:iam/instanceProfile:InstanceProfile": 128,
    "aws:iam/role:Role": 64,
    "aws:iam/rolePolicy:RolePolicy": 128,
    "aws:lambda/function:Function": 64,
    "aws:lambda/permission:Permission": 100,
    "aws:lb/loadBalancer:LoadBalancer": 32,
    "aws:lb/targetGroup:TargetGroup": 32,
    "aws:s3/bucket:Bucket": 63,
    "aws:sns/topic:Topic": 256,
    "aws:wafv2/webAcl:WebAcl": 128,
}


def test_names_stay_within_the_limits_of_aws_for_the_longest_project_and_stack(archive: Path):
    values = {"archive": str(archive), "functionArchive": str(archive), "compute": "both", **EVERYTHING}
    mock_aws = deploy_stack(values, project="p" * 100, stack="s" * 98 + ".x")
    named = [resource for resource in mock_aws.resources.values() if resource.type in NAME_LIMITS]
    assert {resource.type for resource in named} == set(NAME_LIMITS)
    for resource in named:
        # Pulumi appends a hyphen and seven digits to the names it makes.
        assert len(f"{resource.name}-1a2b3c4") <= NAME_LIMITS[resource.type]
        assert re.fullmatch(r"[a-z][a-z0-9-]*", resource.name), (
            "a name that every service takes, buckets included"
        )
    for resource in mock_aws.resources.values():
        assert all(len(value) <= 256 for value in tags(resource).values())
    assert re.fullmatch(r"[\w-]{1,255}", mock_aws.resources["iris-dashboard"]["dashboardName"])


def test_with_private_ways_to_aws_no_instance_starts_before_they_are_there(archive: Path):
    values = {"archive": str(archive), "interfaceEndpoints": "logs"}
    order = list(deploy_stack(values, MockAws(late="iris-logs-endpoint")).resources)
    assert order.index("iris-logs-endpoint") < order.index("iris-fleet")


def test_the_stack_for_trying_things_out_goes_as_easily_as_it_comes(archive: Path):
    named = {"archive": str(archive)}
    for values, goes in ((named, False), ({**stack_values("dev"), **named}, True)):
        resources = deploy_stack(values).resources
        assert (resources["iris-archives"]["forceDestroy"], resources["iris-logs"]["forceDestroy"]) == (
            goes,
            goes,
        )


def test_the_stack_for_trying_things_out_counts_instead_of_blocking(archive: Path):
    resources = deploy_stack({**stack_values("dev"), "archive": str(archive)}, stack="dev").resources
    assert resources["iris-acl"]["rules"][0]["action"] == {"count": {}}
    assert resources["iris-targets"]["healthCheck"]["interval"] == 5


def test_three_zones_give_three_of_each_subnet(archive: Path):
    resources = deploy_stack({"archive": str(archive), "availabilityZones": "3"}).resources
    assert len(resources["iris-fleet"]["vpcZoneIdentifiers"]) == len(resources["iris-alb"]["subnets"]) == 3


def test_it_can_run_again_in_the_same_process(archive: Path, both: MockAws):
    again = shape(archive, "both")
    assert set(again.resources) == set(both.resources)
    assert again.exports == both.exports


def test_pulumi_starts_the_folder_from_anywhere(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    mock_aws = deploy(
        lambda: runpy.run_path(str(FOLDER / "infra"), run_name="__main__"),
        config={**default_values(), "archive": str(archive)},
    )
    assert mock_aws.exports["url"] == "http://alb.example.com"


def test_all_mistakes_of_a_configuration_end_the_program_at_once_and_without_a_trace():
    aws_side = MockAws()
    with pytest.raises(pulumi.RunError) as caught:
        deploy_stack({"minInstances": "0", "loadBalancingAlgorithm": "fastest", "colour": "blue"}, aws_side)
    first, *mistakes = str(caught.value).splitlines()
    assert first == "The configuration has 3 mistakes:"
    assert [line.split()[1] for line in mistakes] == ["minInstances", "loadBalancingAlgorithm", "colour"]
    assert aws_side.resources == {}


def test_an_archive_that_is_missing_ends_the_program_before_anything_is_made(tmp_path: Path):
    aws_side = MockAws()
    with pytest.raises(pulumi.RunError, match=r"nowhere\.zip: .*--target aws-arm64`.*`archive`"):
        deploy_stack({"archive": str(tmp_path / "nowhere.zip")}, aws_side)
    assert aws_side.resources == {}


def test_a_function_s_archive_that_is_missing_is_told_with_its_own_key_and_target(tmp_path: Path):
    aws_side = MockAws()
    missing = {"functionArchive": str(tmp_path / "nowhere.zip"), "architecture": "x86_64"}
    with pytest.raises(pulumi.RunError, match=r"--target lambda-x86_64`, or leave `functionArchive` empty"):
        deploy_stack({**missing, "compute": "lambda"}, aws_side)
    assert aws_side.resources == {}
