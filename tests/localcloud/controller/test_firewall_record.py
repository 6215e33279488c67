"""Web ACL that another LocalStack gets back, as the AWS API receives it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from localcloud.aws.clients import Api
from localcloud.controller.firewall_record import restore_firewall
from tests.stubbed import stub

if TYPE_CHECKING:
    from tests.stubbed import Answers

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/iris/1"
SCOPE = {"Scope": "REGIONAL"}
VISIBILITY = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}


def arn(kind: str, name: str, identifier: str) -> str:
    return f"arn:aws:wafv2:eu-west-1:000000000000:regional/{kind}/{name}/{identifier}"


def summary(kind: str, name: str, identifier: str) -> dict[str, Any]:
    return {"Name": name, "Id": identifier, "ARN": arn(kind, name, identifier)}


def blocks(name: str, priority: int, statement: dict[str, Any]) -> dict[str, Any]:
    action: dict[str, Any] = {
        "Block": {"CustomResponse": {"ResponseCode": 403, "CustomResponseBodyKey": "page"}}
    }
    rule = {"Name": name, "Priority": priority, "Action": action, "VisibilityConfig": VISIBILITY}
    return rule | {"Statement": statement}


def restore(wanted: dict[str, Any], *answers: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    """Restore a web ACL where there is none; the API gives these answers, all of which are needed."""
    api = Api("http://127.0.0.1:1", "eu-west-1")
    given: Answers = [("get_web_acl_for_resource", {"ResourceArn": BALANCER}, {}), *answers]
    stubber = stub(api.client("wafv2"), given)
    with ExitStack() as stack:
        stack.enter_context(stubber)
        restore_firewall(api, wanted, BALANCER)
        stubber.assert_no_pending_responses()


def test_sets_with_short_names_are_created_each_by_itself_and_the_rules_refer_to_the_new_ones():
    offices = {"office": ["192.0.2.0/24"], "partner": ["2001:db8::/32"]}
    bodies = {"page": {"ContentType": "TEXT_PLAIN", "Content": "no"}}

    def rules(of_sets: str) -> list[dict[str, Any]]:
        return [
            blocks(name, number, {"IPSetReferenceStatement": {"ARN": arn("ipset", name, of_sets)}})
            for number, name in enumerate(offices)
        ]

    acl: dict[str, Any] = {
        **summary("webacl", "iris-0123abc", "1"),
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": VISIBILITY,
        "CustomResponseBodies": bodies,
        "Rules": rules("1"),
    }
    wanted: dict[str, Any] = {
        "acl": acl,
        "ip_sets": {arn("ipset", name, "1"): addresses for name, addresses in offices.items()},
        "regex_sets": {},
        "rule_groups": {},
    }
    office, partner = (summary("ipset", name, "2") for name in offices)
    # The program has created the web ACL again, with another suffix.
    created = summary("webacl", "iris-fedcba9", "2")
    place = {"Name": "iris-fedcba9", "Id": "2", **SCOPE}
    settings = {key: acl[key] for key in ("DefaultAction", "VisibilityConfig", "CustomResponseBodies")}
    described: dict[str, Any] = {**created, "DefaultAction": {"Allow": {}}, "VisibilityConfig": VISIBILITY}
    restore(
        wanted,
        ("list_ip_sets", SCOPE, {"IPSets": []}),
        (
            "create_ip_set",
            {"Name": "office", **SCOPE, "IPAddressVersion": "IPV4", "Addresses": offices["office"]},
            {"Summary": office},
        ),
        ("list_ip_sets", SCOPE, {"IPSets": [office]}),
        (
            "create_ip_set",
            {"Name": "partner", **SCOPE, "IPAddressVersion": "IPV6", "Addresses": offices["partner"]},
            {"Summary": partner},
        ),
        ("list_web_acls", SCOPE, {"WebACLs": [created]}),
        ("get_web_acl", place, {"WebACL": described, "LockToken": "token"}),
        ("update_web_acl", {**place, "LockToken": "token", **settings, "Rules": rules("2")}, {}),
        ("associate_web_acl", {"WebACLArn": created["ARN"], "ResourceArn": BALANCER}, {}),
    )
