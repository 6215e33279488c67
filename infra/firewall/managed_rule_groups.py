"""What a web ACL is made of, and what each part takes of its capacity. Plain data and arithmetic."""

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
class ManagedGroup:
    """Rules that AWS keeps up to date."""

    name: str
    """As WAF calls it."""
    units: int


MANAGED_GROUPS: Final[dict[GroupName, ManagedGroup]] = {
    "ip-reputation": ManagedGroup("AWSManagedRulesAmazonIpReputationList", 25),
    "anonymous-ip": ManagedGroup("AWSManagedRulesAnonymousIpList", 50),
    "known-bad-inputs": ManagedGroup("AWSManagedRulesKnownBadInputsRuleSet", 200),
    "sql-injection": ManagedGroup("AWSManagedRulesSQLiRuleSet", 200),
    "admin-protection": ManagedGroup("AWSManagedRulesAdminProtectionRuleSet", 100),
    "unix": ManagedGroup("AWSManagedRulesUnixRuleSet", 100),
    "linux": ManagedGroup("AWSManagedRulesLinuxRuleSet", 200),
    "common": ManagedGroup("AWSManagedRulesCommonRuleSet", 700),
}
"""In the order in which they look at a request; with their capacity units (AWS WAF developer guide, "AWS
Managed Rules rule groups list")."""

MOST_UNITS: Final = 1_500
"""What a request costs no extra for (AWS WAF developer guide, "Web ACL capacity units")."""

LOG_PREFIX: Final = "aws-waf-logs-"
"""With which the name of a log group begins that WAF writes to; it lets itself in when it is told to log."""

IP_SET_UNITS: Final = 1
GEO_UNITS: Final = 1
LABEL_UNITS: Final = 1
RATE_UNITS: Final = 2
ENDS_WITH_UNITS: Final = 2
"""Of a rule statement of each kind; logic around it takes none (AWS WAF developer guide, "Rule statements
list")."""

_OF_KIND: Final = {
    "ipSetReferenceStatement": IP_SET_UNITS,
    "geoMatchStatement": GEO_UNITS,
    "labelMatchStatement": LABEL_UNITS,
    "rateBasedStatement": RATE_UNITS,
    "byteMatchStatement": ENDS_WITH_UNITS,
}


def statement_units(statement: Mapping[str, Any]) -> int:
    """Say how many units a rule statement takes, as Pulumi writes it; 0 where it is none of those above."""
    (kind, inner), *_ = statement.items()
    match kind:
        case "managedRuleGroupStatement":
            return sum(group.units for group in MANAGED_GROUPS.values() if group.name == inner["name"])
        case "notStatement":
            return statement_units(inner["statement"])
        case "andStatement" | "orStatement":
            return sum(map(statement_units, inner["statements"]))
        case _:
            return _OF_KIND.get(kind, 0)
