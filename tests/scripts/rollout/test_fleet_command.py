"""`iris rollout` for a fleet, with the responses of AWS written down."""

from __future__ import annotations

import json
import os
import signal
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
from click.testing import CliRunner, Result

from scripts.rollout.deployed_stack import stack_from_outputs
from scripts.rollout.rollout import rollout
from tests.scripts.rollout.test_fleet_rollout import (
    NAME,
    checked_group,
    health_response,
    refresh_response,
    start_request,
)
from tests.scripts.rollout.test_rollout import OUTPUTS, archive
from tests.stubbed import Answers, answering

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from scripts.rollout.deployed_stack import DeployedStack

LATEST: Final[Answers] = [
    (
        "describe_launch_templates",
        {"LaunchTemplateIds": ["lt-0123456789abcdef0"]},
        {"LaunchTemplates": [{"LatestVersionNumber": 8}]},
    )
]

# (3 + 1) * 60 + 120 + 60 seconds until it is on.
ALARM: Final[dict[str, Any]] = {
    "AlarmName": "slow",
    "StateValue": "OK",
    "Period": 60,
    "EvaluationPeriods": 5,
    "DatapointsToAlarm": 3,
}
ALARMS: Final[Answers] = [
    ("describe_alarms", {"AlarmNames": ["slow"], "MaxRecords": 100}, {"MetricAlarms": [ALARM]})
]

OLD: Final = checked_group("7", "7")
ENDED: Final = refresh_response("Successful", is_ours=True)


def called(monkeypatch: pytest.MonkeyPatch, *words: str, is_local: bool = True, **answers: Answers) -> Result:
    """Run the command for a fleet, with exactly these requests to AWS."""
    with ExitStack() as stack:
        clients = {
            service: stack.enter_context(answering(service, answers.get(service, [])))
            for service in ("autoscaling", "cloudwatch", "ec2", "elbv2")
        }
        outputs = OUTPUTS | {"autoScalingGroup": NAME, "alarms": ["slow"]}
        deployed = replace(stack_from_outputs(outputs, clients.__getitem__), is_local=is_local)

        def find(*_: object) -> DeployedStack:
            return deployed

        for finder in ("find_local_stack", "find_aws_stack"):
            monkeypatch.setattr(f"scripts.rollout.deployed_stack.{finder}", find)
        return CliRunner().invoke(rollout, ["--format", "json", *words], catch_exceptions=False)


def test_a_fleet_without_a_healthy_instance_is_replaced_at_once_although_its_alarms_are_on(
    monkeypatch: pytest.MonkeyPatch,
):
    ((operation, request, response),) = start_request()
    # An instance of the local cloud counts after two seconds.
    request["Preferences"] = {
        "MinHealthyPercentage": 0,
        "MaxHealthyPercentage": 100,
        "AutoRollback": False,
        "SkipMatching": True,
        "InstanceWarmup": 2,
    }
    answer = called(
        monkeypatch,
        "--latest",
        autoscaling=OLD * 2 + refresh_response() + OLD + [(operation, request, response)] + ENDED,
        ec2=LATEST,
        elbv2=health_response("unhealthy"),
    )
    assert answer.exit_code == 0, answer.stderr
    (result,) = json.loads(answer.stdout)
    assert (result["result"], result["before"], result["serves"]) == ("released", "7", "8")


# On AWS the group's own warm-up counts, and the alarms are watched for as long as they need.
@pytest.mark.parametrize(
    ("words", "is_local", "preferences"),
    [
        (["--latest"], True, {"CheckpointDelay": 5, "BakeTime": 5, "InstanceWarmup": 2}),
        (
            ["--latest", "--warmup", "7", "--interval", "9"],
            True,
            {"CheckpointDelay": 9, "BakeTime": 9, "InstanceWarmup": 7},
        ),
        (["--stack", "prod"], False, {"CheckpointDelay": 420, "BakeTime": 420}),
        (
            ["--stack", "prod", "--interval", "500", "--warmup", "7"],
            False,
            {"CheckpointDelay": 500, "BakeTime": 500, "InstanceWarmup": 7},
        ),
    ],
)
def test_a_healthy_fleet_is_refreshed_in_steps_with_its_alarms(
    monkeypatch: pytest.MonkeyPatch, words: list[str], preferences: dict[str, int], *, is_local: bool
):
    refresh = start_request(
        CheckpointPercentages=[10, 100], AlarmSpecification={"Alarms": ["slow"]}, **preferences
    )
    answer = called(
        monkeypatch,
        *words,
        is_local=is_local,
        autoscaling=OLD * 3 + refresh_response() + refresh + ENDED,
        ec2=LATEST,
        elbv2=health_response("healthy"),
        # Its time is read on AWS only, and its state before the first step.
        cloudwatch=ALARMS if is_local else ALARMS * 2,
    )
    assert answer.exit_code == 0, answer.stderr
    (result,) = json.loads(answer.stdout)
    assert (result["result"], result["serves"]) == ("released", "8")


