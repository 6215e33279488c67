"""Each rule finds the one thing that is wrong, in a stack that is right but for that."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.firewall.managed_rule_groups import MANAGED_GROUPS
from policy.check import RULES, Violation, violations
from policy.provider_schema import arguments, deprecated_arguments, deprecated_type
from policy.rule import Resource
from tests.infra.recorder import PROJECT, deploy_stack
from tests.policy.stacks import resources_of

if TYPE_CHECKING:
    from pathlib import Path

GONE = object()
"""In place of a value: the key is taken away."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Resource]:
    archive: Path = tmp_path_factory.mktemp("archive") / "iris.zip"
    archive.write_bytes(b"packed")
    made = deploy_stack(
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
    return {resource.name: resource for resource in resources_of(made)}


def broken(stack: dict[str, Resource], name: str, path: str, value: object) -> list[Resource]:
    """Change one value of one resource; the path has dots, and numbers for the items of a list."""
    properties: Any = json.loads(json.dumps(stack[name].properties, default=str))
    *outer, last = path.split(".")
    block = properties
    for step in outer:
        block = block[int(step) if step.isdecimal() else step]
    if value is GONE:
        del block[last]
    else:
        block[int(last) if last.isdecimal() else last] = value
    changed = dataclasses.replace(stack[name], properties=properties)
    return list({**stack, name: changed}.values())


def allows(**statement: object) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Sid": "Ours", **statement}})


COMMON = MANAGED_GROUPS["common"].name

ONE = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/key"}

BREAKS: dict[str, tuple[str, str, object]] = {
    "volumes-encrypted": ("iris-template", "blockDeviceMappings.0.ebs.encrypted", "false"),
    "topics-encrypted": ("iris-alarms", "kmsMasterKeyId", GONE),
    "buckets-encrypted": ("iris-archives-encryption", "bucket", "another"),
    "keys-rotate": ("iris-alarms-key", "enableKeyRotation", False),
    "tls-current": ("iris-domain", "securityPolicy", "TLS_1_0"),
    "buckets-tls": ("iris-archives-policy", "policy", json.dumps({"Statement": []})),
    "no-public-ingress": ("iris-world-to-balancer", "securityGroupId", "iris-instances-id"),
    "security-rules-apart": ("iris-instances", "egress", [{"protocol": "-1"}]),
    "egress-bounded": ("iris-instances-to-s3", "ipProtocol", "-1"),
    "no-public-addresses": ("iris-public-a", "mapPublicIpOnLaunch", True),
    "buckets-private": ("iris-archives-privacy", "blockPublicPolicy", False),
    "firewall-in-front": ("iris-acl-balancer", "resourceArn", "arn:another"),
    "floods-limited": ("iris-acl", "rules.0.statement", {"geoMatchStatement": {"countryCodes": ["AQ"]}}),
    "firewall-units": (
        "iris-acl",
        "rules.1.statement",
        {"orStatement": {"statements": [{"managedRuleGroupStatement": {"name": COMMON}}] * 2}},
    ),
    "metadata-v2": ("iris-template", "metadataOptions.httpTokens", "optional"),
    "no-shell": ("iris-template", "keyName", "mine"),
    "successors-first": ("iris-fleet", "instanceMaintenancePolicy.minHealthyPercentage", 50),
    "silence-abandoned": ("iris-launched", "defaultResult", "CONTINUE"),
    "schedule-bounded": ("iris-occasion-1", "minSize", 9),
    "actions-named": ("iris-read-archive", "policy", allows(**{**ONE, "Action": ["s3:*"]})),
    "resources-named": ("iris-read-archive", "policy", allows(**{**ONE, "Resource": "*"})),
    "principals-named": ("iris-s3", "policy", allows(**ONE, Principal={"AWS": "*"})),
    "policies-own": ("iris-api-logging-may", "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
    "requests-logged": ("iris-function", "loggingConfig", GONE),
    "logs-end": ("iris-function-logs", "retentionInDays", 0),
    "alarms-heard": ("iris-fleet-errors", "alarmActions", []),
    "budgets-heard": ("iris-budget", "notifications.1.subscriberSnsTopicArns", []),
    "findings-heard": ("iris-findings-topic", "rule", "another"),
    "tagged": ("iris-vpc", "tags.owner", GONE),
    "names-taken": ("iris-alb", "name", "a" * 33),
    "texts-taken": ("iris-aws-from-instances", "description", "AWS's own services"),
    "nothing-deprecated": ("iris-archives", "acl", "private"),
}
"""Rule -> a resource, the path of one of its values, and what breaks the rule there."""


def found(resources: list[Resource]) -> set[Violation]:
    return set(violations(resources))


@pytest.mark.parametrize("rule", BREAKS)
def test_a_rule_finds_what_breaks_it_and_no_other_rule_does(rule: str, stack: dict[str, Resource]):
    name, path, value = BREAKS[rule]
    news = found(broken(stack, name, path, value)) - found(list(stack.values()))
    assert {violation.rule for violation in news} == {rule}


def test_every_rule_is_shown_to_find_something():
    assert sorted({rule.name for rule in RULES} - set(BREAKS)) == sorted(OTHERWISE)
    assert len({rule.name for rule in RULES}) == len(RULES)


OTHERWISE = {"deletion-protected", "firewall-logged", "network-logged", "tls-alone"}
"""Shown below: there is nothing to change for the worse, or more than one thing is needed."""


def resource(kind: str, stack: str = "prod", **properties: object) -> Resource:
    return Resource(type=kind, name="it", properties=properties, project=PROJECT, stack=stack)


def told(rule: str, *resources: Resource) -> list[str]:
    return [violation.says for violation in violations(resources) if violation.rule == rule]


def test_a_load_balancer_is_protected_from_deletion_but_where_one_tries_things_out():
    kind = "aws:lb/loadBalancer:LoadBalancer"
    assert told("deletion-protected", resource(kind, arn="arn:alb"))
    assert not told("deletion-protected", resource(kind, arn="arn:alb", enableDeletionProtection=True))
    assert not told("deletion-protected", resource(kind, stack="dev", arn="arn:alb"))


def test_a_firewall_without_a_log_is_found():
    acl = resource("aws:wafv2/webAcl:WebAcl", arn="arn:acl")
    log = resource("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", resourceArn="arn:acl")
    assert told("firewall-logged", acl) == ["whom it turns away is not written down"]
    assert not told("firewall-logged", acl, log)


def test_a_network_without_a_flow_log_is_found():
    vpc, log = resource("aws:ec2/vpc:Vpc", id="vpc-1"), resource("aws:ec2/flowLog:FlowLog", vpcId="vpc-1")
    assert told("network-logged", vpc) == ["who talks to whom in it is not written down"]
    assert not told("network-logged", vpc, log)


def test_beside_a_listener_that_encrypts_another_only_sends_people_there():
    def listener(protocol: str, **action: object) -> Resource:
        return resource(
            "aws:lb/listener:Listener", loadBalancerArn="a", protocol=protocol, defaultActions=[action]
        )

    https = listener("HTTPS", type="forward")
    plain, polite = listener("HTTP", type="forward"), listener("HTTP", redirect={"protocol": "HTTPS"})
    assert told("tls-alone", https, plain) == ["it answers in plain text beside one that encrypts"]
    assert not told("tls-alone", https, polite)
    assert not told("tls-alone", plain)


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
def test_a_listener_speaks_1_2_and_above(policy: str | None, is_current: bool):  # noqa: FBT001 - it is what is asked
    listener = resource("aws:lb/listener:Listener", loadBalancerArn="a", protocol="HTTPS", sslPolicy=policy)
    assert bool(told("tls-current", listener)) is not is_current


def test_what_a_template_starts_is_tagged_too(stack: dict[str, Resource]):
    resources = broken(stack, "iris-template", "tagSpecifications.1.tags.owner", GONE)
    assert "of its volumes: there is no tag owner" in [violation.says for violation in violations(resources)]


def test_which_types_take_tags_is_the_provider_s_word():
    assert "tags" in arguments("aws:lambda/function:Function")
    assert "tags" not in arguments("aws:lambda/alias:Alias")
    assert arguments("pulumi:providers:aws") == {}


def test_what_is_deprecated_is_the_provider_s_word():
    assert deprecated_type("aws:s3/bucketAclV2:BucketAclV2")
    assert not deprecated_type("aws:s3/bucketAcl:BucketAcl")
    (line,) = deprecated_arguments("aws:s3/bucket:Bucket", {"acl": "private", "forceDestroy": True})
    assert line.startswith("acl: ")
    assert "s3.BucketAcl" in line


def test_a_type_whose_names_nobody_has_looked_up_is_found():
    (says,) = told("names-taken", resource("aws:sqs/queue:Queue", name="orders"))
    assert "how long the name of a aws:sqs/queue:Queue may be" in says


def test_a_budget_that_tells_nobody_is_found():
    kind, notice = "aws:budgets/budget:Budget", {"threshold": 80.0}
    assert told("budgets-heard", resource(kind)) == ["nobody hears of it"]
    assert told("budgets-heard", resource(kind, notifications=[notice])) == [
        "nobody hears that 80 % are reached"
    ]
    assert not told(
        "budgets-heard",
        resource(kind, notifications=[{**notice, "subscriberEmailAddresses": ["a@b.example"]}]),
    )


def test_a_group_that_believes_in_machines_is_found():
    group = resource(
        "aws:autoscaling/group:Group", name="fleet", instanceMaintenancePolicy={"minHealthyPercentage": 100}
    )
    assert told("successors-first", group) == ["it takes a machine that runs for a service that answers"]


def test_a_schedule_of_a_group_that_nobody_made_is_found():
    action = resource("aws:autoscaling/schedule:Schedule", autoscalingGroupName="fleet", minSize=3)
    assert told("schedule-bounded", action) == ["nothing has the sizes that it asks for"]
