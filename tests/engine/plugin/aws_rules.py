"""Rules that AWS enforces on a single resource, and that neither Pulumi nor LocalStack checks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from tests.engine.plugin.wire import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.engine.plugin.wire import Properties


class RejectedInput(NamedTuple):
    """A property that AWS would refuse, and why."""

    property: str
    reason: str


PATH_PATTERN: Final = re.compile(r"[A-Za-z0-9_\-.$/~\"'@:+&*?]{1,128}")
"""A path pattern (user guide for Application Load Balancers, "Condition types for listener rules")."""

DESCRIPTION: Final = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
"""Of a security group or of one of its rules (EC2 API reference, `CreateSecurityGroup` and `IpRange`)."""

PRIORITIES: Final = range(1, 50_001)
"""The priority of a listener rule (Elastic Load Balancing API reference, `CreateRule`)."""

TEMPLATES: Final = ("launchConfiguration", "launchTemplate", "mixedInstancesPolicy")
"""Launch sources of an Auto Scaling group (EC2 Auto Scaling API reference, `CreateAutoScalingGroup`)."""


def violations(kind: str, inputs: Properties) -> Iterator[RejectedInput]:
    """Yield what AWS would refuse of a resource; what is not known yet is not judged.

    Args:
        kind: Its type as Pulumi calls it.
        inputs: What the program sets.
    """
    if rule := _RULES.get(kind):
        yield from rule(inputs)


def _blocks(inputs: Properties, name: str) -> list[Properties]:
    blocks: Any = inputs.get(name)
    return cast("list[Properties]", blocks) if isinstance(blocks, list) else []


def _listener_rule(inputs: Properties) -> Iterator[RejectedInput]:
    priority: Any = inputs.get("priority")
    if priority not in {None, UNKNOWN} and priority not in PRIORITIES:
        yield RejectedInput("priority", f"{priority} is not from 1 to 50000")
    for condition in _blocks(inputs, "conditions"):
        matched = cast("Properties", condition.get("pathPattern") or {})
        for pattern in cast("list[str]", matched.get("values") or []):
            if pattern != UNKNOWN and not PATH_PATTERN.fullmatch(pattern):
                yield RejectedInput("conditions", f"the path pattern {pattern!r} is not valid")


def _description(inputs: Properties) -> Iterator[RejectedInput]:
    text: str = inputs.get("description") or ""
    if text != UNKNOWN and not DESCRIPTION.fullmatch(text):
        yield RejectedInput("description", f"{text!r} has a character that is not allowed, or more than 255")


def _security_group(inputs: Properties) -> Iterator[RejectedInput]:
    yield from _description(inputs)
    for direction in ("ingress", "egress"):
        for block in _blocks(inputs, direction):
            yield from _description(block)


def _auto_scaling_group(inputs: Properties) -> Iterator[RejectedInput]:
    given = [name for name in TEMPLATES if inputs.get(name)]
    if len(given) != 1:
        yield RejectedInput(
            "", f"one of {', '.join(TEMPLATES)} is needed, not {' and '.join(given) or 'none'}"
        )
    if inputs.get("warmPool") and inputs.get("mixedInstancesPolicy"):
        yield RejectedInput("warmPool", "a group with a mixed instances policy can't have a warm pool")


_RULES: Final[Mapping[str, Callable[[Properties], Iterator[RejectedInput]]]] = {
    "aws:autoscaling/group:Group": _auto_scaling_group,
    "aws:ec2/securityGroup:SecurityGroup": _security_group,
    "aws:ec2/securityGroupRule:SecurityGroupRule": _description,
    "aws:lb/listenerRule:ListenerRule": _listener_rule,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _description,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _description,
}
