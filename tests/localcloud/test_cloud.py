"""Order in which a local cloud is started, repaired and stopped, with other programs as its processes."""

from __future__ import annotations

import fcntl
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest

from localcloud import cloud as cloud_module
from localcloud import processes
from localcloud.aws.credentials import Credentials, generate_credentials, write_credentials
from localcloud.cloud import Cloud, CloudError, UpOptions
from localcloud.controller import aws_queries
from localcloud.environment import Identity
from localcloud.localstack import changes, control_plane, server
from localcloud.localstack.control_plane import StartError
from localcloud.provisioning import archives
from localcloud.provisioning.pulumi_project import read_project
from localcloud.state_dir import StateDir
from localcloud.status import ComponentStatus, InstanceStatus, Status
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import psutil

    from localcloud.processes import Role

PROJECT: Final = Path(__file__).parents[2]

UP: Final = Status(
    outputs={"autoScalingGroup": "fleet", "loadBalancerArn": "arn"},
    parts=[ComponentStatus("control-plane", 1, answers=True)],
    instances=[InstanceStatus("i-1", "us-east-1a", 1, "healthy", ready=True)],
)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path)
    write_credentials(cloud.state_dir.key_file, generate_credentials())
    yield cloud
    processes.stop([found.process for found in processes.find(tmp_path)], grace=0)


def start(cloud: Cloud, role: Role) -> psutil.Process:
    return processes.start(
        ["/bin/sleep", "600"],
        home=cloud.state_dir.home,
        role=role,
        log=cloud.state_dir.logs / f"{role}.log",
        environment={},
    )


def identity(cloud: Cloud, stack: str = "dev") -> Identity:
    return Identity(
        stack, "us-east-1", "http://127.0.0.1:4001", "http://127.0.0.1:8001", str(cloud.state_dir.key_file)
    )


def refuse(what: str) -> Any:
    """Refuse to pack, or to report progress."""
    raise AssertionError(what)


def constant(answer: object) -> Callable[..., Any]:
    """Return a function of any arguments that always gives this answer."""

    def respond(*_: object) -> object:
        return answer

    return respond


def in_turn(*answers: object) -> Callable[..., Any]:
    """Return a function of any arguments that gives these answers, one after the other."""
    left = iter(answers)

    def respond(*_: object) -> object:
        return next(left)

    return respond


def options(build_archive: Callable[[str], Path] = refuse, **config: str) -> UpOptions:
    return UpOptions(
        project=PROJECT, build_archive=build_archive, config=config, port=0, control_plane_port=0
    )


