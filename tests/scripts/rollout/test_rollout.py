"""Decisions of a roll-out before it changes anything."""

from __future__ import annotations

import base64
import json
import shutil
import zipfile
from dataclasses import MISSING, fields, replace
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from infra.fleet.user_data import BootSettings, parse_boot_settings, render_boot_script
from scripts.local.local import PROJECT
from scripts.rollout.deployed_stack import find_aws_stack, region_from_outputs, stack_from_outputs
from scripts.rollout.launch_template import read_boot_settings, user_data_with_archive
from scripts.rollout.publish import PublishedArchive, archive_shape
from scripts.rollout.rollout import rollout
from scripts.rollout.rollout_plan import STRATEGIES, make_plan
from scripts.rollout.rollout_result import RolloutError
from tests.stubbed import Answers, answering, client_of

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.rollout.deployed_stack import DeployedStack
    from scripts.rollout.rollout_plan import Strategy

BOOT = BootSettings(
    archive_uri="s3://bucket/service.zip",
    archive_version="first",
    archive_sha256="a" * 64,
    region="us-east-1",
    service_port=8080,
    workers=2,
    keep_alive_seconds=75,
    log_group="iris-log",
    docs="off",
    hooks="yes",
)
"""Settings of which none has its default."""

strategies = st.sampled_from(STRATEGIES)
percents = st.integers(1, 100)
intervals = st.floats(0, 3600)


def call(*words: str) -> Result:
    return CliRunner().invoke(rollout, words, catch_exceptions=False)


def archive(folder: Path, *names: str) -> Path:
    file = folder / "some.zip"
    with zipfile.ZipFile(file, "w") as opened:
        for name in names:
            opened.writestr(name, "")
    return file


# --- plans ---


@given(strategies, percents, intervals)
def test_every_plan_rises_to_100_percent(strategy: Strategy, percent: int, interval: float):
    plan = make_plan(strategy, percent, interval)
    assert plan.percents[-1] == 100
    assert plan.percents[0] == percent
    assert all(before < after for before, after in pairwise(plan.percents))


@given(percents, intervals)
def test_a_canary_takes_at_most_two_steps(percent: int, interval: float):
    assert make_plan("canary", percent, interval).percents in ([percent, 100], [100])


@given(percents, intervals)
def test_no_step_of_a_linear_plan_is_larger_than_requested(percent: int, interval: float):
    shares = [0, *make_plan("linear", percent, interval).percents]
    assert all(after - before <= percent for before, after in pairwise(shares))


@given(strategies, percents, intervals)
def test_the_alarms_are_watched_for_an_interval_after_each_step(
    strategy: Strategy, percent: int, interval: float
):
    plan = make_plan(strategy, percent, interval)
    times = [step.after for step in plan.steps]
    assert times == [number * interval for number in range(len(times))]
    assert plan.seconds == pytest.approx(times[-1] + interval)


@pytest.mark.parametrize(("percent", "interval"), [(0, 1), (101, 1), (10, -1)])
def test_a_plan_out_of_range_is_refused(percent: int, interval: float):
    with pytest.raises(ValueError, match=r"is not between|is negative"):
        make_plan("linear", percent, interval)


# --- archives ---


def test_an_archive_with_a_server_is_for_the_fleet(tmp_path: Path):
    assert archive_shape(archive(tmp_path, "service/lambda_handler.py", "service/main.py")) == "fleet"


def test_an_archive_without_a_server_is_for_the_function(tmp_path: Path):
    assert archive_shape(archive(tmp_path, "service/lambda_handler.py")) == "function"


def test_another_zip_is_refused(tmp_path: Path):
    with pytest.raises(RolloutError, match="does not contain the service"):
        archive_shape(archive(tmp_path, "readme.txt"))


def test_another_file_is_refused(tmp_path: Path):
    file = tmp_path / "text"
    file.write_text("no archive")
    for path in (file, tmp_path):
        with pytest.raises(RolloutError, match="is not an archive"):
            archive_shape(path)


# --- launch templates ---


