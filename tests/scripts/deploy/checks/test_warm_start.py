"""Check of the change from SnapStart to provisioned concurrency, with the responses of AWS written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from infra.stack_config import load_config
from scripts.deploy.checks.required_quota import fleet_and_function
from scripts.deploy.checks.warm_start import check_warm_start
from tests.stubbed import Answers, answering, client_of

if TYPE_CHECKING:
    from scripts.deploy.checks.check_result import CheckResult

ARN: Final = "arn:aws:lambda:eu-west-1:123456789012:function:iris-function-1a2b3c4"
TAGGED: Final[Answers] = [
    (
        "get_resources",
        {
            "TagFilters": [{"Key": "project", "Values": ["iris"]}, {"Key": "stack", "Values": ["prod"]}],
            "ResourceTypeFilters": ["lambda:function"],
        },
        {"ResourceTagMappingList": [{"ResourceARN": ARN}]},
    )
]


def released(snap_start: dict[str, Any]) -> Answers:
    return [
        ("get_alias", {"FunctionName": ARN, "Name": "live"}, {"FunctionVersion": "7"}),
        ("get_function_configuration", {"FunctionName": ARN, "Qualifier": "7"}, {"SnapStart": snap_start}),
    ]


def results(tagged: Answers, function: Answers, **values: str) -> list[CheckResult]:
    _, config = fleet_and_function(load_config({"compute": "lambda", **values}).compute)
    with answering("resourcegroupstaggingapi", tagged) as tagging, answering("lambda", function) as client:
        clients: Any = {"resourcegroupstaggingapi": tagging, "lambda": client}.__getitem__
        return list(check_warm_start(clients, config, {"project": "iris", "stack": "prod"}))


def test_provisioned_concurrency_for_a_released_snapshot_is_a_problem_with_the_order_that_works():
    snapshot = {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    (found,) = results(TAGGED, released(snapshot), minProvisionedConcurrency="1")
    assert found.state == "problem"
    assert "version 7" in found.message
    assert "minProvisionedConcurrency 0" in found.fix
    assert "iris rollout" in found.fix


@pytest.mark.parametrize("snapshot", [{}, {"ApplyOn": "None", "OptimizationStatus": "Off"}])
def test_a_released_version_without_a_snapshot_is_no_problem(snapshot: dict[str, Any]):
    assert results(TAGGED, released(snapshot), minProvisionedConcurrency="1") == []


@pytest.mark.parametrize("values", [{}, {"snapStart": "true"}])
def test_without_provisioned_concurrency_nothing_is_requested(values: dict[str, str]):
    assert results([], [], **values) == []


def test_a_first_deployment_is_no_problem():
    nothing: Answers = [(TAGGED[0][0], TAGGED[0][1], {"ResourceTagMappingList": []})]
    assert results(nothing, [], minProvisionedConcurrency="1") == []


def test_a_stack_without_a_function_is_no_problem():
    assert list(check_warm_start(client_of, None, {})) == []
