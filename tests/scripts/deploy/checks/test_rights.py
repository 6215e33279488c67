"""Check of the deployer's rights, with the responses of IAM written down."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

import pytest

from scripts.deploy.checks.rights import actions_of, check_rights
from scripts.deploy.rights.policy_document import Statement, statements
from tests.stubbed import client_of, stub

ROLE: Final = "arn:aws:iam::000000000000:role/teams/deployer"
SESSION: Final = "arn:aws:sts::000000000000:assumed-role/deployer/me"
TOPIC: Final = {"aws:sns/topic:Topic"}


def results(statement: Statement, denied: set[str], missing: list[str]) -> dict[str, Any]:
    return {
        "EvaluationResults": [
            {
                "EvalActionName": action,
                "EvalDecision": "implicitDeny" if action in denied else "allowed",
                "MissingContextValues": missing if action in denied else [],
            }
            for action in statement.actions
        ],
        "IsTruncated": False,
    }


def check(arn: str, denied: set[str], missing: tuple[str, ...] = (), *, error: str = "") -> tuple[str, str]:
    with ExitStack() as stack:
        sts, iam = client_of("sts"), client_of("iam")
        caller = {"Arn": arn, "Account": "000000000000", "UserId": "A"}
        stack.enter_context(stub(sts, [("get_caller_identity", {}, caller)]))
        simulated = stub(iam, [])
        stack.enter_context(simulated)
        if "assumed-role" in arn:
            role = {"Arn": ROLE, "RoleName": "deployer", "Path": "/teams/", "RoleId": "A" * 20}
            role["CreateDate"] = "2026-01-01"
            simulated.add_response("get_role", {"Role": role}, {"RoleName": "deployer"})
        if error:
            simulated.add_client_error("simulate_principal_policy", error)
        else:
            for statement in statements(actions_of(TOPIC)):
                simulated.add_response("simulate_principal_policy", results(statement, denied, list(missing)))
        clients = {"sts": sts, "iam": iam}
        result = check_rights(clients.__getitem__, "eu-west-1", TOPIC)
        return result.state, result.message


def test_rights_that_are_missing_are_named_in_one_line():
    assert check(SESSION, {"sns:DeleteTopic", "sns:CreateTopic"}) == (
        "problem",
        "deployer may not sns:CreateTopic, sns:DeleteTopic",
    )


def test_all_rights_pass_and_the_root_user_is_not_asked_about():
    state, message = check(SESSION, set())
    assert state == "ok"
    assert message == f"the policies of deployer allow all {len(actions_of(TOPIC))} actions"
    assert check("arn:aws:iam::000000000000:root", set())[0] == "ok"


def test_a_denial_for_the_lack_of_a_context_is_a_remark():
    state, message = check(SESSION, {"sns:CreateTopic"}, ("aws:MultiFactorAuthPresent",))
    assert (state, "unless a condition" in message) == ("note", True)


@pytest.mark.parametrize(
    ("arn", "error", "message"),
    [
        (SESSION, "AccessDenied", "can't be checked: IAM answers AccessDenied to SimulatePrincipalPolicy"),
        ("arn:aws:sts::000000000000:federated-user/me", "", "neither a user nor a role"),
    ],
)
def test_the_check_says_where_it_may_not_ask(arn: str, error: str, message: str):
    state, text = check(arn, set(), error=error)
    assert state == "note"
    assert message in text


def test_only_the_actions_of_the_stacks_own_types_are_asked_for():
    assert "sns:CreateTopic" in actions_of(TOPIC)
    assert "guardduty:CreateDetector" not in actions_of(TOPIC)
    assert actions_of(None) > actions_of(TOPIC)
