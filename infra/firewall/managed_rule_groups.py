"""AWS managed rule groups, and the web ACL capacity units (WCU) of groups and rule statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


GroupName: TypeAlias = Literal[
    "ip-reputation",
    "anonymous-ip",
    "known-bad-inputs",
    "sql-injection",
    "admin-protection",
    "unix",
    "linux",
    "common",
]


@dataclass(frozen=True)
class ManagedRuleGroup:
    """Rule group that AWS maintains."""

    name: str
    """Name in the WAF API."""
    units: int
    """Capacity, in WCU."""


MANAGED_GROUPS: Final[dict[GroupName, ManagedRuleGroup]] = {
    "ip-reputation": ManagedRuleGroup("AWSManagedRulesAmazonIpReputationList", 25),
    "anonymous-ip": ManagedRuleGroup("AWSManagedRulesAnonymousIpList", 50),
    "known-bad-inputs": ManagedRuleGroup("AWSManagedRulesKnownBadInputsRuleSet", 200),
    "sql-injection": ManagedRuleGroup("AWSManagedRulesSQLiRuleSet", 200),
    "admin-protection": ManagedRuleGroup("AWSManagedRulesAdminProtectionRuleSet", 100),
    "unix": ManagedRuleGroup("AWSManagedRulesUnixRuleSet", 100),
    "linux": ManagedRuleGroup("AWSManagedRulesLinuxRuleSet", 200),
    "common": ManagedRuleGroup("AWSManagedRulesCommonRuleSet", 700),
}
"""Managed rule groups in the order in which they inspect a request (AWS WAF developer guide, "AWS Managed
Rules rule groups list")."""

INCLUDED_UNITS: Final = 1_500
"""Capacity units that the base price of a request includes (AWS WAF developer guide, "Web ACL capacity
units")."""

LOG_PREFIX: Final = "aws-waf-logs-"
"""Required prefix of a log group for WAF, which adds the log group's resource policy itself."""

IP_SET_UNITS: Final = 1
GEO_UNITS: Final = 1
LABEL_UNITS: Final = 1
RATE_UNITS: Final = 2
BYTE_MATCH_UNITS: Final = 2
REGEX_UNITS: Final = 3
SIZE_UNITS: Final = 1
TRANSFORMATION_UNITS: Final = 10
"""Capacity of each rule statement and of each text transformation, in WCU; logical statements take none. The
byte matches are of a whole field or of its end (AWS WAF developer guide, "Rule statements list")."""

_STATEMENT_UNITS: Final = {
    "ipSetReferenceStatement": IP_SET_UNITS,
    "geoMatchStatement": GEO_UNITS,
    "labelMatchStatement": LABEL_UNITS,
    "byteMatchStatement": BYTE_MATCH_UNITS,
    "regexMatchStatement": REGEX_UNITS,
    "sizeConstraintStatement": SIZE_UNITS,
}


def statement_units(statement: Mapping[str, Any]) -> int:
    """Return the capacity of a rule statement in Pulumi's form, in WCU; 0 for other statements."""
    (kind, inner), *_ = statement.items()
    match kind:
        case "managedRuleGroupStatement":
            return sum(group.units for group in MANAGED_GROUPS.values() if group.name == inner["name"])
        case "rateBasedStatement":
            scope = inner.get("scopeDownStatement")
            return RATE_UNITS + (statement_units(scope) if scope else 0)
        case "byteMatchStatement" | "regexMatchStatement" | "sizeConstraintStatement":
            transformed = [each for each in inner["textTransformations"] if each["type"] != "NONE"]
            return _STATEMENT_UNITS[kind] + TRANSFORMATION_UNITS * len(transformed)
        case "notStatement":
            return statement_units(inner["statement"])
        case "andStatement" | "orStatement":
            return sum(map(statement_units, inner["statements"]))
        case _:
            return _STATEMENT_UNITS.get(kind, 0)