def is_locked(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def paths(state_dir: StateDir) -> dict[str, Path]:
    """Return all paths in the folder of a cloud, by name."""
    names = [name for name, member in vars(StateDir).items() if isinstance(member, property)]
    return {name: getattr(state_dir, name) for name in names}


def test_down_leaves_nothing_but_the_logs_the_events_and_the_locks_of_commands(cloud: Cloud):
    for file in paths(cloud.state_dir).values():
        file.parent.mkdir(exist_ok=True)
        if not file.suffix and file.name in {"logs", "localstack", "balancer", "firewall", "archives"}:
            file.mkdir(exist_ok=True)
        else:
            file.touch()
    assert not cloud.down()
    left = {name for name, file in paths(cloud.state_dir).items() if file.exists()}
    assert left == {"logs", "events", "lock", "lesson_lock"}


def test_down_stops_first_what_would_start_the_others_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    roles: tuple[Role, ...] = ("control-plane", "controller", "recovery", "instance", "balancer")
    started = {start(cloud, role): role for role in roles}
    until(lambda: len(processes.find(cloud.state_dir.home)) == len(roles))
    stopped: list[set[str]] = []
    stop = processes.stop

    def record(stopping: Iterable[psutil.Process], *, grace: float = 5) -> None:
        listed = list(stopping)
        if listed:
            stopped.append({started[process] for process in listed})
        stop(listed, grace=grace)

    monkeypatch.setattr(processes, "stop", record)
    assert cloud.down()
    assert stopped == [{"controller", "recovery"}, {"control-plane", "instance", "balancer"}]
    assert not any(map(processes.is_alive, started))


def test_a_new_cloud_begins_without_the_marks_and_logs_of_the_last_one(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    # The machine was switched off: a controller would take the old mark for a stack that is deployed.
    state = cloud.state_dir
    old = (state.deployed, state.events, state.logs / "i-1.log", state.control_plane / changes.FILE)
    for file in old:
        file.parent.mkdir(exist_ok=True)
        file.touch()
    left: list[Path] = []

    def stop_here(*_: object) -> None:
        left.extend(file for file in old if file.exists())
        raise CloudError("far enough")

    monkeypatch.setattr(cloud_module, "_choose_addresses", stop_here)
    with pytest.raises(CloudError, match="far enough"):
        cloud.up(options(), list[str]().append)
    assert left == []


class Running:
    """Cloud that runs already, as its status and the AWS API show it."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.status = replace(UP, identity=identity(cloud))
        self.config = dict(read_project(PROJECT, "dev", {}).config)
        self.file_config = dict(self.config)
        self.started: list[UpOptions] = []
        self.progress: list[str] = []

        def start_new(_cloud: Cloud, _project: object, options: UpOptions, _on_progress: object) -> None:
            self.started.append(options)

        def read_status(_: StateDir) -> Status:
            return self.status

        monkeypatch.setattr(cloud_module, "read_status", read_status)
        monkeypatch.setattr(aws_queries, "read_config", constant(self.config))
        monkeypatch.setattr(aws_queries, "read_file_config", constant(self.file_config))
        monkeypatch.setattr(Cloud, "_start_new", start_new)


@pytest.fixture
def running(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Running:
    return Running(cloud, monkeypatch)


def test_a_cloud_that_is_up_with_what_is_asked_for_is_left_as_it_is(cloud: Cloud, running: Running):
    assert not cloud.up(options(maxInstances=running.config["scalable-models:maxInstances"]), refuse)
    assert running.started == []


@pytest.mark.parametrize("place", ["option", "file"])
def test_another_setting_starts_the_cloud_anew_at_its_addresses(cloud: Cloud, running: Running, place: str):
    running.config["scalable-models:maxInstances"] = "7"
    if place == "file":
        running.file_config["scalable-models:maxInstances"] = "7"
    wanted = {"maxInstances": "9"} if place == "option" else {}
    default = read_project(PROJECT, "dev", {}).config["scalable-models:maxInstances"]
    assert cloud.up(replace(options(), config=wanted), running.progress.append)
    (started,) = running.started
    assert (started.port, started.control_plane_port) == (8001, 4001)
    now = wanted.get("maxInstances", default)
    assert running.progress == [f"Restarting the local cloud for maxInstances={now} (it was 7)"]


def test_another_stack_is_refused_while_one_runs(cloud: Cloud, running: Running):
    running.status = replace(running.status, identity=identity(cloud, "production"))
    with pytest.raises(CloudError, match="it runs with stack production; run `make down` first"):
        cloud.up(options(), refuse)
    assert running.started == []


def test_a_control_plane_that_is_slow_is_waited_for(
    cloud: Cloud, running: Running, monkeypatch: pytest.MonkeyPatch
):
    # Taken for lost, its stack would be created again.
    slow = replace(running.status, outputs={}, parts=[ComponentStatus("control-plane", 1, answers=False)])
    monkeypatch.setattr(cloud_module, "read_status", in_turn(slow, slow, running.status))
    clock = SimpleNamespace(monotonic=constant(0.0), sleep=constant(None))
    monkeypatch.setattr(cloud_module, "time", clock)
    assert not cloud.up(options(), refuse)
    assert running.started == []


@pytest.mark.parametrize(("state", "replaced"), [("missing", True), ("stopped", True), ("runs", False)])
def test_a_cloud_that_is_not_ready_gets_a_controller_that_runs_and_its_lost_zone_back(
    cloud: Cloud, running: Running, monkeypatch: pytest.MonkeyPatch, state: str, *, replaced: bool
):
    cloud.state_dir.lost_zones.write_text('["us-east-1a"]')
    controllers: list[StateDir] = []

    def start_controller(state_dir: StateDir, _: Identity) -> None:
        controllers.append(state_dir)

    monkeypatch.setattr(cloud_module, "start_controller", start_controller)
    if state != "missing":
        controller = start(cloud, "controller")
        until(lambda: processes.find(cloud.state_dir.home))
        if state == "stopped":
            controller.suspend()
            until(lambda: processes.is_stopped(controller))
    not_ready = replace(running.status, instances=[])
    monkeypatch.setattr(cloud_module, "read_status", in_turn(not_ready, running.status))
    assert cloud.up(options(), running.progress.append)
    assert controllers == ([cloud.state_dir] if replaced else [])
    assert not cloud.state_dir.lost_zones.exists()
    assert running.started == []


def test_two_free_ports_are_different_ones(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    free = [5003, 5001, 5001]
    found: list[Identity] = []

    def fail(_: StateDir, identity: Identity) -> None:
        found.append(identity)
        raise StartError("far enough")

    monkeypatch.setattr(processes, "find_free_port", free.pop)
    monkeypatch.setattr(control_plane, "start", fail)
    with pytest.raises(CloudError, match="far enough"):
        cloud.up(options(), list[str]().append)
    assert (found[0].balancer_url, found[0].endpoint) == ("http://127.0.0.1:5001", "http://127.0.0.1:5003")


def test_one_port_for_both_is_refused(cloud: Cloud):
    with pytest.raises(CloudError, match="port 8080 cannot be both the URL's and that of the AWS API"):
        cloud.up(replace(options(), port=8080, control_plane_port=8080), refuse)


@pytest.mark.parametrize(
    ("compute", "expected"),
    [("fleet", ["local"]), ("lambda", ["lambda-local"]), ("both", ["local", "lambda-local"])],
)
def test_each_shape_of_a_stack_gets_its_archive(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, compute: str, expected: list[str]
):
    packed: list[str] = []

    def pack(target: str) -> Path:
        packed.append(target)
        assert is_locked(PROJECT), "another cloud would pack the same meanwhile"
        return Path(target)

    def fail(*_: object) -> None:
        raise StartError("far enough")

    def start_localstack(*_: object) -> psutil.Process:
        return start(cloud, "control-plane")

    monkeypatch.setattr(control_plane, "start", start_localstack)
    monkeypatch.setattr(archives, "keep", fail)
    with pytest.raises(CloudError, match="far enough"):
        cloud.up(options(pack, compute=compute), list[str]().append)
    assert packed == expected
    # The process that was started is stopped again.
    assert processes.find(cloud.state_dir.home) == []


def test_a_repair_that_fails_leaves_what_serves_as_it_is(
    cloud: Cloud, running: Running, monkeypatch: pytest.MonkeyPatch
):
    serving = start(cloud, "instance")
    until(lambda: processes.find(cloud.state_dir.home))
    not_ready = replace(running.status, instances=[])
    monkeypatch.setattr(cloud_module, "read_status", constant(not_ready))
    started: list[psutil.Process] = []

    def fail(*_: object) -> None:
        started.append(start(cloud, "controller"))
        raise CloudError("not ready")

    monkeypatch.setattr(cloud_module, "start_controller", fail)
    with pytest.raises(CloudError, match="not ready"):
        cloud.up(options(), running.progress.append)
    assert processes.is_alive(serving)
    assert not processes.is_alive(started[0])
    assert cloud.state_dir.key_file.exists()


@pytest.mark.parametrize("recovering", [False, True])
def test_a_silent_localstack_is_ended_unless_it_is_being_restored(
    cloud: Cloud,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    recovering: bool,  # noqa: FBT001 (pytest passes it by name)
):
    for record in (cloud.state_dir.stack_record, cloud.state_dir.fleet_record):
        record.touch()
    if recovering:
        cloud.state_dir.recovering.touch()
    localstack = start(cloud, "control-plane")
    until(lambda: processes.find(cloud.state_dir.home))
    lost = replace(running.status, outputs={}, parts=[])
    monkeypatch.setattr(cloud_module, "read_status", in_turn(lost, running.status, running.status))
    monkeypatch.setattr(cloud_module, "start_controller", constant(None))
    assert cloud.up(options(), running.progress.append)
    assert running.progress == [
        "Restoring LocalStack",
        "Restarting the controller",
        "Waiting for the service",
    ]
    if recovering:
        assert processes.is_alive(localstack)
    else:
        until(lambda: not processes.is_alive(localstack))


@pytest.mark.parametrize(("endpoint", "key_id"), [("http://127.0.0.1:1", "mine"), (None, "IRIS")])
def test_the_key_of_the_environment_is_for_a_localstack_of_ones_own(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, endpoint: str | None, key_id: str
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(server, "is_ready", constant("it is"))
    monkeypatch.setattr(control_plane, "start", constant(object()))
    written: list[Credentials] = []

    def write(_: Path, credentials: Credentials) -> None:
        written.append(credentials)

    monkeypatch.setattr(cloud_module, "write_credentials", write)

    def fail(_: str) -> Path:
        raise StartError("far enough")

    with pytest.raises(CloudError, match="far enough"):
        cloud.up(replace(options(fail), endpoint=endpoint), list[str]().append)
    assert written[0].access_key_id.startswith(key_id)


def test_a_stack_without_a_region_is_refused(cloud: Cloud, tmp_path: Path):
    project = tmp_path / "project"
    project.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        lines = (PROJECT / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (project / name).write_text("".join(line for line in lines if "aws:region" not in line))
    with pytest.raises(CloudError, match=r"Pulumi\.dev\.yaml sets no aws:region"):
        cloud.up(replace(options(), project=project), refuse)


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:1"])
def test_a_started_stack_is_recorded_if_its_localstack_is_the_clouds_own(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, endpoint: str | None
):
    from localcloud.provisioning import engine  # noqa: PLC0415 - it loads Pulumi

    provisioned: list[dict[str, Any]] = []
    saved: list[tuple[object, ...]] = []

    def provision(_program: Path, **arguments: Any) -> dict[str, str]:
        provisioned.append(arguments)
        arguments["on_created"](7, "iris-vpc")
        return {"autoScalingGroup": "fleet"}

    def save_stack(_api: object, *arguments: object) -> None:
        saved.append(arguments)

    def keep(_: StateDir, archive: Path) -> Path:
        return Path("/kept") / archive.name

    monkeypatch.setattr(engine, "provision", provision)
    monkeypatch.setattr(aws_queries, "save_stack", save_stack)
    monkeypatch.setattr(archives, "keep", keep)
    monkeypatch.setattr(server, "is_ready", constant("it is"))
    monkeypatch.setattr(control_plane, "start", constant(None))
    monkeypatch.setattr(cloud_module, "start_controller", constant(None))
    up = replace(UP, identity=identity(cloud))
    monkeypatch.setattr(cloud_module, "read_status", in_turn(Status(), Status(), up))
    monkeypatch.setattr(cloud_module, "time", SimpleNamespace(monotonic=constant(0.0), sleep=constant(None)))
    progress: list[str] = []
    given = replace(options(Path), config={"maxInstances": "5"}, endpoint=endpoint)
    assert cloud.up(given, progress.append)
    (arguments,) = provisioned
    assert (arguments["project"], arguments["stack"]) == ("scalable-models", "dev")
    assert arguments["config"]["scalable-models:maxInstances"] == "5"
    assert arguments["config"]["scalable-models:archive"] == "/kept/local"
    assert progress[-2:] == ["Running the Pulumi program: 7 resources, iris-vpc", "Waiting for the service"]
    ((stack, outputs, config, file_config),) = saved
    assert (stack, outputs) == ("dev", {"autoScalingGroup": "fleet"})
    # The archives are not settings, and neither are options settings of the files.
    assert config == {**read_project(PROJECT, "dev", {"maxInstances": "5"}).config}
    assert file_config == read_project(PROJECT, "dev", {}).config
    # One that runs by itself is not guarded, nor started again.
    assert cloud.state_dir.stack_record.exists() is (endpoint is None)
