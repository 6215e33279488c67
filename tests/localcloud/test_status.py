"""Status of a local cloud whose processes, or the code that started it, are not as usual."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final, cast

import click
import pytest
from click.testing import CliRunner

from localcloud import health_probe, processes
from localcloud.aws.credentials import DUMMY, write_credentials
from localcloud.controller import aws_queries
from localcloud.controller.aws_queries import GroupDescription, ListedInstance
from localcloud.controller.scaling.target_tracking import CapacityLimits
from localcloud.environment import Identity
from localcloud.load_balancer.envoy_config import TargetStatus
from localcloud.load_balancer.zonal_envoy import ZonalEnvoy
from localcloud.localstack import server
from localcloud.state_dir import StateDir
from localcloud.status import ComponentStatus, FunctionStatus, InstanceStatus, Status, read_status
from scripts.local.local import local
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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


def constant(answer: object) -> Callable[..., Any]:
    """Return a function of any arguments that always gives this answer."""

    def respond(*_: object, **__: object) -> object:
        return answer

    return respond


MEMBERS: Final = [
    ListedInstance(name, "us-east-1a", "lt-1", "1", "Standby" if name == "i-standby" else "InService")
    for name in ("i-healthy", "i-failing", "i-unchecked", "i-new", "i-standby", "i-deregistered")
]
TARGETS: Final = {
    "i-healthy": TargetStatus(healthy=True, requests=1),
    "i-failing": TargetStatus(healthy=False, requests=1),
    # Envoy has not checked it yet.
    "i-unchecked": TargetStatus(healthy=None, requests=0),
    "i-deregistered": TargetStatus(healthy=True, requests=1),
}


@pytest.fixture
def running_fleet(running_stack: StateDir, monkeypatch: pytest.MonkeyPatch) -> StateDir:
    """A cloud with a fleet in two zones, of which one has an Envoy that does not answer."""
    running_stack.balancer.mkdir()
    running_stack.zones.write_text(json.dumps(["us-east-1a", "us-east-1b"]))
    group = GroupDescription("fleet", MEMBERS, 6, CapacityLimits(minimum=1, maximum=9), 0, 0)
    registered = {each.instance_id for each in MEMBERS} - {"i-deregistered"}
    outputs = {"autoScalingGroup": "fleet", "targetGroupArn": "arn", "loadBalancerArn": "arn"}

    def targets(envoy: ZonalEnvoy) -> dict[str, TargetStatus] | None:
        return TARGETS if envoy.zone == "us-east-1a" else None

    monkeypatch.setattr(aws_queries, "read_outputs", constant(outputs))
    monkeypatch.setattr(aws_queries, "describe_group", constant(group))
    monkeypatch.setattr(aws_queries, "registered_targets", constant(frozenset(registered)))
    monkeypatch.setattr(aws_queries, "running_instances", constant(frozenset({"i-detached"})))
    monkeypatch.setattr(ZonalEnvoy, "targets", targets)
    return running_stack


def test_each_instance_has_the_health_of_its_target_or_the_reason_why_it_has_none(running_fleet: StateDir):
    environment = {**identity(running_fleet).environment(), "IRIS_PORT": "9"}
    for name in ("i-detached", "i-terminated"):
        start(running_fleet, "instance", {**environment, "IRIS_INSTANCE_ID": name})
    found = read_status(running_fleet).instances
    assert {each.id: each.health for each in found} == {
        "i-healthy": "healthy",
        "i-failing": "unhealthy",
        "i-unchecked": "initial",
        "i-new": "initial",
        "i-standby": "standby",
        "i-deregistered": "unused",
        "i-detached": "unused",
        "i-terminated": "draining",
    }


@pytest.mark.parametrize(("answer", "answers"), [(None, False), (503, True)])
def test_a_load_balancer_answers_if_its_port_and_the_envoy_of_the_zone_do(
    running_fleet: StateDir,
    monkeypatch: pytest.MonkeyPatch,
    answer: int | None,
    answers: bool,  # noqa: FBT001 (pytest passes it by name)
):
    monkeypatch.setattr(health_probe, "get_status", constant(answer))
    parts = {part.zone: part.answers for part in read_status(running_fleet).parts if part.role == "balancer"}
    assert parts == {"us-east-1a": answers, "us-east-1b": False}


def test_a_firewall_that_is_stopped_does_not_answer(running_fleet: StateDir):
    start(running_fleet, "firewall", identity(running_fleet).environment())

    def answers() -> list[bool]:
        return [part.answers for part in read_status(running_fleet).parts if part.role == "firewall"]

    assert answers() == [True]
    (firewall,) = (each for each in processes.find(running_fleet.home) if each.role == "firewall")
    firewall.process.suspend()
    until(lambda: answers() == [False])


@pytest.mark.parametrize(("answer", "ready"), [(200, True), (502, False), (None, False)])
def test_a_function_is_ready_if_its_api_answers(
    running_stack: StateDir,
    monkeypatch: pytest.MonkeyPatch,
    answer: int | None,
    ready: bool,  # noqa: FBT001 (pytest passes it by name)
):
    outputs = {"restApiId": "abc", "functionName": "iris", "functionAlias": "live", "apiStage": "prod"}
    monkeypatch.setattr(aws_queries, "read_outputs", constant(outputs))
    monkeypatch.setattr(aws_queries, "alias_version", constant("7"))
    asked: list[str] = []

    def get_status(url: str) -> int | None:
        asked.append(url)
        return answer

    monkeypatch.setattr(health_probe, "get_status", get_status)
    found = read_status(running_stack)
    assert found.function == FunctionStatus("iris", "live", "7", found.url or "", [], ready)
    assert found.url == "http://127.0.0.1:9/_aws/execute-api/abc/prod"
    assert asked == [f"{found.url}/listpredictors"]


def instance(health: str, zone: str | None = "us-east-1a") -> InstanceStatus:
    return InstanceStatus("i-1", zone, 1, health, ready=True)


def function(*, ready: bool) -> FunctionStatus:
    return FunctionStatus("iris", "live", "1", "http://127.0.0.1:9", [], ready)


FLEET: Final = {"autoScalingGroup": "fleet"}
ANSWERING: Final = ComponentStatus("balancer", 1, answers=True)
SILENT: Final = ComponentStatus("balancer", 1, answers=False)


@pytest.mark.parametrize(
    ("status", "is_up"),
    [
        (Status(outputs=FLEET, parts=[ANSWERING], instances=[instance("healthy")]), True),
        (Status(outputs={}, parts=[ANSWERING], instances=[instance("healthy")]), False),
        (Status(outputs=FLEET, parts=[ANSWERING, SILENT], instances=[instance("healthy")]), False),
        (Status(outputs=FLEET, parts=[ANSWERING], instances=[]), False),
        # One that Auto Scaling no longer lists only finishes its requests.
        (Status(outputs=FLEET, instances=[instance("draining", zone=None)]), False),
        (Status(outputs=FLEET, instances=[instance("draining", zone=None), instance("healthy")]), True),
        (Status(outputs=FLEET, instances=[instance("initial"), instance("healthy")]), False),
        (Status(outputs=FLEET, instances=[instance("unhealthy"), instance("healthy")]), False),
        # An operator has put these two where they are.
        (Status(outputs=FLEET, instances=[instance("standby"), instance("healthy")]), True),
        (Status(outputs=FLEET, instances=[instance("unused"), instance("healthy")]), True),
        (Status(outputs={"restApiId": "api"}, function=function(ready=True)), True),
        (Status(outputs={"restApiId": "api"}, function=function(ready=False)), False),
    ],
)
def test_a_cloud_is_up_when_all_that_it_should_have_is_ready(status: Status, *, is_up: bool):
    assert status.is_up is is_up


def test_up_and_env_report_it_in_one_line_too(state_dir: StateDir):
    start(state_dir, "control-plane", {})
    for command in ("env", "up"):
        result = CliRunner().invoke(local, [command, "--home", str(state_dir.home)])
        assert result.exit_code == click.ClickException.exit_code
        assert isinstance(result.exception, SystemExit)
        assert "(its processes have no variable LOCAL_CLOUD_STACK); run `make down`" in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
