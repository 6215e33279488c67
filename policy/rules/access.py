"""Who may do what: no more than is needed, and a reason for whatever cannot be narrowed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from policy.rule import Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policy.rule import Properties

ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

POLICIES: Final = ("policy", "policyDocument", "assumeRolePolicy")
"""Arguments that hold a policy, of whatever type."""

EVERYWHERE: Final[Mapping[str, str]] = {
    "OpenSession": "Session Manager's actions know no resource to narrow them to.",
    "WriteTraces": "X-Ray knows no resource to narrow this to.",
    "Administer": "In a key's policy `*` is that key, and without its account nobody could ever change it.",
    "TellOfAlarms": "In a key's policy `*` is that key.",
    "OwnAccountOnly": "An endpoint's policy is about whose credentials pass, whatever they are for.",
}
"""Statements that allow something on `*`, by their `Sid`, and why."""

ANYTHING: Final[Mapping[str, str]] = {
    "Administer": "The account's own right to its key: what it may do with it is for its roles to say.",
    "OwnAccountOnly": "What the account's own roles may do beyond an endpoint is for them to say.",
}
"""Statements that allow every action of a service, by their `Sid`, and why."""

BY_ANYONE: Final[Mapping[str, str]] = {
    "BootOnly": "An endpoint's policy narrows what may pass; who may do it is for roles and buckets to say.",
}
"""Statements that allow something to everybody, by their `Sid`, and why."""

OF_AWS: Final[Mapping[str, str]] = {
    "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs": (
        "API Gateway asks for exactly this one: it writes the logs of all the account's APIs."
    ),
}
"""Policies that AWS keeps, and may widen, and why we take them as they are."""


def _statements(resource: Resource) -> Iterator[Properties]:
    """Give what the policies of a resource allow; what they deny needs no bounds."""
    for key in POLICIES:
        held: object = resource.properties.get(key)
        document: object = json.loads(held) if isinstance(held, str) else held
        if isinstance(document, Mapping):
            for statement in _list(cast("Properties", document).get("Statement", [])):
                if statement.get("Effect") == "Allow":
                    yield statement


def _list(value: Any) -> Sequence[Any]:  # noqa: ANN401 - a policy writes a list of one as that one
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else (value,)


def _sid(statement: Properties) -> str:
    return str(statement.get("Sid", "without a Sid"))


def sids(resource: Resource) -> Iterator[str]:
    """Name the statements of a resource's policies that allow something."""
    return map(_sid, _statements(resource))


def _any_action(resource: Resource) -> Iterator[str]:
    for statement in _statements(resource):
        wide = [action for action in _list(statement.get("Action", "*")) if action.rpartition(":")[2] == "*"]
        if wide and _sid(statement) not in ANYTHING:
            yield f"its statement {_sid(statement)} allows {', '.join(wide)}"


def _any_resource(resource: Resource) -> Iterator[str]:
    if resource.properties.get("assumeRolePolicy"):  # a trust is about the role that it is part of
        return
    for statement in _statements(resource):
        if "*" in _list(statement.get("Resource", "*")) and _sid(statement) not in EVERYWHERE:
            yield f"its statement {_sid(statement)} is about every resource, and nothing says why"


def _any_principal(resource: Resource) -> Iterator[str]:
    for statement in _statements(resource):
        named: object = statement.get("Principal", {})
        everybody = "*" in (
            [name for names in cast("Properties", named).values() for name in _list(names)]
            if isinstance(named, Mapping)
            else _list(named)
        )
        if everybody and "Condition" not in statement and _sid(statement) not in BY_ANYONE:
            yield f"its statement {_sid(statement)} is about everybody, and nothing says why"


def _borrowed(resource: Resource) -> Iterator[str]:
    if resource.type == ATTACHMENT and resource.properties["policyArn"] not in OF_AWS:
        yield f"nothing says why {resource.properties['policyArn']} is taken as it is"


LEAST_PRIVILEGE: Final = "SEC03-BP02 Grant least privilege access"

ACCESS: Final = (
    ResourceRule(
        name="actions-named",
        serves=LEAST_PRIVILEGE,
        says="No policy allows every action of a service.",
        check=_any_action,
    ),
    ResourceRule(
        name="resources-named",
        serves=LEAST_PRIVILEGE,
        says="No policy is about every resource, unless a reason is written down.",
        check=_any_resource,
    ),
    ResourceRule(
        name="principals-named",
        serves="SEC03-BP07 Analyze public and cross-account access",
        says="No policy lets everybody do anything, unless a reason is written down.",
        check=_any_principal,
    ),
    ResourceRule(
        name="policies-own",
        serves=LEAST_PRIVILEGE,
        says="Policies that others keep are not attached, unless a reason is written down.",
        check=_borrowed,
    ),
)
