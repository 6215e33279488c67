"""AWS WAF as the local cloud uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.localcloud.localstack.fleet import FleetResources
    from tests.localcloud.localstack.running import Running


def visibility(name: str) -> dict[str, Any]:
    return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}


RULES: list[dict[str, Any]] = [
    {
        "Name": "flood",
        "Priority": 0,
        "Action": {"Block": {"CustomResponse": {"ResponseCode": 429}}},
        "Statement": {
            "RateBasedStatement": {"Limit": 2000, "EvaluationWindowSec": 300, "AggregateKeyType": "IP"}
        },
        "VisibilityConfig": visibility("flood"),
    },
    {
        "Name": "common",
        "Priority": 1,
        "OverrideAction": {"Count": {}},
        "Statement": {
            "ManagedRuleGroupStatement": {
                "VendorName": "AWS",
                "Name": "AWSManagedRulesCommonRuleSet",
                "RuleActionOverrides": [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}],
            }
        },
        "VisibilityConfig": visibility("common"),
    },
]


def make_acl(localstack: Running, name: str) -> dict[str, str]:
    return localstack.client("wafv2").create_web_acl(
        Name=name,
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        Rules=RULES,
        VisibilityConfig=visibility(name),
    )["Summary"]


def test_a_web_acl_reads_back_with_its_rules(localstack: Running) -> None:
    acl = make_acl(localstack, "read-back")

    found = localstack.client("wafv2").get_web_acl(Name="read-back", Scope="REGIONAL", Id=acl["Id"])

    assert found["WebACL"]["Rules"] == RULES
    assert found["WebACL"]["DefaultAction"] == {"Allow": {}}


def test_the_association_of_a_web_acl_reads_back_from_both_sides(fleet: FleetResources) -> None:
    wafv2 = fleet.localstack.client("wafv2")
    acl = make_acl(fleet.localstack, "associated")

    wafv2.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=fleet.load_balancer)

    assert wafv2.get_web_acl_for_resource(ResourceArn=fleet.load_balancer)["WebACL"]["ARN"] == acl["ARN"]
    assert wafv2.list_resources_for_web_acl(WebACLArn=acl["ARN"])["ResourceArns"] == [fleet.load_balancer]
    stages = wafv2.list_resources_for_web_acl(WebACLArn=acl["ARN"], ResourceType="API_GATEWAY")
    assert stages["ResourceArns"] == []
    wafv2.disassociate_web_acl(ResourceArn=fleet.load_balancer)
    assert "WebACL" not in wafv2.get_web_acl_for_resource(ResourceArn=fleet.load_balancer)


def test_a_second_web_acl_replaces_the_first(fleet: FleetResources) -> None:
    wafv2 = fleet.localstack.client("wafv2")
    first, second = (make_acl(fleet.localstack, name) for name in ("first", "second"))

    for acl in (first, second):
        wafv2.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=fleet.load_balancer)

    assert wafv2.get_web_acl_for_resource(ResourceArn=fleet.load_balancer)["WebACL"]["ARN"] == second["ARN"]
    assert wafv2.list_resources_for_web_acl(WebACLArn=first["ARN"])["ResourceArns"] == []
    wafv2.disassociate_web_acl(ResourceArn=fleet.load_balancer)