def test_a_template_version_differs_from_the_last_only_in_its_archive():
    user_data = base64.b64encode(render_boot_script(BOOT).encode()).decode()
    published = PublishedArchive(bucket="bucket", key="service.zip", version="second", sha256="b" * 64)
    before = parse_boot_settings(base64.b64decode(user_data).decode())
    after = parse_boot_settings(
        base64.b64decode(user_data_with_archive(read_boot_settings(user_data), published)).decode()
    )
    assert read_boot_settings(user_data) == BOOT
    assert {key: after[key] for key in before if before[key] != after[key]} == {
        "ARCHIVE_VERSION": "second",
        "ARCHIVE_SHA256": "b" * 64,
    }


# A setting that a roll-out does not read would return to its default with the next archive.
def test_a_roll_out_keeps_every_setting_that_has_a_default():
    defaults = {field.name: field.default for field in fields(BOOT) if field.default is not MISSING}
    assert {name for name, default in defaults.items() if getattr(BOOT, name) == default} == set()


# Templates of earlier versions of this project have no lines for these.
def test_user_data_without_a_later_setting_has_its_default():
    later = ("LOG_GROUP=", "DOCS=", "HOOKS=")
    lines = [line for line in render_boot_script(BOOT).splitlines() if not line.startswith(later)]
    earlier = base64.b64encode("\n".join(lines).encode()).decode()
    assert read_boot_settings(earlier) == replace(BOOT, log_group="", docs="on", hooks="no")


def test_user_data_of_another_project_is_refused():
    with pytest.raises(RolloutError, match="is not this project's"):
        read_boot_settings(base64.b64encode(b"#!/bin/bash\necho hello\n").decode())


# --- stacks ---

OUTPUTS: dict[str, Any] = {
    "alarmTopic": "arn:aws:sns:eu-central-1:123456789012:iris-alarms",
    "alarms": ["iris-function-errors"],
    "bucket": "iris-archives",
}
FUNCTION = {"functionName": "iris", "functionAlias": "live"}
FLEET = {"autoScalingGroup": "iris-fleet"}


@pytest.mark.parametrize(
    ("shapes", "found"),
    [(FUNCTION, (True, False)), (FLEET, (False, True)), (FUNCTION | FLEET, (True, True))],
    ids=["lambda", "fleet", "both"],
)
def test_function_and_fleet_are_read_from_the_outputs_of_the_stack(
    shapes: dict[str, str], found: tuple[bool, bool]
):
    stack = stack_from_outputs(OUTPUTS | shapes, client_of)
    assert (stack.function is not None, stack.fleet is not None) == found


def test_a_stack_without_alarms_is_refused():
    outputs = {key: value for key, value in (OUTPUTS | FLEET).items() if key != "alarms"}
    with pytest.raises(RolloutError, match="no output 'alarms'"):
        stack_from_outputs(outputs, client_of)


def test_a_stack_without_function_and_fleet_is_refused():
    with pytest.raises(RolloutError, match="neither a function nor a fleet"):
        stack_from_outputs(OUTPUTS, client_of)


def test_the_region_is_that_of_the_alarms():
    assert region_from_outputs(OUTPUTS) == "eu-central-1"


def test_without_alarms_there_is_no_region():
    with pytest.raises(RolloutError, match="alarmTopic"):
        region_from_outputs({})


# --- the command ---


