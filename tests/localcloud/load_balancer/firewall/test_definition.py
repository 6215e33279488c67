"""Web ACL of a load balancer with what its rules refer to, as the AWS API describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.aws.clients import Api
from localcloud.load_balancer.firewall.definition import Definition, read_definition
from tests.localcloud.load_balancer.firewall.acls import acl, rule
from tests.stubbed import stub

if TYPE_CHECKING:
    from tests.stubbed import Answers

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/iris/1"


def arn(kind: str, name: str) -> str:
    return f"arn:aws:wafv2:eu-west-1:000000000000:regional/{kind}/{name}/id-of-{name}"


def described(answers: Answers) -> Definition | None:
    api = Api("http://127.0.0.1:1", "eu-west-1")
    stubber = stub(api.client("wafv2"), answers)
    with stubber:
        found = read_definition(api, BALANCER)
        stubber.assert_no_pending_responses()
    return found


def test_without_a_web_acl_there_is_no_definition():
    assert described([("get_web_acl_for_resource", {"ResourceArn": BALANCER}, {})]) is None


def test_the_sets_of_the_rules_and_of_their_groups_are_read():
    field: dict[str, Any] = {
        "FieldToMatch": {"UriPath": {}},
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
    }
    # In the API, a text to search for is bytes.
    search = {**field, "SearchString": b"/caf\xc3\xa9", "PositionalConstraint": "CONTAINS"}
    group: dict[str, Any] = {
        "Name": "mine",
        "Id": "id-of-mine",
        "Capacity": 2,
        "ARN": arn("rulegroup", "mine"),
        "Rules": [rule("partner", {"IPSetReferenceStatement": {"ARN": arn("ipset", "partner")}})],
        "VisibilityConfig": acl()["VisibilityConfig"],
    }
    reference = rule("group", {"RuleGroupReferenceStatement": {"ARN": group["ARN"]}}, 2)
    reference["OverrideAction"] = {"None": {}}
    del reference["Action"]
    paths = {**field, "ARN": arn("regexpatternset", "paths")}
    web_acl = acl(
        rule("office", {"IPSetReferenceStatement": {"ARN": arn("ipset", "office")}}, 0),
        rule("paths", {"RegexPatternSetReferenceStatement": paths}, 1),
        reference,
        rule("coffee", {"ByteMatchStatement": search}, 3),
        Id="id-of-acl",
    )

    def place(name: str) -> dict[str, str]:
        return {"Name": name, "Scope": "REGIONAL", "Id": f"id-of-{name}"}

    def ip_set(name: str, address: str) -> dict[str, Any]:
        found = {"Name": name, "Id": f"id-of-{name}", "ARN": arn("ipset", name), "Addresses": [address]}
        return {"IPSet": found | {"IPAddressVersion": "IPV4"}}

    expressions = [{"RegexString": "^/a"}, {"RegexString": "b$"}]
    found = described(
        [
            ("get_web_acl_for_resource", {"ResourceArn": BALANCER}, {"WebACL": web_acl}),
            ("get_rule_group", {"ARN": group["ARN"]}, {"RuleGroup": group}),
            ("get_ip_set", place("office"), ip_set("office", "192.0.2.0/24")),
            ("get_ip_set", place("partner"), ip_set("partner", "198.51.100.0/24")),
            (
                "get_regex_pattern_set",
                place("paths"),
                {"RegexPatternSet": {"RegularExpressionList": expressions}},
            ),
        ]
    )
    assert found is not None
    assert found.ip_sets == {
        arn("ipset", "office"): ["192.0.2.0/24"],
        arn("ipset", "partner"): ["198.51.100.0/24"],
    }
    assert found.regex_sets == {arn("regexpatternset", "paths"): ["^/a", "b$"]}
    assert set(found.rule_groups) == {group["ARN"]}
    coffee = found.acl["Rules"][3]["Statement"]["ByteMatchStatement"]
    assert coffee["SearchString"] == "/caf\xc3\xa9"
