"""Check of the deployer's rights, by IAM's own simulation of its policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from scripts.deploy.checks.check_result import CheckResult, note, ok, problem
from scripts.deploy.rights.command_actions import COMMAND_ACTIONS
from scripts.deploy.rights.policy_document import ACTIONS, ROLE_OF_A_SERVICE, statements
from scripts.deploy.rights.provider_actions import ATTACHED_POLICIES, LOOKUP_ACTIONS, RESOURCE_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from types_boto3_iam.type_defs import ContextEntryTypeDef, EvaluationResultTypeDef

    from localcloud.aws.client_factory import ClientFactory
    from scripts.deploy.rights.policy_document import Statement

CHECK: Final = "rights"
ADVICE: Final = "attach the policies of docs/deployer-policy, or have an administrator do it"
NAME_PART: Final = "0a1b2c3"
"""End of a resource's name, as Pulumi gives it."""

CONTEXT: Final[Mapping[str, str]] = {
    "aws:ResourceTag/project": "scalable-models",
    "aws:RequestTag/project": "scalable-models",
    "iam:PassedToService": "ec2.amazonaws.com",
    "iam:AWSServiceName": "autoscaling.amazonaws.com",
    "iam:PolicyARN": ATTACHED_POLICIES[0],
    "ec2:LaunchTemplate": "arn:aws:ec2:us-east-1:000000000000:launch-template/lt-0",
}
"""Context of the requests, as far as conditions of the policies ask for it."""


def actions_of(kinds: Collection[str] | None) -> frozenset[str]:
    """Return the actions for resources of some types, and of the commands.

    Args:
        kinds: Types of a stack's resources; None if they are not known: then all types count.
    """
    if kinds is None:
        return ACTIONS
    return COMMAND_ACTIONS.union(
        {ROLE_OF_A_SERVICE},
        *LOOKUP_ACTIONS.values(),
        *(actions for kind, actions in RESOURCE_ACTIONS.items() if kind in kinds),
    )


def check_rights(clients: ClientFactory, region: str, kinds: Collection[str] | None) -> CheckResult:
    """Check that the deployer may do what creates, changes and deletes the stack's resources.

    Args:
        clients: Clients with the deployer's credentials.
        region: Name of the region.
        kinds: Types of the stack's resources, if they are known.
    """
    caller = clients("sts").get_caller_identity()
    if caller["Arn"].endswith(":root"):
        return ok(CHECK, "the root user has all of them")
    needed = actions_of(kinds)
    denied: dict[str, bool] = {}
    try:
        principal = _principal(clients, caller["Arn"])
        if principal is None:
            return note(
                CHECK, f"can't be checked for {caller['Arn']}, which is neither a user nor a role", ADVICE
            )
        for statement in statements(needed):
            denied |= dict(_denied(clients, principal, statement, region, caller["Account"]))
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        return note(CHECK, f"can't be checked: IAM answers {code} to {error.operation_name}", ADVICE)
    if not denied:
        return ok(CHECK, f"the policies of {principal.rpartition('/')[2]} allow all {len(needed)} actions")
    missing = f"{principal.rpartition('/')[2]} may not {', '.join(sorted(denied))}"
    if all(denied.values()):
        return note(CHECK, f"{missing}, unless a condition of its policies holds", ADVICE)
    return problem(CHECK, missing, ADVICE)


def _principal(clients: ClientFactory, arn: str) -> str | None:
    """Return the ARN of the user or role, whose policies IAM simulates; None if there is none."""
    kind, _, name = arn.split(":", 5)[5].partition("/")
    match kind:
        case "user":
            return arn
        case "assumed-role":
            # The session's ARN lacks the path of the role.
            return clients("iam").get_role(RoleName=name.partition("/")[0])["Role"]["Arn"]
        case _:
            return None


def _denied(
    clients: ClientFactory, principal: str, statement: Statement, region: str, account: str
) -> Iterator[tuple[str, bool]]:
    """Yield the actions that are denied, and whether only for the lack of a context."""
    context: list[ContextEntryTypeDef] = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in {**CONTEXT, "aws:RequestedRegion": region}.items()
    ]
    pages = (
        clients("iam")
        .get_paginator("simulate_principal_policy")
        .paginate(
            PolicySourceArn=principal,
            ActionNames=list(statement.actions),
            ResourceArns=[_example(pattern, region, account) for pattern in statement.resources],
            ContextEntries=context,
        )
    )
    results = [result for page in pages for result in page.get("EvaluationResults", [])]
    allowed = {result["EvalActionName"] for result in results if _is_allowed(result)}
    for result in results:
        if result["EvalActionName"] not in allowed:
            yield result["EvalActionName"], bool(result.get("MissingContextValues"))


def _example(pattern: str, region: str, account: str) -> str:
    """Return the ARN of a resource that a pattern is for."""
    if pattern == "*":
        return pattern
    partition, service, place, owner, name = pattern.split(":", 5)[1:]
    return ":".join(
        (
            "arn",
            partition,
            service,
            place.replace("*", region),
            owner.replace("*", account),
            name.replace("*", NAME_PART),
        )
    )


def _is_allowed(result: EvaluationResultTypeDef) -> bool:
    """Return whether an action is allowed on one of the resources: it is for one kind of them only."""
    specific = result.get("ResourceSpecificResults", [])
    decisions = [result["EvalDecision"], *(one["EvalResourceDecision"] for one in specific)]
    return "allowed" in decisions
