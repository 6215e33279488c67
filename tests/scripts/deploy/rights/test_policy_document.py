"""Policies of a deployer against the provider's recorded calls, the program's types, the commands' calls."""

from __future__ import annotations

import ast
import json
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore import xform_name
from botocore.session import get_session

from localcloud.provisioning.data_sources import DATA_SOURCES
from localcloud.provisioning.registry import RESOURCE_TYPES
from scripts.deploy.rights import write
from scripts.deploy.rights.command_actions import COMMAND_ACTIONS
from scripts.deploy.rights.policy_document import ACTIONS, POLICIES, policy_document
from scripts.deploy.rights.provider_actions import LOOKUP_ACTIONS, RESOURCE_ACTIONS
from tests.infra.mock_aws import ACCOUNT, MockAws, deploy_stack
from tests.suite.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT: Final = Path(__file__).parents[4]

CALLS: Final[dict[str, list[str]]] = json.loads(
    Path(__file__).with_name("provider_calls.json").read_text("utf-8")
)
"""Type -> calls (service id, operation) of the Terraform AWS provider 5.100.0, the last that is kept on our
machines: it created, changed and deleted the program's resources on LocalStack, and logged its requests."""

PREFIXES: Final = {
    "ACM": "acm",
    "API Gateway": "apigateway",
    "Application Auto Scaling": "application-autoscaling",
    "Auto Scaling": "autoscaling",
    "Budgets": "budgets",
    "CloudWatch": "cloudwatch",
    "CloudWatch Logs": "logs",
    "EC2": "ec2",
    "Elastic Load Balancing v2": "elasticloadbalancing",
    "EventBridge": "events",
    "GuardDuty": "guardduty",
    "IAM": "iam",
    "KMS": "kms",
    "Lambda": "lambda",
    "Resource Groups Tagging API": "tag",
    "Route 53": "route53",
    "S3": "s3",
    "SNS": "sns",
    "SSM": "ssm",
    "Service Quotas": "servicequotas",
    "WAFV2": "wafv2",
}
"""Service id -> prefix of its actions."""

OTHER_NAMES: Final = {
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "budgets:CreateBudget": "budgets:ModifyBudget",
    "budgets:CreateNotification": "budgets:ModifyBudget",
    "budgets:DescribeBudget": "budgets:ViewBudget",
    "budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets:DescribeSubscribersForNotification": "budgets:ViewBudget",
    "elasticloadbalancing:DescribeCapacityReservation": "elasticloadbalancing:DescribeCapacityReservation",
}
"""Operation -> action, where they are named differently (Service Authorization Reference)."""


def action_of(service_id: str, operation: str, method: str) -> str:
    """Return the IAM action of an operation."""
    prefix = PREFIXES[service_id]
    if prefix == "apigateway":
        return f"apigateway:{method}"
    return OTHER_NAMES.get(f"{prefix}:{operation}", f"{prefix}:{operation}")


@cache
def methods() -> dict[str, str]:
    """Return the HTTP method of each operation of API Gateway."""
    model = get_session().get_service_model("apigateway")
    return {name: model.operation_model(name).http["method"] for name in model.operation_names}


@pytest.mark.parametrize("kind", CALLS)
def test_every_call_of_the_provider_for_a_type_is_among_its_actions(kind: str):
    calls = [call.partition(":") for call in CALLS[kind]]
    actions = {action_of(service, operation, methods().get(operation, "")) for service, _, operation in calls}
    assert actions - RESOURCE_ACTIONS[kind] == set()


def test_every_type_and_every_data_source_of_the_program_has_its_actions():
    assert RESOURCE_ACTIONS.keys() == RESOURCE_TYPES.keys() == CALLS.keys()
    assert LOOKUP_ACTIONS.keys() == DATA_SOURCES.keys()


