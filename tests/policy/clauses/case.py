"""Test cases of the rules: resources and the expected findings of one rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from policy.rule import Resource, ResourceRule, StackRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policy.rule import Rule

PROJECT = "iris"
STACK = "prod"


class Case(NamedTuple):
    """Expected findings of a rule for resources that each violate no clause of it, or one."""

    rule: str
    description: str
    """Distinctive property of the resources, in a few words."""
    resources: tuple[Resource, ...]
    findings: tuple[str, ...] = ()
    """Name of the resource and message of the rule."""


def resource(kind: str, name: str = "it", stack: str = STACK, /, **properties: Any) -> Resource:
    return Resource(type=kind, name=name, properties=properties, project=PROJECT, stack=stack)


def findings(rule: Rule, resources: Sequence[Resource]) -> list[str]:
    """Return the findings of a rule, in its order."""
    match rule:
        case ResourceRule():
            return [f"{each.name}: {message}" for each in resources for message in rule.check(each)]
        case StackRule():
            return [f"{each.name}: {message}" for each, message in rule.check(resources)]
