"""Pulumi policies, built from the rules.

Pulumi checks a rule about one resource before it creates the resource, and so prevents a violation. It checks
a rule about a stack after the deployment. At a preview, a rule passes over what it can't judge yet, without
the line for each resource that Pulumi would print: the deployment checks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from pulumi_policy import (
    Policy,
    PolicyComplianceFramework,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policy.check import RULES
from policy.rule import Resource, ResourceRule, StackRule
from policy.rules.deprecation import DEPRECATION_RULES
from policy.rules.texts import TEXT_RULES

if TYPE_CHECKING:
    from policy.rule import Rule


PER_VALUE: Final = frozenset(rule.name for rule in (*DEPRECATION_RULES, *TEXT_RULES))
"""Rules that check each value separately: at a preview, they get the known ones only."""


def policies() -> list[Policy]:
    """Return a policy for each rule, in the order of the table."""
    return [
        _resource_policy(rule) if isinstance(rule, ResourceRule) else _stack_policy(rule) for rule in RULES
    ]


def _resource_policy(rule: ResourceRule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        properties = _known_values(args.props) if rule.name in PER_VALUE else args.props
        with suppress(UnknownValueError):
            for message in rule.check(_resource(args.urn, args.resource_type, args.name, properties)):
                report(f"{args.name}: {message}", args.urn)

    return ResourceValidationPolicy(rule.name, rule.description, validate, framework=_framework(rule))


def _stack_policy(rule: StackRule) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [
            _resource(each.urn, each.resource_type, each.name, each.props) for each in args.resources
        ]
        urns = {
            id(resource): validated.urn for resource, validated in zip(resources, args.resources, strict=True)
        }
        with suppress(UnknownValueError):
            for resource, message in rule.check(resources):
                report(f"{resource.name}: {message}", urns[id(resource)])

    return StackValidationPolicy(rule.name, rule.description, validate, framework=_framework(rule))


def _resource(urn: str, kind: str, name: str, properties: Mapping[str, Any]) -> Resource:
    # urn:pulumi:<stack>::<project>::<types>::<name> (Pulumi docs, "Resource names")
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    return Resource(type=kind, name=name, properties=properties, project=project, stack=stack)


def _known_values(values: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a copy of a value of JSON without the parts that are unknown at a preview."""
    match values:
        case str():
            return values
        case Mapping():
            properties = cast("Mapping[str, Any]", values)
            return {key: _known_values(properties[key]) for key in properties if _is_known(properties, key)}
        case Sequence():
            items = cast("Sequence[Any]", values)
            return [_known_values(items[index]) for index in range(len(items)) if _is_known(items, index)]
        case _:
            return values


def _is_known(container: Any, key: str | int) -> bool:  # noqa: ANN401 - a mapping or a sequence
    try:
        container[key]
    except UnknownValueError:
        return False
    return True


def _framework(rule: Rule) -> PolicyComplianceFramework:
    return PolicyComplianceFramework(name="AWS Well-Architected Framework", specification=rule.best_practice)