def commands_calls() -> Iterator[tuple[str, set[str]]]:
    """Yield each call of the commands, and the actions that it may be: the same name in several services."""
    session = get_session()
    services = (
        *("apigateway", "autoscaling", "cloudwatch", "ec2", "elbv2", "guardduty", "iam", "kms", "lambda"),
        *("logs", "resourcegroupstaggingapi", "route53", "s3", "service-quotas", "wafv2"),
    )
    operations: dict[str, set[str]] = {}
    for service in services:
        model = session.get_service_model(service)
        for name in model.operation_names:
            action = action_of(model.service_id, name, model.operation_model(name).http["method"])
            operations.setdefault(xform_name(name), set()).add(action)
    files = [
        *PROJECT.glob("scripts/deploy/**/*.py"),
        *PROJECT.glob("scripts/rollout/*.py"),
        PROJECT / "scripts/cost/demand/cloudwatch.py",
    ]
    for file in files:
        for node in ast.walk(parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="get_paginator"), args=[ast.Constant(value=str(name))]):
                    yield name, operations[name]
                case ast.Attribute(attr=name) if name in operations:
                    yield name, operations[name]
                case _:
                    pass


def test_every_call_of_the_commands_is_allowed_and_nothing_else():
    calls = dict(commands_calls())
    assert len(calls) > 40
    assert [name for name, actions in calls.items() if not actions & COMMAND_ACTIONS] == []
    assert COMMAND_ACTIONS - set().union(*calls.values()) == set()


# A quota of managed policies (IAM user guide, "IAM and AWS STS quotas"); whitespace does not count.
@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_fits_into_a_managed_policy(name: str):
    assert len("".join(json.dumps(policy_document(name)).split())) <= 6_144


@pytest.mark.parametrize("name", POLICIES)
def test_the_files_are_generated(name: str):
    assert (write.FOLDER / f"{name}.json").read_text("utf-8") == write.policy_text(name), (
        "run `make config-docs`"
    )


def test_each_action_is_allowed_once_and_by_its_full_name():
    allowed = [
        action
        for name in POLICIES
        for statement in policy_document(name)["Statement"]
        for action in statement["Action"]
    ]
    assert sorted(allowed) == sorted(ACTIONS)
    assert not any("*" in action for action in allowed)


def resources_of(action: str) -> list[str]:
    """Return the patterns of the resources on which a policy allows an action."""
    for name in POLICIES:
        for statement in policy_document(name)["Statement"]:
            if action in statement["Action"]:
                return statement["Resource"]
    raise AssertionError(action)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> MockAws:
    archive = tmp_path_factory.mktemp("archive") / "service.zip"
    archive.write_bytes(b"packed")
    config = {"compute": "both", "archive": str(archive), "functionArchive": str(archive)}
    more = {"interfaceEndpoints": "logs", "monthlyBudgetUsd": "100", "deniedIpRanges": "203.0.113.0/24"}
    return deploy_stack({**config, **more, "guardDuty": "true"})


