"""What every stack must be like, whatever its configuration: rules that a program checks.

The same table is checked by the tests, over all that the program asks for, and by Pulumi, as a policy pack
(`pulumi up --policy-pack policy`), over all that it is about to make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from policy.rule import Resource, ResourceRule, StackRule
from policy.rules.access import ACCESS
from policy.rules.availability import FLEET
from policy.rules.deletion_protection import KEEPING
from policy.rules.deprecation import CURRENCY
from policy.rules.encryption_at_rest import ENCRYPTION
from policy.rules.encryption_in_transit import TRANSIT
from policy.rules.firewall import FIREWALL
from policy.rules.instances import MACHINES
from policy.rules.logging_and_alerts import RECORDING
from policy.rules.names import NAMING
from policy.rules.network_exposure import EXPOSURE
from policy.rules.tags import TAGGING
from policy.rules.texts import TEXTS_TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policy.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *ENCRYPTION,
    *TRANSIT,
    *EXPOSURE,
    *FIREWALL,
    *MACHINES,
    *FLEET,
    *ACCESS,
    *RECORDING,
    *TAGGING,
    *KEEPING,
    *NAMING,
    *TEXTS_TAKEN,
    *CURRENCY,
)
"""Every rule; their names are unique."""


class Violation(NamedTuple):
    """A rule that a resource breaks."""

    rule: str
    resource: str
    """Its logical name."""
    says: str
    """What is wrong."""


def violations(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Check a whole stack, with the outputs of its resources, against every rule."""
    for rule in RULES:
        match rule:
            case ResourceRule():
                for resource in resources:
                    for says in rule.check(resource):
                        yield Violation(rule.name, resource.name, says)
            case StackRule():
                for resource, says in rule.check(resources):
                    yield Violation(rule.name, resource.name, says)
