"""Pulumi policies, built from the rules.

Pulumi checks a rule about one resource before it creates the resource, and so prevents a violation. It checks
a rule about a stack after the deployment. At a preview, neither judges values that are not known yet: Pulumi
reports the policy as advisory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_policy import (
    Policy,
    PolicyComplianceFramework,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.check import RULES
from policy.rule import Resource, ResourceRule, StackRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policy.rule import Rule


def policies() -> list[Policy]:
    """Return a policy for each rule, in the order of the table."""
    return [
        _resource_policy(rule) if isinstance(rule, ResourceRule) else _stack_policy(rule) for rule in RULES
    ]


def _resource_policy(rule: ResourceRule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for message in rule.check(_resource(args.urn, args.resource_type, args.name, args.props)):
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
        for resource, message in rule.check(resources):
            report(f"{resource.name}: {message}", urns[id(resource)])

    return StackValidationPolicy(rule.name, rule.description, validate, framework=_framework(rule))


def _resource(urn: str, kind: str, name: str, properties: Mapping[str, Any]) -> Resource:
    # urn:pulumi:<stack>::<project>::<types>::<name> (Pulumi docs, "Resource names")
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    return Resource(type=kind, name=name, properties=properties, project=project, stack=stack)


def _framework(rule: Rule) -> PolicyComplianceFramework:
    return PolicyComplianceFramework(name="AWS Well-Architected Framework", specification=rule.best_practice)
