"""Detection of one violation by one rule, in a stack that is otherwise compliant."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.firewall.managed_rule_groups import MANAGED_GROUPS
from policy.check import RULES, Violation, violations
from policy.provider_schema import arguments, deprecated_arguments, is_deprecated_type
from policy.rule import Resource
from tests.infra.mock_aws import PROJECT, deploy_stack
from tests.policy.stacks import resources_of

if TYPE_CHECKING:
    from pathlib import Path

REMOVED = object()
"""Marker in place of a value: the key is removed."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Resource]:
    archive: Path = tmp_path_factory.mktemp("archive") / "iris.zip"
    archive.write_bytes(b"packed")
    mock_aws = deploy_stack(
        {
            "compute": "both",
            "archive": str(archive),
            "functionArchive": str(archive),
            "domainName": "iris.example.com",
            "apiDomainName": "api.example.com",
            "xrayTracing": "true",
            "interfaceEndpoints": "autoscaling",
            "scalingSchedule": "0 7 * * * min=3",
            "guardDuty": "true",
        }
    )
    return {resource.name: resource for resource in resources_of(mock_aws)}


def with_change(stack: dict[str, Resource], name: str, path: str, value: object) -> list[Resource]:
    """Return the stack with one changed value; its path has dots, and indices for the items of a list."""
    properties: Any = json.loads(json.dumps(stack[name].properties, default=str))
    *outer, last = path.split(".")
    block = properties
    for step in outer:
        block = block[int(step) if step.isdecimal() else step]
    if value is REMOVED:
        del block[last]
    else:
        block[int(last) if last.isdecimal() else last] = value
    changed = dataclasses.replace(stack[name], properties=properties)
    return list({**stack, name: changed}.values())


def allows(**statement: object) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Sid": "Ours", **statement}})


COMMON = MANAGED_GROUPS["common"].name

ONE = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/key"}

REDIRECT = {"protocol": "HTTPS", "host": "iris.example.com"}

