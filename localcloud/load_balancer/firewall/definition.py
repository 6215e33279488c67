"""Web ACL of a load balancer as the AWS API describes it, with all that its rules refer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.firewall.rules.statements import Sources
from localcloud.load_balancer.firewall.rules.web_acl import referred_arns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_wafv2 import WAFV2Client

    from localcloud.aws.clients import Api

    Json = dict[str, Any]

SCOPE: Final = "REGIONAL"
"""Scope of the web ACLs of load balancers and APIs."""


@dataclass(frozen=True)
class Definition:
    """Web ACL, and the resources to which its rules refer, by ARN."""

    acl: Mapping[str, Any]
    ip_sets: Mapping[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    regex_sets: Mapping[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    rule_groups: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, "Mapping[str, Any]"])

    def sources(self, before: Sources) -> Sources:
        """Return what the statements refer to, with the counters of an earlier definition."""
        return Sources(self.ip_sets, self.regex_sets, self.rule_groups, before.counters)


def read_definition(api: Api, resource_arn: str) -> Definition | None:
    """Return the definition of the web ACL of a load balancer; None if it has none."""
    wafv2 = api.client("wafv2")
    found = wafv2.get_web_acl_for_resource(ResourceArn=resource_arn)
    if "WebACL" not in found:
        return None
    acl = found["WebACL"]
    rules: list[Json] = [_without_bytes(rule) for rule in acl["Rules"]]
    groups = {
        arn: _without_bytes(wafv2.get_rule_group(ARN=arn)["RuleGroup"])
        for arn in sorted(referred_arns(rules).get("RuleGroupReferenceStatement", ()))
    }
    referred = referred_arns([*rules, *groups.values()])
    return Definition(
        acl={**_without_bytes(acl), "Rules": rules},
        ip_sets={arn: _addresses(wafv2, arn) for arn in sorted(referred.get("IPSetReferenceStatement", ()))},
        regex_sets={
            arn: _expressions(wafv2, arn)
            for arn in sorted(referred.get("RegexPatternSetReferenceStatement", ()))
        },
        rule_groups=groups,
    )


def _addresses(wafv2: WAFV2Client, arn: str) -> list[str]:
    name, identifier = arn.split("/")[-2:]
    return wafv2.get_ip_set(Name=name, Scope=SCOPE, Id=identifier)["IPSet"]["Addresses"]


def _expressions(wafv2: WAFV2Client, arn: str) -> list[str]:
    name, identifier = arn.split("/")[-2:]
    found = wafv2.get_regex_pattern_set(Name=name, Scope=SCOPE, Id=identifier)["RegexPatternSet"]
    return [each["RegexString"] for each in found["RegularExpressionList"] if "RegexString" in each]


def _without_bytes(value: Any) -> Any:  # noqa: ANN401 - JSON of any depth
    """Return a description with texts of one character for each byte in place of bytes."""
    match value:
        case bytes():
            return value.decode("latin-1")
        case dict():
            return {key: _without_bytes(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType] - JSON
        case list():
            return [_without_bytes(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType] - JSON
        case _:
            return value
