"""Resources, and what one rule says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from policy.rule import Resource, ResourceRule, StackRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policy.rule import Rule

PROJECT = "iris"
STACK = "prod"


class Case(NamedTuple):
    """What a rule says of some resources that each break no clause of it, or one."""

    rule: str
    shows: str
    """What is special about the resources, in a few words."""
    resources: tuple[Resource, ...]
    says: tuple[str, ...] = ()
    """Name of the resource, and what is wrong with it; none where all is well."""


def resource(kind: str, name: str = "it", stack: str = STACK, /, **properties: Any) -> Resource:
    return Resource(type=kind, name=name, properties=properties, project=PROJECT, stack=stack)


def said(rule: Rule, resources: Sequence[Resource]) -> list[str]:
    """Ask a rule."""
    match rule:
        case ResourceRule():
            return [f"{one.name}: {says}" for one in resources for says in rule.check(one)]
        case StackRule():
            return [f"{one.name}: {says}" for one, says in rule.check(resources)]