VIOLATIONS: dict[str, tuple[str, str, object]] = {
    "volumes-encrypted": ("iris-template", "blockDeviceMappings.0.ebs.encrypted", "false"),
    "topics-encrypted": ("iris-alarms", "kmsMasterKeyId", REMOVED),
    "buckets-encrypted": ("iris-archives-encryption", "bucket", "another"),
    "key-rotation-enabled": ("iris-alarms-key", "enableKeyRotation", False),
    "tls-minimum-version": ("iris-domain", "securityPolicy", "TLS_1_0"),
    "buckets-require-tls": ("iris-archives-policy", "policy", json.dumps({"Statement": []})),
    "restricted-public-ingress": ("iris-world-to-balancer", "securityGroupId", "iris-instances-id"),
    "no-inline-security-group-rules": ("iris-instances", "egress", [{"protocol": "-1"}]),
    "restricted-egress": ("iris-instances-to-s3", "ipProtocol", "-1"),
    "no-public-ip-addresses": ("iris-public-a", "mapPublicIpOnLaunch", True),
    "buckets-block-public-access": ("iris-archives-privacy", "blockPublicPolicy", False),
    "endpoints-behind-waf": ("iris-acl-balancer", "resourceArn", "arn:another"),
    "waf-rate-limit": ("iris-acl", "rules.0.statement", {"geoMatchStatement": {"countryCodes": ["AQ"]}}),
    "waf-capacity-units": (
        "iris-acl",
        "rules.1.statement",
        {"orStatement": {"statements": [{"managedRuleGroupStatement": {"name": COMMON}}] * 2}},
    ),
    "imdsv2-required": ("iris-template", "metadataOptions.httpTokens", "optional"),
    "no-ssh-or-rdp": ("iris-template", "keyName", "mine"),
    "launch-before-terminate": ("iris-fleet", "instanceMaintenancePolicy.minHealthyPercentage", 50),
    "launch-hook-continues-on-timeout": ("iris-launched", "defaultResult", "ABANDON"),
    "schedule-within-group-size": ("iris-schedule-0-7-any-any-any", "minSize", 9),
    "no-wildcard-actions": ("iris-read-archive", "policy", allows(**{**ONE, "Action": ["s3:*"]})),
    "no-wildcard-resources": ("iris-read-archive", "policy", allows(**{**ONE, "Resource": "*"})),
    "service-principals-name-source": ("iris-api-may-call", "sourceArn", "arn:aws:s3:::bucket"),
    "hsts-enabled": (
        "iris-https",
        "routingHttpResponseStrictTransportSecurityHeaderValue",
        REMOVED,
    ),
    "no-wildcard-principals": ("iris-s3", "policy", allows(**ONE, Principal={"AWS": "*"})),
    "no-aws-managed-policies": (
        "iris-api-logging-may",
        "policyArn",
        "arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    "request-logging-enabled": ("iris-function", "loggingConfig", REMOVED),
    "log-retention-set": ("iris-function-logs", "retentionInDays", 0),
    "alarms-notify": ("iris-fleet-errors", "alarmActions", []),
    "budgets-notify": ("iris-budget", "notifications.1.subscriberSnsTopicArns", []),
    "guardduty-findings-notify": ("iris-findings-topic", "rule", "another"),
    "required-tags": ("iris-vpc", "tags.owner", REMOVED),
    "valid-names": ("iris-alb", "name", "a" * 33),
    "valid-texts": ("iris-aws-from-instances", "description", "AWS's own services"),
    "no-deprecations": ("iris-archives", "acl", "private"),
}
"""Rule -> a resource, the path of one of its values, and the value that violates the rule."""


def found(resources: list[Resource]) -> set[Violation]:
    return set(violations(resources))


@pytest.mark.parametrize("rule", VIOLATIONS)
def test_exactly_one_rule_finds_the_violation(rule: str, stack: dict[str, Resource]):
    name, path, value = VIOLATIONS[rule]
    news = found(with_change(stack, name, path, value)) - found(list(stack.values()))
    assert {violation.rule for violation in news} == {rule}


def test_every_rule_has_a_violation_here():
    assert sorted({rule.name for rule in RULES} - set(VIOLATIONS)) == sorted(TESTED_SEPARATELY)
    assert len({rule.name for rule in RULES}) == len(RULES)


TESTED_SEPARATELY = {
    "deletion-protection-enabled",
    "waf-logging-enabled",
    "vpc-flow-logs-enabled",
    "http-redirects-to-https",
}
"""Rules with tests below: their violation is no change of a single value."""


def resource(kind: str, stack: str = "prod", **properties: object) -> Resource:
    return Resource(type=kind, name="it", properties=properties, project=PROJECT, stack=stack)


def messages(rule: str, *resources: Resource) -> list[str]:
    return [violation.message for violation in violations(resources) if violation.rule == rule]


def test_a_load_balancer_has_deletion_protection_except_in_the_development_stack():
    kind = "aws:lb/loadBalancer:LoadBalancer"
    assert messages("deletion-protection-enabled", resource(kind, arn="arn:alb"))
    assert not messages(
        "deletion-protection-enabled", resource(kind, arn="arn:alb", enableDeletionProtection=True)
    )
    assert not messages("deletion-protection-enabled", resource(kind, stack="dev", arn="arn:alb"))


def test_a_firewall_without_a_log_is_found():
    acl = resource("aws:wafv2/webAcl:WebAcl", arn="arn:acl")
    log = resource("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", resourceArn="arn:acl")
    assert messages("waf-logging-enabled", acl) == ["it has no log"]
    assert not messages("waf-logging-enabled", acl, log)


def test_a_network_without_a_flow_log_is_found():
    vpc, log = resource("aws:ec2/vpc:Vpc", id="vpc-1"), resource("aws:ec2/flowLog:FlowLog", vpcId="vpc-1")
    assert messages("vpc-flow-logs-enabled", vpc) == ["it has no flow log"]
    assert not messages("vpc-flow-logs-enabled", vpc, log)


def test_a_listener_next_to_an_https_listener_only_redirects():
    def listener(protocol: str, **action: object) -> Resource:
        return resource(
            "aws:lb/listener:Listener", loadBalancerArn="a", protocol=protocol, defaultActions=[action]
        )

    https = listener("HTTPS", type="forward")
    plain, redirect = listener("HTTP", type="forward"), listener("HTTP", redirect=REDIRECT)
    assert messages("http-redirects-to-https", https, plain) == [
        "it answers in plain text next to an HTTPS listener"
    ]
    assert not messages("http-redirects-to-https", https, redirect)
    assert not messages("http-redirects-to-https", plain)


@pytest.mark.parametrize(
    ("policy", "is_current"),
    [
        ("ELBSecurityPolicy-TLS13-1-2-2021-06", True),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", True),
        ("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", True),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", False),
        ("ELBSecurityPolicy-TLS13-1-1-2021-06", False),
        ("ELBSecurityPolicy-2016-08", False),
        (None, False),
    ],
)
def test_a_listener_accepts_only_tls_1_2_and_above(policy: str | None, is_current: bool):  # noqa: FBT001 - it is the expected result
    listener = resource("aws:lb/listener:Listener", loadBalancerArn="a", protocol="HTTPS", sslPolicy=policy)
    assert bool(messages("tls-minimum-version", listener)) is not is_current


def test_resources_of_a_launch_template_need_tags_too(stack: dict[str, Resource]):
    resources = with_change(stack, "iris-template", "tagSpecifications.1.tags.owner", REMOVED)
    assert "of its volumes: there is no tag owner" in [
        violation.message for violation in violations(resources)
    ]


def test_the_provider_schema_knows_the_types_with_tags():
    assert "tags" in arguments("aws:lambda/function:Function")
    assert "tags" not in arguments("aws:lambda/alias:Alias")
    assert arguments("pulumi:providers:aws") == {}


def test_a_deprecated_argument_is_found_in_a_block_and_in_each_block_of_a_list():
    lock: dict[str, object] = {"objectLockEnabled": "Enabled"}
    for given in (lock, [{}, lock]):
        found = deprecated_arguments("aws:s3/bucket:Bucket", {"objectLockConfiguration": given, "tags": lock})
        paths = {message.partition(":")[0] for message in found}
        assert paths - {"objectLockConfiguration"} == {"objectLockConfiguration.objectLockEnabled"}


def test_the_provider_schema_tells_a_type_from_the_block_of_the_same_name():
    assert {"bucket", "targetBucket"} <= arguments("aws:s3/bucketLogging:BucketLogging").keys()
    assert "bucket" in arguments("aws:s3/bucketVersioning:BucketVersioning")


def test_the_provider_schema_knows_the_deprecations():
    assert is_deprecated_type("aws:s3/bucketAclV2:BucketAclV2")
    assert not is_deprecated_type("aws:s3/bucketAcl:BucketAcl")
    (line,) = deprecated_arguments("aws:s3/bucket:Bucket", {"acl": "private", "forceDestroy": True})
    assert line.startswith("acl: ")
    assert "s3.BucketAcl" in line


def test_a_type_without_a_name_limit_is_found():
    (message,) = messages("valid-names", resource("aws:sqs/queue:Queue", name="orders"))
    assert "limit for the name of aws:sqs/queue:Queue" in message


def test_a_budget_without_subscribers_is_found():
    kind, notification = "aws:budgets/budget:Budget", {"threshold": 80.0}
    assert messages("budgets-notify", resource(kind)) == ["it has no subscriber"]
    assert messages("budgets-notify", resource(kind, notifications=[notification])) == [
        "its notification at 80 % has no subscriber"
    ]
    assert not messages(
        "budgets-notify",
        resource(kind, notifications=[{**notification, "subscriberEmailAddresses": ["a@b.example"]}]),
    )


def test_a_group_without_elb_health_checks_is_found():
    group = resource(
        "aws:autoscaling/group:Group", name="fleet", instanceMaintenancePolicy={"minHealthyPercentage": 100}
    )
    assert messages("launch-before-terminate", group) == [
        "its health checks see the instance only, not the service"
    ]


def test_a_schedule_of_a_missing_group_is_found():
    action = resource("aws:autoscaling/schedule:Schedule", autoscalingGroupName="fleet", minSize=3)
    assert messages("schedule-within-group-size", action) == ["its Auto Scaling group does not exist"]
