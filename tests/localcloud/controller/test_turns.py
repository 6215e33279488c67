"""Turns of the controller: all that is read, applied and recorded of a group without processes."""

from __future__ import annotations

import json
import os
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from localcloud import processes
from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.controller import aws_queries, instances, reconcile_loop
from localcloud.controller.aws_queries import GroupDescription, GroupPolicies, ListedInstance
from localcloud.controller.instances import InstanceProcess, LaunchSettings, State
from localcloud.controller.scaling.fleet_scaling import FleetScaling
from localcloud.controller.scaling.target_tracking import CapacityLimits
from localcloud.controller.stack_record import FleetRecord
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.load_balancer.description import LoadBalancerDescription
from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError
from localcloud.localstack import changes
from localcloud.state_dir import StateDir

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from localcloud.load_balancer.envoy_config import EnvoyTarget

LISTED = ListedInstance("i-1", "eu-west-1a", "lt-1", "7")


def constant(answer: object) -> Callable[..., Any]:
    """Return a function of any arguments that always gives this answer."""

    def respond(*_: object) -> object:
        return answer

    return respond


def fail(*_: object) -> None:
    raise UnsupportedRuleError("a rule by the weather")


class Balancer:
    """Load balancer without processes, whose description changes as a test says."""

    arn = "arn:balancer"

    def __init__(self) -> None:
        self.description = LoadBalancerDescription(
            load_balancer_attributes={},
            target_group={"TargetGroupArn": "arn:group"},
            target_group_attributes={"deregistration_delay.timeout_seconds": "0"},
            rules=[],
        )
        self.changed: list[str] = []
        self.read = 0
        self.configured = 0
        self.registered: list[tuple[list[EnvoyTarget], Mapping[str, AbstractSet[str]]]] = []

    def follow(self, members_of: Callable[[str], AbstractSet[str]]) -> list[str]:
        # New groups need their targets before a request is forwarded to them.
        assert members_of("arn:new") == {"i-1"}
        self.read += 1
        return self.changed

    def configure(self) -> None:
        self.configured += 1

    def register(self, targets: list[EnvoyTarget], members: Mapping[str, AbstractSet[str]]) -> None:
        self.registered.append((targets, members))

    def targets(self) -> dict[str, dict[str, Any]]:
        return {}


class Settings:
    """Settings of a stack, of which each version that is recorded is noted."""

    def __init__(self, recorded: list[str], version: str) -> None:
        self._recorded = recorded
        self._version = version

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and other._version == self._version

    __hash__ = None  # type: ignore[assignment]

    def save(self, _: Path) -> None:
        self._recorded.append(self._version)