# Forms of ARNs: Service Authorization Reference, "Resource types defined by ...".
@pytest.mark.parametrize(
    ("kind", "action", "form"),
    [
        ("aws:lambda/function:Function", "lambda:UpdateFunctionCode", "lambda:{place}:function:{name}"),
        ("aws:iam/role:Role", "iam:CreateRole", "iam::{account}:role/{name}"),
        ("aws:iam/role:Role", "iam:PassRole", "iam::{account}:role/{name}"),
        (
            "aws:iam/instanceProfile:InstanceProfile",
            "iam:CreateInstanceProfile",
            "iam::{account}:instance-profile/{name}",
        ),
        ("aws:s3/bucket:Bucket", "s3:CreateBucket", "s3:::{name}"),
        ("aws:s3/bucket:Bucket", "s3:PutObject", "s3:::{name}/service.zip"),
        ("aws:sns/topic:Topic", "sns:CreateTopic", "sns:{place}:{name}"),
        ("aws:cloudwatch/logGroup:LogGroup", "logs:CreateLogGroup", "logs:{place}:log-group:{name}"),
        (
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:{place}:alarm:{name}",
        ),
        ("aws:cloudwatch/eventRule:EventRule", "events:PutRule", "events:{place}:rule/{name}"),
        ("aws:budgets/budget:Budget", "budgets:ModifyBudget", "budgets::{account}:budget/{name}"),
        (
            "aws:lb/loadBalancer:LoadBalancer",
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:{place}:loadbalancer/app/{name}/50dc6c49",
        ),
        (
            "aws:lb/loadBalancer:LoadBalancer",
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:{place}:loadbalancer/app/{name}/50dc6c49",
        ),
        (
            "aws:lb/loadBalancer:LoadBalancer",
            "elasticloadbalancing:DeleteListener",
            "elasticloadbalancing:{place}:listener/app/{name}/50dc6c49/f2f7dc8e",
        ),
        (
            "aws:lb/loadBalancer:LoadBalancer",
            "elasticloadbalancing:DeleteRule",
            "elasticloadbalancing:{place}:listener-rule/app/{name}/50dc6c49/f2f7dc8e/9683b2d0",
        ),
        (
            "aws:lb/targetGroup:TargetGroup",
            "elasticloadbalancing:CreateTargetGroup",
            "elasticloadbalancing:{place}:targetgroup/{name}/943f017f",
        ),
        (
            "aws:autoscaling/group:Group",
            "autoscaling:UpdateAutoScalingGroup",
            "autoscaling:{place}:autoScalingGroup:930d940e:autoScalingGroupName/{name}",
        ),
        ("aws:wafv2/webAcl:WebAcl", "wafv2:CreateWebACL", "wafv2:{place}:regional/webacl/{name}/a1b2c3d4"),
        ("aws:wafv2/ipSet:IpSet", "wafv2:CreateIPSet", "wafv2:{place}:regional/ipset/{name}/a1b2c3d4"),
        (
            "aws:cloudwatch/dashboard:Dashboard",
            "cloudwatch:PutDashboard",
            "cloudwatch::{account}:dashboard/{name}",
        ),
    ],
)
def test_the_patterns_match_the_names_that_pulumi_gives(kind: str, action: str, form: str, stack: MockAws):
    patterns = resources_of(action)
    for resource in stack.of_type(kind):
        arn = "arn:aws:" + form.format(
            place=f"eu-west-1:{ACCOUNT}", account=ACCOUNT, name=physical_name(resource)
        )
        assert any(fnmatchcase(arn, pattern) for pattern in patterns), arn
    assert stack.of_type(kind)
    # And no other's.
    other = "arn:aws:" + form.format(place=f"eu-west-1:{ACCOUNT}", account=ACCOUNT, name="payroll-1a2b3c4")
    assert not any(fnmatchcase(other, pattern) for pattern in patterns)


def physical_name(resource: Any) -> str:
    """Return a name that the program sets, or one like Pulumi's."""
    named = (resource.inputs.get(key) for key in ("name", "dashboardName", "bucket"))
    prefix = resource.inputs.get("namePrefix") or f"{resource.name}-"
    return next((name for name in named if name), f"{prefix}1a2b3c4")


def test_deletions_of_what_has_no_name_need_the_tag_of_the_project():
    unnamed = ("ec2:DeleteVpc", "ec2:DeleteSubnet", "kms:ScheduleKeyDeletion", "acm:DeleteCertificate")
    conditions = {
        action: statement.get("Condition")
        for name in POLICIES
        for statement in policy_document(name)["Statement"]
        for action in statement["Action"]
    }
    for action in unnamed:
        assert conditions[action] == {"StringEquals": {"aws:ResourceTag/project": "scalable-models"}}
    assert conditions["iam:PassRole"] == {
        "StringEquals": {
            "iam:PassedToService": ["apigateway.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com"]
        }
    }
