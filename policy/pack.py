"""The rules as Pulumi's policies.

A rule about one resource is asked before that one is made, and so refuses it. A rule about a stack is asked
once all of it is there. What is not known yet at a preview, neither judges: Pulumi says so beside the rule.
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
    """Give every rule, in the order of the table."""
    return [
        _resource_policy(rule) if isinstance(rule, ResourceRule) else _stack_policy(rule) for rule in RULES
    ]


def _resource_policy(rule: ResourceRule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for says in rule.check(_resource(args.urn, args.resource_type, args.name, args.props)):
            report(f"{args.name}: {says}", args.urn)

    return ResourceValidationPolicy(rule.name, rule.says, validate, framework=_framework(rule))


def _stack_policy(rule: StackRule) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [_resource(one.urn, one.resource_type, one.name, one.props) for one in args.resources]
        urns = {id(resource): one.urn for resource, one in zip(resources, args.resources, strict=True)}
        for resource, says in rule.check(resources):
            report(f"{resource.name}: {says}", urns[id(resource)])

    return StackValidationPolicy(rule.name, rule.says, validate, framework=_framework(rule))


def _resource(urn: str, kind: str, name: str, properties: Mapping[str, Any]) -> Resource:
    # urn:pulumi:<stack>::<project>::<types>::<name> (Pulumi docs, "Resource names")
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    return Resource(type=kind, name=name, properties=properties, project=project, stack=stack)


def _framework(rule: Rule) -> PolicyComplianceFramework:
    return PolicyComplianceFramework(name="AWS Well-Architected Framework", specification=rule.serves)
