"""Status of a local cloud whose processes, or the code that started it, are not as usual."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

import click
import pytest
from click.testing import CliRunner

from localcloud import processes
from localcloud.aws.credentials import DUMMY, write_credentials
from localcloud.controller import aws_queries
from localcloud.environment import Identity
from localcloud.localstack import server
from localcloud.state_dir import StateDir
from localcloud.status import read_status
from scripts.local.local import local
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REMEDY = "run `make down`, then `make up`"


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[StateDir]:
    yield StateDir(tmp_path)
    processes.stop([found.process for found in processes.find(tmp_path)], grace=0.1)


def start(state_dir: StateDir, role: str, environment: dict[str, str]) -> None:
    processes.start(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        home=state_dir.home,
        role=cast("processes.Role", role),
        log=state_dir.logs / "process.log",
        environment=environment,
    )


def identity(state_dir: StateDir) -> Identity:
    return Identity(
        stack="dev",
        region="us-east-1",
        endpoint="http://127.0.0.1:9",
        balancer_url="http://127.0.0.1:9",
        key_file=str(state_dir.key_file),
    )


def error_of_status(state_dir: StateDir, *options: str) -> str:
    """Return the only line that `iris local status` writes, to stderr, when it fails."""
    result = CliRunner().invoke(local, ["status", "--home", str(state_dir.home), *options])
    assert result.exit_code == click.ClickException.exit_code
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize("options", [(), ("--format", "json")], ids=["table", "json"])
def test_a_missing_variable_of_a_process_is_reported_in_one_line(
    state_dir: StateDir, options: tuple[str, ...]
):
    environment = identity(state_dir).environment()
    del environment["LOCAL_CLOUD_BALANCER_URL"]
    start(state_dir, "control-plane", environment)
    assert error_of_status(state_dir, *options) == (
        "Error: the local cloud was started by a different version of the code "
        f"(its processes have no variable LOCAL_CLOUD_BALANCER_URL); {REMEDY}"
    )


def test_an_unknown_role_is_reported_in_one_line_and_down_stops_the_process(state_dir: StateDir):
    start(state_dir, "gateway", identity(state_dir).environment())
    assert error_of_status(state_dir) == (
        "Error: the local cloud was started by a different version of the code "
        f"(one of its processes has the role gateway); {REMEDY}"
    )
    stopped = CliRunner().invoke(local, ["down", "--home", str(state_dir.home)])
    assert (stopped.exit_code, stopped.stdout) == (0, "The local cloud is down.\n")
    assert processes.find(state_dir.home) == []


def test_an_instance_without_its_port_is_reported_in_one_line(state_dir: StateDir):
    start(state_dir, "instance", {**identity(state_dir).environment(), "IRIS_INSTANCE_ID": "i-1"})
    assert f"(an instance has no variable IRIS_PORT); {REMEDY}" in error_of_status(state_dir)


def test_a_recovery_in_progress_is_not_shown_as_the_controller(state_dir: StateDir):
    environment = identity(state_dir).environment()
    start(state_dir, "controller", environment)
    (controller,) = processes.find(state_dir.home)
    start(state_dir, "recovery", environment)
    parts = read_status(state_dir).parts
    assert [part.pid for part in parts if part.role == "controller"] == [controller.process.pid]


def test_a_controller_whose_supervisor_is_stopped_does_not_answer(state_dir: StateDir):
    environment = identity(state_dir).environment()
    start(state_dir, "controller", environment)
    start(state_dir, "controller", environment)

    def answers() -> list[bool]:
        return [part.answers for part in read_status(state_dir).parts if part.role == "controller"]

    assert answers() == [True]
    processes.find(state_dir.home)[0].process.suspend()
    until(lambda: answers() == [False])  # a process stops when it has its turn on a processor


@pytest.fixture
def running_stack(state_dir: StateDir, monkeypatch: pytest.MonkeyPatch) -> StateDir:
    """A cloud whose control plane answers, with one process."""
    write_credentials(state_dir.key_file, DUMMY)
    start(state_dir, "control-plane", identity(state_dir).environment())
    monkeypatch.setattr(server, "is_ready", bool)
    return state_dir


def test_a_missing_output_of_the_stack_is_reported_in_one_line(
    running_stack: StateDir, monkeypatch: pytest.MonkeyPatch
):
    def outputs(*_: Any) -> dict[str, Any]:
        return {"restApiId": "abc", "functionName": "iris", "unknownOutput": 1}

    monkeypatch.setattr(aws_queries, "read_outputs", outputs)
    assert f"(its stack has no output functionAlias, apiStage); {REMEDY}" in error_of_status(running_stack)


def test_outputs_that_are_not_json_are_reported_in_one_line(
    running_stack: StateDir, monkeypatch: pytest.MonkeyPatch
):
    def outputs(*_: Any) -> dict[str, Any]:
        raise ValueError("not JSON")

    monkeypatch.setattr(aws_queries, "read_outputs", outputs)
    assert f"(its stored outputs are not JSON); {REMEDY}" in error_of_status(running_stack)


def test_up_and_env_report_it_in_one_line_too(state_dir: StateDir):
    start(state_dir, "control-plane", {})
    for command in ("env", "up"):
        result = CliRunner().invoke(local, [command, "--home", str(state_dir.home)])
        assert result.exit_code == click.ClickException.exit_code
        assert isinstance(result.exception, SystemExit)
        assert "(its processes have no variable LOCAL_CLOUD_STACK); run `make down`" in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
