"""Table of the rules that every stack must satisfy with any configuration, and their check.

The tests check the table against every resource that the program requests. Pulumi checks it as a policy pack
(`pulumi up --policy-pack policy`) against the resources of a deployment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from policy.rule import Resource, ResourceRule, StackRule
from policy.rules.access import ACCESS_RULES
from policy.rules.availability import AVAILABILITY_RULES
from policy.rules.deletion_protection import DELETION_PROTECTION_RULES
from policy.rules.deprecation import DEPRECATION_RULES
from policy.rules.encryption_at_rest import ENCRYPTION_AT_REST_RULES
from policy.rules.encryption_in_transit import ENCRYPTION_IN_TRANSIT_RULES
from policy.rules.firewall import FIREWALL_RULES
from policy.rules.instances import INSTANCE_RULES
from policy.rules.logging_and_alerts import LOGGING_AND_ALERT_RULES
from policy.rules.names import NAME_RULES
from policy.rules.network_exposure import NETWORK_EXPOSURE_RULES
from policy.rules.tags import TAG_RULES
from policy.rules.texts import TEXT_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policy.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *ENCRYPTION_AT_REST_RULES,
    *ENCRYPTION_IN_TRANSIT_RULES,
    *NETWORK_EXPOSURE_RULES,
    *FIREWALL_RULES,
    *INSTANCE_RULES,
    *AVAILABILITY_RULES,
    *ACCESS_RULES,
    *LOGGING_AND_ALERT_RULES,
    *TAG_RULES,
    *DELETION_PROTECTION_RULES,
    *NAME_RULES,
    *TEXT_RULES,
    *DEPRECATION_RULES,
)
"""All rules; their names are unique."""


class Violation(NamedTuple):
    """Violation of a rule by a resource."""

    rule: str
    resource: str
    """Logical name."""
    message: str
    """Description of the violation."""


def violations(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Check a whole stack, including the outputs of its resources, against every rule."""
    for rule in RULES:
        match rule:
            case ResourceRule():
                for resource in resources:
                    for message in rule.check(resource):
                        yield Violation(rule.name, resource.name, message)
            case StackRule():
                for resource, message in rule.check(resources):
                    yield Violation(rule.name, resource.name, message)