def test_a_released_version_is_named_on_standard_output(monkeypatch: pytest.MonkeyPatch):
    refresh = start_request(
        CheckpointPercentages=[10, 100],
        AlarmSpecification={"Alarms": ["slow"]},
        CheckpointDelay=5,
        BakeTime=5,
        InstanceWarmup=2,
    )
    answer = called(
        monkeypatch,
        *("--latest", "--format", "text"),
        autoscaling=OLD * 3 + refresh_response() + refresh + ENDED,
        ec2=LATEST,
        elbv2=health_response("healthy"),
        cloudwatch=ALARMS,
    )
    assert (answer.exit_code, answer.stdout) == (0, "fleet iris-fleet: version 8 serves in place of 7\n")


@contextmanager
def recorded_sigterm() -> Generator[list[int]]:
    """Record SIGTERM, which would otherwise end the tests."""
    received: list[int] = []
    previous = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, previous)


def test_sigterm_rolls_back_like_ctrl_c(monkeypatch: pytest.MonkeyPatch):
    def terminate(_: float) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("scripts.rollout.fleet_rollout.time.sleep", terminate)
    back: Answers = [
        ("rollback_instance_refresh", {"AutoScalingGroupName": NAME}, {"InstanceRefreshId": "r-1"}),
        *refresh_response("RollbackSuccessful", is_ours=True),
    ]
    begun = start_request(
        CheckpointPercentages=[10, 100],
        AlarmSpecification={"Alarms": ["slow"]},
        CheckpointDelay=5,
        BakeTime=5,
        InstanceWarmup=2,
    )
    with recorded_sigterm() as received:
        answer = called(
            monkeypatch,
            "--latest",
            autoscaling=OLD * 3
            + refresh_response()
            + begun
            + refresh_response("InProgress", is_ours=True)
            + back
            + OLD,
            ec2=LATEST,
            elbv2=health_response("healthy"),
            cloudwatch=ALARMS * 2,
        )
        assert received == []
        os.kill(os.getpid(), signal.SIGTERM)
        assert received == [signal.SIGTERM]  # as before the command
    assert answer.exit_code == 1
    (result,) = json.loads(answer.stdout)
    assert (result["result"], result["reason"], result["serves"]) == ("rolled back", "interrupted", "7")


# --- refusals before anything is changed ---


def test_archives_that_no_shape_or_two_would_get_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "function").mkdir()
    server = str(archive(tmp_path, "service/lambda_handler.py", "service/main.py"))
    function = str(archive(tmp_path / "function", "service/lambda_handler.py"))
    other = called(monkeypatch, "--archive", function)
    assert other.stderr == f"Error: {function} is packed for a function, which is not released here\n"
    twice = called(monkeypatch, "--archive", server, "--archive", server)
    assert twice.stderr == f"Error: {server} and {server} are both for the fleet\n"
    assert (other.exit_code, twice.exit_code) == (1, 1)
    latest = called(monkeypatch, "--archive", server, "--latest")
    assert latest.exit_code == 2
    assert "--archive and --latest can't be combined" in latest.stderr


def test_a_shape_that_the_stack_lacks_is_refused(monkeypatch: pytest.MonkeyPatch):
    answer = called(monkeypatch, "--only", "function")
    assert (answer.exit_code, answer.stderr) == (1, "Error: the stack has no function, only a fleet\n")