def fake_pulumi(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a `pulumi` on the PATH, with the system's programs only."""
    cli = folder / "pulumi"
    cli.write_text(f'#!/bin/sh\n[ "$1" = version ] && echo v3.272.0 && exit\n{script}\n')
    cli.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_missing_pulumi_cli_that_cannot_be_downloaded_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    # A port on which nothing listens.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    answer = call("--stack", "prod")
    assert answer.exit_code == 1
    assert answer.stderr.splitlines()[-1].startswith(
        "Error: there is no Pulumi CLI on the PATH, and it can't be downloaded ("
    )


def test_the_cli_that_a_deployment_has_downloaded_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / ".pulumi" / "versions" / version("pulumi") / "bin"
    folder.mkdir(parents=True)
    fake_pulumi(folder, 'echo "error: $5 is elsewhere" >&2; exit 255', monkeypatch)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    answer = call("--stack", "acme/shop/prod")
    assert answer.stderr == (
        "Error: Pulumi can't show the stack acme/shop/prod: error: acme/shop/prod is elsewhere\n"
    )


def test_an_error_of_pulumi_is_reported_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fake_pulumi(tmp_path, "echo 'error: no stack named' >&2; echo \"'$5' found\" >&2; exit 255", monkeypatch)
    answer = call("--stack", "prod")
    assert answer.exit_code == 1
    assert answer.stderr == "Error: Pulumi can't show the stack prod: error: no stack named 'prod' found\n"


def key_id(stack: DeployedStack) -> str:
    """Return the access key of the stack's requests."""
    url = stack.clients("lambda").generate_presigned_url("list_functions")
    return url.partition("X-Amz-Credential=")[2].partition("%2F")[0]


# The settings of a stack may name a region for its next deployment; the one that is deployed is elsewhere.
@pytest.mark.parametrize(
    ("file", "key"), [(None, "AKIAENVIRONMENT"), ("aws:profile: work\n  aws:region: eu-west-1", "AKIAWORK")]
)
def test_a_deployed_stack_is_asked_in_its_own_region_with_its_own_credentials(
    file: str | None, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fake_pulumi(tmp_path, f"echo '{json.dumps(OUTPUTS | FUNCTION)}'", monkeypatch)
    (tmp_path / "keys").write_text("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = secret\n")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "keys"),
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-west-2",
    }.items():
        monkeypatch.setenv(name, value)
    if file:
        shutil.copy(PROJECT / "Pulumi.yaml", tmp_path)
        (tmp_path / "Pulumi.prod.yaml").write_text(f"config:\n  {file}\n")
    stack = find_aws_stack("acme/shop/prod", tmp_path, pytest.fail)
    assert stack.clients("lambda").meta.region_name == "eu-central-1"
    assert (key_id(stack), stack.is_local) == (key, False)


def test_an_incomplete_stack_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fake_pulumi(tmp_path, f"echo '{json.dumps({'bucket': 'iris'})}'", monkeypatch)
    answer = call("--stack", "prod")
    assert answer.exit_code == 1
    assert "no output 'alarmTopic'" in answer.stderr


def test_a_local_cloud_that_is_down_is_reported(tmp_path: Path):
    answer = call("--home", str(tmp_path))
    assert answer.exit_code == 1
    assert answer.stderr == f"Error: no local cloud runs in {tmp_path}; `make up` starts one\n"


@pytest.mark.parametrize(
    "words", [("--step", "0"), ("--interval", "-1"), ("--strategy", "wild"), ("--archive", "/no/such/file")]
)
def test_an_invalid_option_is_refused_immediately(words: tuple[str, str]):
    assert call(*words).exit_code == 2


# The function comes first (`iris rollout --help`): a version that fails there must not reach the fleet.
def test_the_fleet_is_not_released_after_a_function_that_was_rolled_back(
    monkeypatch: pytest.MonkeyPatch,
):
    request = {"AlarmNames": ["slow"], "MaxRecords": 100}
    states: Answers = [
        ("describe_alarms", request, {"MetricAlarms": [{"AlarmName": "slow", "StateValue": state}]})
        for state in ("OK", "ALARM")
    ]
    alias: dict[str, Any] = {"FunctionName": "iris", "Name": "live"}
    old = {"FunctionVersion": "7", "RevisionId": "a"}
    back: dict[str, Any] = {
        **alias,
        "FunctionVersion": "7",
        "RevisionId": "a",
        "RoutingConfig": {"AdditionalVersionWeights": {}},
    }
    function: Answers = [
        ("list_versions_by_function", {"FunctionName": "iris"}, {"Versions": [{"Version": "8"}]}),
        ("get_alias", alias, old),
        ("get_alias", alias, old),
        ("update_alias", back, old),
    ]
    with (
        answering("cloudwatch", states) as cloudwatch,
        answering("lambda", function) as client,
        answering("autoscaling", []) as autoscaling,
        answering("ec2", []) as ec2,
        answering("elbv2", []) as elbv2,
    ):
        clients = {
            "cloudwatch": cloudwatch,
            "lambda": client,
            "autoscaling": autoscaling,
            "ec2": ec2,
            "elbv2": elbv2,
        }
        outputs = OUTPUTS | FUNCTION | FLEET | {"alarms": ["slow"]}
        stack = replace(stack_from_outputs(outputs, clients.__getitem__), is_local=True)

        def find_stack(_: object) -> DeployedStack:
            return stack

        monkeypatch.setattr("scripts.rollout.deployed_stack.find_local_stack", find_stack)
        answer = call("--latest", "--interval", "0", "--format", "json")
    assert answer.exit_code == 1
    (result,) = json.loads(answer.stdout)
    assert (result["shape"], result["result"], result["serves"]) == ("function", "rolled back", "7")
    # A request of the fleet would be another error: its clients have no response.
    (error,) = (line for line in answer.stderr.splitlines() if line.startswith("Error: "))
    assert error.startswith("Error: function iris: version 8 was rolled back, 7 serves")