class Cloud:
    """Controller of a group in an AWS API that a test writes down."""

    def __init__(self, state_dir: StateDir, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state_dir = state_dir
        self.balancer = Balancer()
        self.group = GroupDescription(
            name="fleet",
            instances=[],
            desired=1,
            limits=CapacityLimits(minimum=1, maximum=1),
            grace_period=0,
            warm_up=0,
        )
        self.version = "first"
        self.recorded: list[str] = []
        self.tagged: list[tuple[str, int]] = []
        self.seconds = 100.0
        clock = SimpleNamespace(monotonic=lambda: self.seconds, time=lambda: self.seconds)
        for place in (changes, reconcile_loop, instances):
            monkeypatch.setattr(place, "time", clock)
        monkeypatch.setattr(aws_queries, "describe_policies", constant(GroupPolicies([], [])))
        monkeypatch.setattr(aws_queries, "describe_group", constant(self.group))
        monkeypatch.setattr(aws_queries, "registered_targets", constant(frozenset({"i-1"})))
        monkeypatch.setattr(aws_queries, "running_instances", constant(frozenset({"i-1"})))
        monkeypatch.setattr(aws_queries, "tag_address", self._tag)
        monkeypatch.setattr(reconcile_loop, "SettingsRecord", SimpleNamespace(of=self._settings))
        monkeypatch.setattr(reconcile_loop, "find_survivors", self._survivors)
        self.identity = Identity(
            "dev", "eu-west-1", "http://127.0.0.1:1", "http://127.0.0.1:2", str(state_dir.key_file)
        )
        self.running: list[InstanceProcess] = []
        self.followed = 0
        monkeypatch.setattr(FleetScaling, "follow", self._follow)

    def _follow(self) -> None:
        self.followed += 1

    def _tag(self, _: object, name: str, port: int) -> None:
        self.tagged.append((name, port))

    def _settings(self, *_: object) -> Settings:
        return Settings(self.recorded, self.version)

    def _survivors(self, *_: object) -> list[InstanceProcess]:
        return self.running

    def add_process(self, state: State, **fields: Any) -> InstanceProcess:
        """Add an instance whose process is that of the tests, before the controller starts."""
        process = InstanceProcess("i-1", psutil.Process(os.getpid()), 9_001, state=state, **fields)
        self.running.append(process)
        return process

    @cached_property
    def controller(self) -> reconcile_loop.Controller:
        balancer: Any = self.balancer
        return reconcile_loop.Controller(self.identity, self.state_dir, "fleet", balancer)

    def turn(self, seconds: float) -> None:
        controller = self.controller
        self.seconds = seconds
        controller.reconcile()

    @property
    def events(self) -> list[str]:
        return [event.what for event in EventLog(self.state_dir.events).last(10)]


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    write_credentials(StateDir(tmp_path).key_file, generate_credentials())
    return Cloud(StateDir(tmp_path), monkeypatch)


def test_settings_are_read_every_two_seconds_and_recorded_where_they_have_changed(cloud: Cloud):
    followed: dict[float, tuple[int, int]] = {}
    for seconds in (101.9, 102, 103.9, 104, 106):
        cloud.version = "second" if seconds > 105 else "first"
        cloud.turn(seconds)
        followed[seconds] = (cloud.followed, cloud.balancer.read)
    assert followed == {101.9: (0, 0), 102: (1, 1), 103.9: (1, 1), 104: (2, 2), 106: (3, 3)}
    assert cloud.recorded == ["first", "second"]


def test_a_change_of_the_load_balancer_is_told_with_whether_it_has_an_effect(cloud: Cloud):
    cloud.balancer.changed = ["idle_timeout.timeout_seconds=9", "access_logs.s3.enabled=true"]
    cloud.turn(102)
    assert cloud.events == [
        "the load balancer follows idle_timeout.timeout_seconds=9",
        "the load balancer only stores access_logs.s3.enabled=true",
    ]
    cloud.balancer.changed = []
    cloud.turn(104)
    assert len(cloud.events) == 2


@pytest.mark.parametrize("act", ["follow", "configure"])
def test_rules_that_are_not_supported_are_told_and_the_turn_goes_on(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, act: str
):
    monkeypatch.setattr(cloud.balancer, act, fail)
    if act == "configure":
        cloud.controller.configure_balancer()
    cloud.turn(102)
    assert cloud.events == ["the load balancer keeps its listener rules: a rule by the weather"]
    assert cloud.balancer.registered


@pytest.mark.parametrize(
    ("state", "age", "interval"),
    [
        ("booting", 9.9, 0.1),
        ("initial", 9.9, 0.1),
        ("booting", 10, 0.5),
        ("healthy", 1, 0.5),
        ("unhealthy", 1, 0.5),
        ("draining", 1, 0.5),
    ],
)
def test_turns_follow_faster_in_the_first_ten_seconds_of_a_boot(
    cloud: Cloud, state: State, age: float, interval: float
):
    cloud.add_process(state, started_at=cloud.seconds - age)
    assert cloud.controller.interval == interval


def test_an_instance_of_the_group_is_started_from_its_template_and_tagged_with_its_address(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    asked: list[tuple[object, ...]] = []
    boot = LaunchSettings("s3://bucket/key", "v", "sha", "5", "on")

    def read_settings(_: object, *template: str) -> LaunchSettings:
        asked.append(template)
        return boot

    def unpack(_api: object, settings: LaunchSettings, _state_dir: object) -> Path:
        assert settings is boot
        return cloud.state_dir.home

    def launch(*arguments: object) -> psutil.Process:
        asked.append(arguments[2:])
        return psutil.Process(os.getpid())

    monkeypatch.setattr(instances, "read_launch_settings", read_settings)
    monkeypatch.setattr(reconcile_loop, "unpack", unpack)
    monkeypatch.setattr(instances, "launch", launch)
    monkeypatch.setattr(processes, "find_free_port", constant(9_001))
    monkeypatch.setattr(processes, "is_port_in_use", constant(False))
    cloud.group.instances.append(LISTED)
    cloud.turn(101)
    cloud.turn(101.5)
    assert asked == [("lt-1", "7"), ("i-1", boot, cloud.state_dir.home, 9_001)]
    assert cloud.tagged == [("i-1", 9_001)]
    assert cloud.events == ["i-1 starts in eu-west-1a"]
    # It doesn't listen yet, so that no request is sent to it.
    assert cloud.balancer.registered == [([], {"arn:group": {"i-1"}})]
    published = json.loads(cloud.state_dir.target_health.read_text())
    assert published == {"i-1": {"state": "initial", "reason": "Elb.RegistrationInProgress"}}


def test_an_instance_that_leaves_its_group_and_is_run_by_ec2_goes_on_with_its_recorded_zone(cloud: Cloud):
    instance = cloud.add_process("healthy", zone="eu-west-1b")
    for seconds in (101, 101.5):
        cloud.turn(seconds)
    assert cloud.events == ["i-1 is detached from its group and goes on"]
    record = FleetRecord.read(cloud.state_dir.fleet_record)
    assert record is not None
    assert (record.zones, record.detached) == ({}, {"i-1": "eu-west-1b"})
    # Another controller finds it without a zone, as its group does not list it.
    instance.zone = ""
    cloud.turn(102.5)
    assert FleetRecord.read(cloud.state_dir.fleet_record) == record


def test_each_state_of_a_target_is_published_with_the_reason_that_the_api_has_for_it(cloud: Cloud):
    # Elastic Load Balancing API, TargetHealth: state and reason code.
    cloud.group.instances.append(LISTED)
    published: dict[str, str] = {}
    instance = cloud.add_process("healthy")
    states: tuple[State, ...] = ("healthy", "unhealthy", "draining")
    for state in states:
        instance.state, instance.retired_at = state, cloud.seconds
        cloud.turn(cloud.seconds)
        (found,) = json.loads(cloud.state_dir.target_health.read_text()).values()
        assert found["state"] == state
        published[state] = found["reason"]
    assert published == {
        "healthy": "",
        "unhealthy": "Target.FailedHealthChecks",
        "draining": "Target.DeregistrationInProgress",
    }


def test_the_processor_time_of_an_instance_is_that_of_user_and_system_and_none_once_it_is_gone(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    process = cloud.add_process("healthy").process
    spent: list[float] = []
    status = SimpleNamespace(healthy=True, requests=3)
    monkeypatch.setattr(cloud.balancer, "targets", constant({"": {"i-1": status}}))

    def add(_now: float, counters: Mapping[str, Any], _warming: object) -> None:
        spent.append(counters["i-1"].cpu_seconds)

    monkeypatch.setattr(cloud.controller.scaling.metrics, "add", add)
    cloud.group.instances.append(LISTED)
    monkeypatch.setattr(process, "cpu_times", constant(SimpleNamespace(user=2.0, system=0.5)))
    cloud.turn(101)

    def gone() -> None:
        raise psutil.NoSuchProcess(1)

    monkeypatch.setattr(process, "cpu_times", gone)
    cloud.turn(101.5)
    assert spent == [2.5, 0]


def test_a_controller_begins_with_the_settings_that_its_load_balancer_has_now(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    outputs = {"loadBalancerArn": "arn:balancer", "autoScalingGroup": "fleet"}
    monkeypatch.setattr(aws_queries, "read_outputs", constant(outputs))
    arns: list[str] = []

    def create(_state_dir: object, _identity: object, arn: str) -> Balancer:
        arns.append(arn)
        return cloud.balancer

    monkeypatch.setattr(reconcile_loop, "LoadBalancer", create)
    start = reconcile_loop._start_controller  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - `main` loops
    controller = start(cloud.identity, cloud.state_dir, cloud.controller)
    assert (arns, cloud.balancer.configured) == (["arn:balancer"], 1)
    assert controller.requests is cloud.controller.requests
    monkeypatch.setattr(aws_queries, "read_outputs", constant(None))
    with pytest.raises(SystemExit, match=r"the stack dev is not in http://127\.0\.0\.1:1"):
        start(cloud.identity, cloud.state_dir, None)


def test_all_instances_that_serve_are_routed_to_whatever_the_states_of_the_others(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    ids = [f"i-{number}" for number in range(7)]
    states: tuple[State, ...] = (
        *("booting", "draining", "unused", "healthy", "unhealthy", "initial"),
        "healthy",  # until it is found to be deregistered
    )
    for name, state in zip(ids, states, strict=True):
        cloud.add_process(state, retired_at=cloud.seconds).instance_id = name
        cloud.group.instances.append(ListedInstance(name, "eu-west-1a", "lt-1", "7"))
    members = frozenset(ids) - {"i-2", "i-6"}
    monkeypatch.setattr(aws_queries, "registered_targets", constant(members))
    monkeypatch.setattr(aws_queries, "running_instances", constant(frozenset(ids)))
    monkeypatch.setattr(processes, "is_port_in_use", constant(False))
    cloud.turn(100)
    ((targets, registered),) = cloud.balancer.registered
    assert [(each.instance_id, each.healthy) for each in targets] == [
        ("i-3", True),
        ("i-4", False),
        ("i-5", True),
    ]
    assert registered == {"arn:group": members}
