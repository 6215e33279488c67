"""What every stack must be like, whatever its configuration: rules that a program checks.

The same table is checked by the tests, over all that the program asks for, and by Pulumi, as a policy pack
(`pulumi up --policy-pack policy`), over all that it is about to make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from infra.policy.access import ACCESS
from infra.policy.currency import CURRENCY
from infra.policy.encryption import ENCRYPTION
from infra.policy.exposure import EXPOSURE
from infra.policy.firewall import FIREWALL
from infra.policy.fleet import FLEET
from infra.policy.keeping import KEEPING
from infra.policy.machines import MACHINES
from infra.policy.naming import NAMING
from infra.policy.recording import RECORDING
from infra.policy.rule import Resource, ResourceRule, StackRule
from infra.policy.tagging import TAGGING
from infra.policy.texts import TEXTS_TAKEN
from infra.policy.transit import TRANSIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.policy.rule import Rule

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