# --- interval and dry run ---


def alarm_response(**settings: object) -> Answers:
    described = {"AlarmName": "slow", "StateValue": "OK", **settings}
    return [
        ("describe_alarms", {"AlarmNames": ["slow"], "MaxRecords": 100}, {"MetricAlarms": [described]}),
    ]


ALIAS: dict[str, Any] = {"FunctionName": "iris", "Name": "live"}


def dry_run(monkeypatch: pytest.MonkeyPatch, serves: str, alarms: Answers, *words: str) -> Result:
    function: Answers = [
        ("list_versions_by_function", {"FunctionName": "iris"}, {"Versions": [{"Version": "8"}]}),
        *[("get_alias", ALIAS, {"FunctionVersion": serves, "RevisionId": "a"})] * 2,
    ]
    with answering("cloudwatch", alarms) as cloudwatch, answering("lambda", function) as client:
        clients = {"cloudwatch": cloudwatch, "lambda": client}
        stack = stack_from_outputs(OUTPUTS | FUNCTION | {"alarms": ["slow"]}, clients.__getitem__)

        def find_stack(*_: object) -> DeployedStack:
            return stack

        monkeypatch.setattr("scripts.rollout.deployed_stack.find_aws_stack", find_stack)
        return call("--stack", "prod", "--dry-run", *words)


# Three datapoints of a minute: (3 + 1) * 60 + 120 + 60. Seven of five minutes: (7 + 1) * 300 + 180.
@pytest.mark.parametrize(
    ("alarm", "seconds"),
    [
        ({"Period": 60, "EvaluationPeriods": 5, "DatapointsToAlarm": 3}, 420),
        ({"Period": 300, "EvaluationPeriods": 7}, 2_580),
        (
            {
                "EvaluationPeriods": 5,
                "DatapointsToAlarm": 3,
                "Metrics": [
                    {"Id": "percent", "Expression": "a / b"},
                    {
                        "Id": "a",
                        "MetricStat": {"Metric": {"MetricName": "x"}, "Period": 60, "Stat": "Sum"},
                    },
                ],
            },
            420,
        ),
    ],
)
def test_the_interval_on_aws_is_the_time_that_the_slowest_alarm_needs(
    monkeypatch: pytest.MonkeyPatch, alarm: dict[str, Any], seconds: int
):
    answer = dry_run(monkeypatch, "7", alarm_response(**alarm), "--format", "json")
    assert json.loads(answer.stdout)["seconds"] == 2 * seconds
    assert answer.stderr == ""


def test_an_interval_in_which_no_alarm_can_go_off_is_warned_of_in_one_line(monkeypatch: pytest.MonkeyPatch):
    settings = {"Period": 60, "EvaluationPeriods": 5, "DatapointsToAlarm": 3}
    answer = dry_run(monkeypatch, "7", alarm_response(**settings), "--interval", "60")
    assert answer.exit_code == 0
    assert answer.stderr == (
        "Warning: an interval of 60 s is over before the slowest alarm can go off, which takes 420 s\n"
    )
    assert dry_run(monkeypatch, "7", alarm_response(**settings), "--interval", "420").stderr == ""


def test_a_dry_run_with_nothing_to_release_says_so(monkeypatch: pytest.MonkeyPatch):
    answer = dry_run(monkeypatch, "8", alarm_response(EvaluationPeriods=1))
    assert answer.stdout == "function iris: nothing to release; version 8 serves\n"
    found = json.loads(dry_run(monkeypatch, "8", alarm_response(), "--format", "json").stdout)
    assert (found["steps"], found["seconds"]) == ([], 0)
