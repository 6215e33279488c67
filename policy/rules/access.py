"""Least-privilege rules for IAM and resource policies, and the recorded reason for each exception."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from policy.rule import Resource, ResourceRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policy.rule import Properties

ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

POLICY_ARGUMENTS: Final = ("policy", "policyDocument", "assumeRolePolicy")
"""Arguments that hold a policy document, for any resource type."""

RESOURCE_WILDCARDS: Final[Mapping[str, str]] = {
    "OpenSession": "Session Manager's actions support no resource-level permissions.",
    "WriteTraces": "X-Ray supports no resource-level permissions.",
    "Administer": "In a key policy, `*` is that key, and without its account the key is unmanageable.",
    "EncryptAlarms": "In a key policy, `*` is that key.",
    "EncryptEvents": "In a key policy, `*` is that key.",
    "EncryptBudgets": "In a key policy, `*` is that key.",
    "OwnAccountOnly": "This endpoint policy restricts the account of the credentials, not the resources.",
}
"""Statements that may allow actions on `*`: `Sid` -> reason."""

ACTION_WILDCARDS: Final[Mapping[str, str]] = {
    "Administer": "The account's own access to its key: IAM policies narrow it further.",
    "OwnAccountOnly": "IAM policies narrow the actions that pass the endpoint.",
}
"""Statements that may allow every action of a service: `Sid` -> reason."""

PRINCIPAL_WILDCARDS: Final[Mapping[str, str]] = {
    "BootOnly": "This endpoint policy restricts the objects; IAM and bucket policies the principals.",
}
"""Statements that may apply to every principal: `Sid` -> reason."""

AWS_MANAGED_POLICIES: Final[Mapping[str, str]] = {
    "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs": (
        "API Gateway requires exactly this policy: it writes the logs of all the account's APIs."
    ),
}
"""AWS managed policies, which AWS may widen, that may be attached: ARN -> reason."""

WITHOUT_SOURCE: Final[Mapping[str, str]] = {
    "BalancerLogs": "The load balancer writes its own account into the path, which the resource fixes.",
    "EncryptEvents": "EventBridge supports no condition about the source with an encrypted topic.",
    "TellEvents": "EventBridge supports no condition about the source with an encrypted topic.",
}
"""Statements that may let a service act for any account: `Sid` -> reason."""

LAMBDA_PERMISSION: Final = "aws:lambda/permission:Permission"

SERVICE_SUFFIX: Final = ".amazonaws.com"
"""Suffix of service principals."""

ARN_WITH_ACCOUNT: Final = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[0-9]{12}:.+")
"""ARN that names one account; that of a bucket names none (IAM user guide, "Amazon Resource Names")."""


def _statements(resource: Resource) -> Iterator[Properties]:
    """Yield the `Allow` statements of the policies of a resource; `Deny` statements need no limits."""
    for key in POLICY_ARGUMENTS:
        value: object = resource.properties.get(key)
        document: object = json.loads(value) if isinstance(value, str) else value
        if isinstance(document, Mapping):
            for statement in _list(cast("Properties", document).get("Statement", [])):
                if statement.get("Effect") == "Allow":
                    yield statement


def _list(value: Any) -> Sequence[Any]:  # noqa: ANN401 - a policy writes a list of one as its only item
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else (value,)


def _sid(statement: Properties) -> str:
    return str(statement.get("Sid", "without a Sid"))


def sids(resource: Resource) -> Iterator[str]:
    """Name the statements of a resource's policies that allow something."""
    return map(_sid, _statements(resource))


def _wildcard_action(resource: Resource) -> Iterator[str]:
    for statement in _statements(resource):
        wide = [action for action in _list(statement.get("Action", "*")) if action.rpartition(":")[2] == "*"]
        if wide and _sid(statement) not in ACTION_WILDCARDS:
            yield f"its statement {_sid(statement)} allows {', '.join(wide)}"


def _wildcard_resource(resource: Resource) -> Iterator[str]:
    if resource.properties.get("assumeRolePolicy"):  # a trust policy covers its own role
        return
    for statement in _statements(resource):
        if "*" in _list(statement.get("Resource", "*")) and _sid(statement) not in RESOURCE_WILDCARDS:
            yield f"its statement {_sid(statement)} covers every resource, and no reason is recorded"


def _wildcard_principal(resource: Resource) -> Iterator[str]:
    for statement in _statements(resource):
        named: object = statement.get("Principal", {})
        is_wildcard = "*" in (
            [name for names in cast("Properties", named).values() for name in _list(names)]
            if isinstance(named, Mapping)
            else _list(named)
        )
        if is_wildcard and "Condition" not in statement and _sid(statement) not in PRINCIPAL_WILDCARDS:
            yield f"its statement {_sid(statement)} covers every principal, and no reason is recorded"


def _service_for_any_account(resource: Resource) -> Iterator[str]:
    if resource.type == LAMBDA_PERMISSION:
        given = resource.properties
        is_service = str(given["principal"]).endswith(SERVICE_SUFFIX)
        if is_service and "sourceAccount" not in given and not _names_account(given.get("sourceArn")):
            yield f"{given['principal']} may act for any account"
    # A role can be passed to a service only within its account (IAM user guide, "PassRole").
    elif not resource.properties.get("assumeRolePolicy"):
        for statement in _statements(resource):
            # A mapping, or `*`.
            if (
                "Service" in statement.get("Principal", {})
                and not _has_source(statement)
                and _sid(statement) not in WITHOUT_SOURCE
            ):
                yield f"its statement {_sid(statement)} lets a service act for any account"


def _has_source(statement: Properties) -> bool:
    """Return whether a statement names the account on whose behalf a service must act."""
    condition = cast("Mapping[str, Properties]", statement.get("Condition", {}))
    return "aws:SourceAccount" in condition.get("StringEquals", {}) or any(
        _names_account(condition.get(operator, {}).get("aws:SourceArn"))
        for operator in ("ArnEquals", "ArnLike")
    )


def _names_account(arn: object) -> bool:
    return ARN_WITH_ACCOUNT.fullmatch(str(arn)) is not None


def _managed_policy(resource: Resource) -> Iterator[str]:
    if resource.type == ATTACHMENT and resource.properties["policyArn"] not in AWS_MANAGED_POLICIES:
        yield f"no reason is recorded for attaching {resource.properties['policyArn']}"


LEAST_PRIVILEGE: Final = "SEC03-BP02 Grant least privilege access"

ACCESS_RULES: Final = (
    ResourceRule(
        name="no-wildcard-actions",
        best_practice=LEAST_PRIVILEGE,
        description="Policies allow no wildcard actions such as `s3:*`, unless a reason is recorded.",
        check=_wildcard_action,
    ),
    ResourceRule(
        name="no-wildcard-resources",
        best_practice=LEAST_PRIVILEGE,
        description="Policies cover no wildcard resources, unless a reason is recorded.",
        check=_wildcard_resource,
    ),
    ResourceRule(
        name="no-wildcard-principals",
        best_practice="SEC03-BP07 Analyze public and cross-account access",
        description="Policies allow no wildcard principals, unless a reason is recorded.",
        check=_wildcard_principal,
    ),
    ResourceRule(
        name="service-principals-name-source",
        best_practice="SEC03-BP07 Analyze public and cross-account access",
        description="Policies let AWS services act only for this account, unless a reason is recorded.",
        check=_service_for_any_account,
    ),
    ResourceRule(
        name="no-aws-managed-policies",
        best_practice=LEAST_PRIVILEGE,
        description="Roles have no AWS managed policies attached, unless a reason is recorded.",
        check=_managed_policy,
    ),
)
