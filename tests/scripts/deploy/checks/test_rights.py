"""Check of the deployer's rights, with the responses of IAM written down."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

from scripts.deploy.checks.rights import actions_of, check_rights
from scripts.deploy.rights.policy_document import Statement, statements
from tests.stubbed import client_of, stub

if TYPE_CHECKING:
    from scripts.deploy.checks.check_result import CheckResult

ROLE: Final = "arn:aws:iam::000000000000:role/teams/deployer"
ACCOUNT: Final = "000000000000"
USER: Final = f"arn:aws:iam::{ACCOUNT}:user/deployer"
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


# A look-up of the program, a request of `iris rollout`, and the role that AWS creates for Auto Scaling.
@pytest.mark.parametrize(
    "action", ["ssm:GetParameter", "autoscaling:StartInstanceRefresh", "iam:CreateServiceLinkedRole"]
)
def test_what_every_deployment_needs_is_asked_for_with_any_types(action: str):
    assert action in actions_of(TOPIC)


def simulated(*results: dict[str, Any]) -> tuple[CheckResult, list[dict[str, Any]]]:
    """Return the result, if IAM answers every request so, and the requests."""
    asked: list[dict[str, Any]] = []

    def record(params: dict[str, Any], **_: object) -> None:
        asked.append(params)

    with ExitStack() as stack:
        sts, iam = client_of("sts"), client_of("iam")
        caller = {"Arn": USER, "Account": ACCOUNT, "UserId": "A"}
        stack.enter_context(stub(sts, [("get_caller_identity", {}, caller)]))
        answer = {"EvaluationResults": list(results), "IsTruncated": False}
        requests: Any = [("simulate_principal_policy", None, answer)] * len(statements(actions_of(TOPIC)))
        stack.enter_context(stub(iam, requests))
        iam.meta.events.register("provide-client-params.iam.SimulatePrincipalPolicy", record)
        return check_rights({"sts": sts, "iam": iam}.__getitem__, "eu-west-1", TOPIC), asked


def evaluated(
    action: str, decision: str, *, missing: str = "", specific: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "EvalActionName": action,
        "EvalDecision": decision,
        "MissingContextValues": [missing] if missing else [],
        "ResourceSpecificResults": [
            {"EvalResourceName": f"arn:aws:sns:::{each}", "EvalResourceDecision": each} for each in specific
        ],
    }


def test_one_denial_that_no_context_would_lift_is_a_problem_among_others_that_one_may():
    some_time = evaluated("sns:CreateTopic", "implicitDeny", missing="aws:MultiFactorAuthPresent")
    never = evaluated("sns:DeleteTopic", "explicitDeny")
    for order in ((some_time, never), (never, some_time)):
        found, _ = simulated(*order)
        assert (found.state, found.message) == (
            "problem",
            "deployer may not sns:CreateTopic, sns:DeleteTopic",
        )


# IAM API reference, ResourceSpecificResult: the decision for each of the resources that were asked about.
@pytest.mark.parametrize(
    ("specific", "state"),
    [(("implicitDeny", "allowed"), "ok"), (("implicitDeny", "explicitDeny"), "problem")],
)
def test_an_action_on_one_of_several_kinds_of_resources_is_allowed_on_its_own_kind(
    specific: tuple[str, ...], state: str
):
    found, _ = simulated(evaluated("sns:CreateTopic", "implicitDeny", specific=specific))
    assert found.state == state


def test_iam_is_asked_about_resources_of_the_account_in_the_region_with_the_tags_of_the_project():
    _, asked = simulated()
    by_action = {action: each for each in asked for action in each["ActionNames"]}
    assert by_action.keys() == actions_of(TOPIC)
    topic = by_action["sns:CreateTopic"]
    assert topic["PolicySourceArn"] == USER
    assert topic["ResourceArns"] == [f"arn:aws:sns:eu-west-1:{ACCOUNT}:iris-0a1b2c3"]
    context = {each["ContextKeyName"]: each["ContextKeyValues"] for each in topic["ContextEntries"]}
    assert context["aws:RequestedRegion"] == ["eu-west-1"]
    assert context["aws:ResourceTag/project"] == context["aws:RequestTag/project"] == ["scalable-models"]
    # The conditions of the policies in docs/deployer-policy: without their keys, each denial would be one.
    conditions = {
        key
        for statement in statements(actions_of(None))
        for keys in statement.conditions.values()
        for key in keys
    }
    assert conditions <= context.keys()
