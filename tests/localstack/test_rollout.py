"""Rollouts on the local cloud: traffic shifts, alarms roll it back, and no request fails."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Self

import pytest
import urllib3

from scripts.packaging.pack import archive_for
from tests.localstack.conftest import IRIS
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from types_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef, InstanceRefreshTypeDef
    from types_boto3_lambda.type_defs import AliasConfigurationResponseTypeDef

    from localcloud.aws.clients import Api
    from tests.localstack.conftest import RunningCloud

EXAMPLE = "/api/v01/classify/1.4/0.2/5.1/3.5"
NUMBERS = count()
CHANGED_WITHIN = 90
"""Seconds."""


@dataclass
class SequentialLoad:
    """Steady stream of requests from one client, until stopped."""

    url: str
    statuses: list[int] = field(default_factory=list[int])

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _send(self) -> None:
        with urllib3.PoolManager(timeout=10, retries=False) as client:
            while not self._over.wait(0.05):
                try:
                    self.statuses.append(client.request("GET", self.url + EXAMPLE).status)
                except urllib3.exceptions.HTTPError:
                    self.statuses.append(0)


@dataclass(frozen=True)
class RolloutStack:
    """Stack that the rollouts update."""

    home: Path
    api: Api
    outputs: dict[str, Any]
    packed: Mapping[str, Path]
    """Archive of each packaging target."""

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [IRIS, "rollout", "--home", str(self.home), "--interval", "1", *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words: str) -> tuple[int, str, str]:
        return end(self.start(*words))

    def alias(self) -> AliasConfigurationResponseTypeDef:
        return self.api.client("lambda").get_alias(
            FunctionName=self.outputs["functionName"], Name=self.outputs["functionAlias"]
        )

    def weights(self) -> dict[str, float]:
        return self.alias().get("RoutingConfig", {}).get("AdditionalVersionWeights", {})

    def group(self) -> AutoScalingGroupTypeDef:
        answer = self.api.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[self.outputs["autoScalingGroup"]]
        )
        return answer["AutoScalingGroups"][0]

    def instances(self) -> dict[str, str]:
        """Return the template version of each instance, by its id."""
        return {each["InstanceId"]: each["LaunchTemplate"]["Version"] for each in self.group()["Instances"]}

    def archive(self, target: str, folder: Path, broken: str | None = None) -> str:
        """Build a new archive; `broken` names a module that fails when it is run."""
        archive = folder / f"{target}-{next(NUMBERS)}.zip"
        if broken is None:
            # Entries stay compressed: a copy of what they hold is four times as large to send and to store.
            shutil.copyfile(self.packed[target], archive)
            with zipfile.ZipFile(archive, "a") as copy:
                copy.writestr("release.txt", archive.name)
            return str(archive)
        with (
            zipfile.ZipFile(self.packed[target]) as source,
            zipfile.ZipFile(archive, "w") as copy,
        ):
            for name in source.namelist():
                if not name.startswith(("service/__pycache__/", f"service/{broken}.py")):
                    copy.writestr(name, source.read(name))
            copy.writestr(f"service/{broken}.py", "raise SystemExit('broken')\n")
        return str(archive)

    @contextmanager
    def alarm(self) -> Generator[str]:
        """Raise an alarm, and reset it at the end."""
        name: str = self.outputs["alarms"][0]
        client = self.api.client("cloudwatch")
        client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test says so")
        try:
            yield name
        finally:
            client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="the test is over")


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(timeout=240)
    return process.returncode, stdout, stderr


@pytest.fixture(scope="module")
def packed(cloud: RunningCloud) -> Mapping[str, Path]:
    """Return the archives of the running cloud; packing them again only returns their paths."""
    assert cloud.url
    return {target: archive_for(target).path for target in ("local", "lambda-local")}


@pytest.fixture
def stack(cloud: RunningCloud, api: Api, outputs: dict[str, Any], packed: Mapping[str, Path]) -> RolloutStack:
    return RolloutStack(cloud.home, api, outputs, packed)


# --- the function ---


def test_without_a_new_archive_it_reports_that_and_changes_nothing(stack: RolloutStack):
    # Other tests have left versions that were rolled back.
    assert stack.run("--interval", "0", "--warmup", "0")[0] == 0
    alias, instances = stack.alias(), stack.instances()
    code, stdout, _ = stack.run()
    assert code == 0
    assert stdout.count("nothing new") == 2
    assert stack.alias()["RevisionId"] == alias["RevisionId"]
    assert stack.instances() == instances


def test_a_dry_run_shows_the_steps_and_changes_nothing(stack: RolloutStack, tmp_path: Path):
    archive = stack.archive("lambda-local", tmp_path)
    before = stack.alias(), stack.instances()
    words = ["--archive", archive, "--strategy", "linear", "--step", "40", "--dry-run", "--format", "json"]
    code, stdout, _ = stack.run(*words)
    output = json.loads(stdout)
    assert code == 0
    assert [step["percent"] for step in output["steps"]] == [40, 80, 100]
    assert output["shapes"][0]["to"] == archive
    assert (stack.alias()["RevisionId"], stack.instances()) == (before[0]["RevisionId"], before[1])


def test_traffic_shifts_by_weights_and_no_request_fails(
    stack: RolloutStack, cloud: RunningCloud, tmp_path: Path
):
    old = stack.alias()["FunctionVersion"]
    archive = stack.archive("lambda-local", tmp_path)
    seen: set[float] = set()
    looked, longest = time.monotonic(), 0.0
    with SequentialLoad(cloud.status()["function"]["url"]) as load:
        releasing = stack.start(
            "--only", "function", "--archive", archive, "--strategy", "linear", "--step", "40",
            "--format", "json",
        )  # fmt: skip
        while releasing.poll() is None:
            seen |= set(stack.weights().values())
            before, looked = looked, time.monotonic()
            longest = max(longest, looked - before)
        code, stdout, stderr = end(releasing)
    assert code == 0, stderr
    (result,) = json.loads(stdout)
    shares = re.findall(r" gets (\d+) %", stderr)
    assert shares == ["40", "80", "100"]
    # A step lasts for a second: on a busy machine, one may be over before the next look.
    assert seen == {0.4, 0.8} or (longest > 1 and seen < {0.4, 0.8})
    assert stack.weights() == {}
    assert stack.alias()["FunctionVersion"] == result["serves"] != old
    assert (result["result"], result["before"]) == ("released", old)
    assert set(load.statuses) == {200}


def test_the_new_version_runs_the_archive(stack: RolloutStack, tmp_path: Path):
    code, _, stderr = stack.run(
        "--only", "function", "--archive", stack.archive("lambda-local", tmp_path), "--interval", "0"
    )
    assert code == 0, stderr
    client = stack.api.client("s3")
    newest = client.head_object(Bucket=stack.outputs["bucket"], Key="function.zip")
    archive_file = next(tmp_path.glob("lambda-local-*.zip"))
    assert newest["ContentLength"] == archive_file.stat().st_size
    tags = client.get_object_tagging(Bucket=stack.outputs["bucket"], Key="function.zip")["TagSet"]
    assert {tag["Key"] for tag in tags} >= {"project", "stack"}
    configuration = stack.api.client("lambda").get_function_configuration(
        FunctionName=stack.outputs["functionName"], Qualifier=stack.alias()["FunctionVersion"]
    )
    assert configuration["CodeSize"] == archive_file.stat().st_size


def test_an_alarm_returns_all_traffic_to_the_old_version(stack: RolloutStack, tmp_path: Path):
    old = stack.alias()["FunctionVersion"]
    archive = stack.archive("lambda-local", tmp_path)
    releasing = stack.start("--only", "function", "--archive", archive, "--interval", "20")
    until(stack.weights, CHANGED_WITHIN)
    with stack.alarm() as name:
        code, stdout, stderr = end(releasing)
    assert code == 1
    assert stdout == ""
    assert stderr.splitlines()[-1].startswith(f"Error: function {stack.outputs['functionName']}")
    assert f"the alarm {name} is on" in stderr.splitlines()[-1]
    assert stack.alias()["FunctionVersion"] == old
    assert stack.weights() == {}


def test_an_alarm_after_the_last_step_does_so_too(stack: RolloutStack, tmp_path: Path):
    old = stack.alias()["FunctionVersion"]
    archive = stack.archive("lambda-local", tmp_path)
    releasing = stack.start("--only", "function", "--archive", archive, "--step", "100", "--interval", "20")
    until(lambda: stack.alias()["FunctionVersion"] != old, CHANGED_WITHIN)
    with stack.alarm():
        code, _, _ = end(releasing)
    assert code == 1
    assert stack.alias()["FunctionVersion"] == old


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_rollout_returns_all_traffic_to_the_old_version(
    stack: RolloutStack, tmp_path: Path, sent: signal.Signals
):
    old = stack.alias()["FunctionVersion"]
    archive = stack.archive("lambda-local", tmp_path)
    releasing = stack.start("--only", "function", "--archive", archive, "--interval", "60")
    until(stack.weights, CHANGED_WITHIN)
    releasing.send_signal(sent)
    code, _, stderr = end(releasing)
    assert code == 1
    assert "interrupted" in stderr.splitlines()[-1]
    assert (stack.alias()["FunctionVersion"], stack.weights()) == (old, {})


def test_a_rollout_does_not_start_during_an_alarm(stack: RolloutStack, tmp_path: Path):
    archive = stack.archive("lambda-local", tmp_path)
    before = stack.alias()["RevisionId"]
    with stack.alarm() as name:
        code, _, stderr = stack.run("--only", "function", "--archive", archive)
        assert code == 1
        assert f"the alarm {name} is on" in stderr
        assert stack.alias()["RevisionId"] == before
        code, _, stderr = stack.run(
            "--only", "function", "--archive", archive, "--interval", "0", "--despite-alarms"
        )
        assert code == 0, stderr
    assert stack.alias()["RevisionId"] != before


def test_a_concurrent_update_of_the_alias_is_kept(stack: RolloutStack, tmp_path: Path):
    archive = stack.archive("lambda-local", tmp_path)
    words = ["--strategy", "linear", "--step", "10", "--interval", "3"]
    releasing = stack.start("--only", "function", "--archive", archive, *words)
    until(stack.weights, CHANGED_WITHIN)
    # It stands still meanwhile, so that it does not go on to its last step on a machine that does so, too.
    releasing.send_signal(signal.SIGSTOP)
    try:
        moved = stack.api.client("lambda").update_alias(
            FunctionName=stack.outputs["functionName"],
            Name=stack.outputs["functionAlias"],
            Description="mine",
        )["RevisionId"]
        weights = stack.weights()
    finally:
        releasing.send_signal(signal.SIGCONT)
    assert weights
    code, _, stderr = end(releasing)
    assert code == 1
    assert "was moved by something else" in stderr.splitlines()[-1]
    assert stack.alias()["RevisionId"] == moved
    assert stack.weights() == weights

    code, _, stderr = stack.run("--only", "function", "--latest")
    assert code == 1
    assert "--take-over" in stderr.splitlines()[-1]
    code, _, stderr = stack.run("--only", "function", "--interval", "0", "--take-over")
    assert code == 0, stderr
    assert stack.weights() == {}
    assert stack.alias()["FunctionVersion"] in weights


# --- the fleet ---


def test_all_instances_are_replaced_and_no_request_fails(
    stack: RolloutStack, cloud: RunningCloud, tmp_path: Path
):
    before = stack.instances()
    archive = stack.archive("local", tmp_path)
    with SequentialLoad(cloud.url) as load:
        code, stdout, stderr = stack.run(
            "--archive", archive, "--only", "fleet", "--warmup", "0", "--format", "json"
        )
    assert code == 0, stderr
    (result,) = json.loads(stdout)
    after = stack.instances()
    assert result["result"] == "released"
    assert not after.keys() & before.keys()
    assert set(after.values()) == {result["serves"]}
    assert stack.group()["LaunchTemplate"]["Version"] == result["serves"] != result["before"]
    assert set(load.statuses) == {200}


def test_an_alarm_brings_the_old_instances_back(stack: RolloutStack, tmp_path: Path):
    before = stack.instances()
    archive = stack.archive("local", tmp_path)
    words = ["--archive", archive, "--only", "fleet", "--warmup", "0", "--interval", "60", "--step", "50"]
    releasing = stack.start(*words)
    # Half of them are replaced, and the refresh pauses.
    until(
        lambda: len(stack.instances().keys() - before.keys()) == 1 and len(stack.instances()) == 2,
        CHANGED_WITHIN,
    )
    with stack.alarm() as name:
        code, _, stderr = end(releasing)
    assert code == 1
    assert f"the alarm {name} is on" in stderr.splitlines()[-1]
    assert "was rolled back" in stderr.splitlines()[-1]
    assert set(stack.instances().values()) == set(before.values())
    assert stack.group()["LaunchTemplate"]["Version"] in before.values()


def test_instances_that_never_answer_replace_no_others(
    stack: RolloutStack, cloud: RunningCloud, tmp_path: Path
):
    before = stack.instances()
    good = stack.archive("local", tmp_path)
    archive = stack.archive("local", tmp_path, broken="main")
    with SequentialLoad(cloud.url) as load:
        code, _, stderr = stack.run(
            "--archive", archive, "--only", "fleet", "--warmup", "0", "--give-up-after", "4"
        )
    assert code == 1
    assert "no progress" in stderr.splitlines()[-1]
    assert stack.instances() == before
    assert set(load.statuses) == {200}
    # Replace the broken version as the latest one.
    code, _, stderr = stack.run("--archive", good, "--only", "fleet", "--warmup", "0", "--interval", "0")
    assert code == 0, stderr


def test_a_refresh_in_progress_is_watched(stack: RolloutStack, tmp_path: Path):
    archive = stack.archive("local", tmp_path)
    first = stack.start("--archive", archive, "--only", "fleet", "--warmup", "0", "--interval", "2")
    autoscaling = stack.api.client("autoscaling")

    def refreshes() -> list[InstanceRefreshTypeDef]:
        answer = autoscaling.describe_instance_refreshes(
            AutoScalingGroupName=stack.group()["AutoScalingGroupName"]
        )
        return answer["InstanceRefreshes"]

    until(lambda: refreshes() and refreshes()[0]["Status"] == "InProgress", CHANGED_WITHIN)
    total = len(refreshes())
    second = stack.start("--only", "fleet", "--latest", "--format", "json")
    code, stdout, stderr = end(second)
    assert code == 0, stderr
    assert "being rolled out already" in stderr
    assert json.loads(stdout)[0]["result"] == "released"
    assert end(first)[0] == 0
    assert len(refreshes()) == total


def test_an_archive_is_released_only_to_its_shape(stack: RolloutStack, tmp_path: Path):
    archive = stack.archive("local", tmp_path)
    code, _, stderr = stack.run("--only", "function", "--archive", archive)
    assert code == 1
    assert "is packed for a fleet" in stderr


# --- on AWS ---


def test_a_stack_of_pulumis_is_found_by_its_outputs_and_released_to_with_the_users_credentials(
    stack: RolloutStack, tmp_path: Path
):
    cli = tmp_path / "pulumi"
    (tmp_path / "outputs.json").write_text(json.dumps(stack.outputs))
    cli.write_text(
        '#!/bin/sh\n[ "$1" = version ] && echo v3.272.0 && exit\n'
        f'[ "$*" = "stack output --json --stack prod" ] && cat {tmp_path}/outputs.json\n'
    )
    cli.chmod(0o755)
    released = subprocess.run(
        [
            IRIS,
            "rollout",
            "--stack",
            "prod",
            "--only",
            "function",
            "--interval",
            "0",
            "--format",
            "json",
            "--archive",
            stack.archive("lambda-local", tmp_path),
        ],
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            **stack.api.environment(),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert released.returncode == 0, released.stderr
    assert json.loads(released.stdout)[0]["serves"] == stack.alias()["FunctionVersion"]
