"""Target health that the controller publishes, and the instances that it has replaced."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

import pytest
from botocore.exceptions import EndpointConnectionError

from localcloud import processes
from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.controller import aws_queries, instances, reconcile_loop
from localcloud.controller.aws_queries import GroupDescription, GroupPolicies, ListedInstance
from localcloud.controller.reconcile_loop import Controller
from localcloud.controller.scaling.fleet_scaling import FleetScaling
from localcloud.controller.scaling.target_tracking import CapacityLimits
from localcloud.controller.stack_record import FleetRecord
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.load_balancer import balancer
from localcloud.load_balancer.balancer import LoadBalancer
from localcloud.load_balancer.description import LoadBalancerDescription
from localcloud.load_balancer.envoy_config import TargetStatus
from localcloud.state_dir import StateDir
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import psutil

GROUP: Final = GroupDescription(
    name="fleet",
    instances=[ListedInstance("i-1", "eu-west-1a", "lt-1", "1")],
    desired=1,
    limits=CapacityLimits(minimum=1, maximum=1),
    grace_period=0,
    warm_up=0,
)

DESCRIPTION: Final = LoadBalancerDescription(
    load_balancer_attributes={},
    target_group={},
    target_group_attributes={"deregistration_delay.timeout_seconds": "0"},
    rules=[],
)


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[StateDir]:
    """Folder of a local cloud with one instance, which listens."""
    state_dir = StateDir(tmp_path)
    state_dir.balancer.mkdir()
    write_credentials(state_dir.key_file, generate_credentials())
    port = processes.find_free_port()
    process = processes.start(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        home=state_dir.home,
        role="instance",
        log=state_dir.logs / "i-1.log",
        environment={instances.INSTANCE_ID: "i-1", instances.PORT: str(port)},
        folder=tmp_path,
    )
    deadline = time.monotonic() + 30
    while not processes.is_port_in_use(port):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield state_dir
    processes.stop([process])


def constant(answer: object) -> Callable[..., object]:
    """Return a function of any arguments that always gives this answer."""

    def respond(*_: object) -> object:
        return answer

    return respond


class Surroundings:
    """Auto Scaling and the health checks of the load balancer, around controllers of one group."""

    def __init__(self, state_dir: StateDir, monkeypatch: pytest.MonkeyPatch) -> None:
        self.replaced: list[str] = []
        self.statuses: dict[str, TargetStatus] = {}
        self._state_dir = state_dir
        answers: dict[tuple[object, str], object] = {
            (aws_queries, "describe_policies"): GroupPolicies([], []),
            (aws_queries, "describe_group"): GROUP,
            (aws_queries, "registered_targets"): frozenset({"i-1"}),
            (balancer, "describe_load_balancer"): DESCRIPTION,
            (LoadBalancer, "targets"): {"": self.statuses},
        }
        for (place, name), answer in answers.items():
            monkeypatch.setattr(place, name, constant(answer))
        monkeypatch.setattr(aws_queries, "mark_unhealthy", self._mark_unhealthy)

    def _mark_unhealthy(self, _: object, instance_id: str) -> None:
        self.replaced.append(instance_id)

    def start_controller(self) -> Controller:
        identity = Identity(
            stack="dev",
            region="eu-west-1",
            endpoint="http://127.0.0.1:1",
            balancer_url="",
            key_file=str(self._state_dir.key_file),
        )
        return Controller(identity, self._state_dir, "fleet", LoadBalancer(self._state_dir, identity, "arn"))

    def report(self, *, healthy: bool | None) -> None:
        self.statuses["i-1"] = TargetStatus(healthy=healthy, requests=0)

    @property
    def home(self) -> Path:
        return self._state_dir.home

    @property
    def published(self) -> str:
        return json.loads(self._state_dir.target_health.read_text())["i-1"]["state"]

    @property
    def events(self) -> list[str]:
        return [event.what for event in EventLog(self._state_dir.events).last(10)]


@pytest.fixture
def surroundings(state_dir: StateDir, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    return Surroundings(state_dir, monkeypatch)


# Envoy reports no health before its first check of a target, after a restart as well (HostHealthStatus,
# pending_active_hc).
def test_an_instance_stays_healthy_until_a_restarted_load_balancer_has_checked_it(surroundings: Surroundings):
    controller = surroundings.start_controller()
    published: list[str] = []
    # The first one as after a restart of the controller too, which finds a running instance.
    for healthy in (None, True, None, True, False):
        surroundings.report(healthy=healthy)
        controller.reconcile()
        published.append(surroundings.published)
        assert surroundings.replaced == (["i-1"] if healthy is False else [])
    assert published == ["initial", "healthy", "healthy", "healthy", "unhealthy"]


def test_another_controller_knows_the_health_of_the_instances_and_repeats_no_event(
    surroundings: Surroundings,
):
    surroundings.report(healthy=True)
    surroundings.start_controller().reconcile()
    assert surroundings.events == ["i-1 is healthy and receives requests"]
    for healthy in (None, True):
        surroundings.report(healthy=healthy)
        surroundings.start_controller().reconcile()
        assert surroundings.published == "healthy"
    assert surroundings.events == ["i-1 is healthy and receives requests"]


def test_health_checks_of_the_load_balancer_replace_an_instance_only_if_the_group_says_so(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(aws_queries, "describe_group", constant(replace(GROUP, checks_targets=False)))
    controller = surroundings.start_controller()
    for healthy in (True, False):
        surroundings.report(healthy=healthy)
        controller.reconcile()
    assert surroundings.published == "unhealthy"
    assert surroundings.replaced == []


# EC2 Auto Scaling replaces neither an instance in standby nor one whose replacement is suspended.
@pytest.mark.parametrize(
    "group",
    [
        replace(GROUP, suspended=frozenset({"HealthCheck"})),
        replace(GROUP, instances=[replace(GROUP.instances[0], lifecycle_state="Standby")]),
    ],
)
def test_the_process_of_an_instance_that_was_stopped_ends_and_begins_anew_when_it_is_started(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch, group: GroupDescription
):
    running: set[str] = set()
    launched: list[str] = []
    monkeypatch.setattr(aws_queries, "describe_group", constant(group))
    monkeypatch.setattr(reconcile_loop, "DEREGISTRATION_LEAD", 0)

    def running_instances(*_: object) -> frozenset[str]:
        return frozenset(running)

    def launch(_: Controller, instance: ListedInstance) -> None:
        launched.append(instance.instance_id)

    monkeypatch.setattr(aws_queries, "running_instances", running_instances)
    monkeypatch.setattr(Controller, "_launch", launch)
    controller = surroundings.start_controller()
    surroundings.report(healthy=True)

    def has_ended() -> bool:
        controller.reconcile()
        return not processes.find(surroundings.home)

    until(has_ended)
    assert surroundings.events[-1] == "i-1 is deregistered"
    controller.reconcile()
    assert launched == surroundings.replaced == []
    running.add("i-1")
    controller.reconcile()
    assert launched == ["i-1"]


class CountedReads:
    """Answers about the group, of which each that is read is counted."""

    def __init__(self) -> None:
        self.group = GROUP
        self.number = 0

    def __call__(self, *_: object) -> GroupDescription:
        self.number += 1
        return self.group


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> CountedReads:
    reads = CountedReads()
    monkeypatch.setattr(aws_queries, "describe_group", reads)
    return reads


def test_the_group_is_read_again_only_after_a_change_is_marked(
    surroundings: Surroundings, state_dir: StateDir, reads: CountedReads
):
    state_dir.control_plane.mkdir()
    marks = state_dir.control_plane / "changes"
    marks.touch()
    controller = surroundings.start_controller()
    surroundings.report(healthy=True)
    for size in (1, 2, 3):
        with marks.open("ab") as file:
            file.write(b".")
        reads.group = replace(GROUP, desired=size)
        for _ in range(5):
            controller.reconcile()
        assert reads.number == size
        record = FleetRecord.read(state_dir.fleet_record)
        assert record is not None
        assert record.desired == size


def test_the_group_of_a_localstack_without_the_plugins_is_read_in_each_turn(
    surroundings: Surroundings, reads: CountedReads
):
    controller = surroundings.start_controller()
    surroundings.report(healthy=True)
    for turn in range(1, 6):
        controller.reconcile()
        assert reads.number == turn


class Clock:
    """Clock of the reconcile loop, which stands still until a test sets it forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._began = time.monotonic(), time.time()
        self._forward = 0.0
        monkeypatch.setattr(reconcile_loop, "time", SimpleNamespace(monotonic=self.monotonic, time=self.time))

    def monotonic(self) -> float:
        return self._began[0] + self._forward

    def time(self) -> float:
        return self._began[1] + self._forward

    def set(self, seconds: float) -> None:
        """Set it to this time since the beginning of the test."""
        self._forward = seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Clock of a controller that publishes no metrics."""
    monkeypatch.setattr(FleetScaling, "turn", constant(None))
    return Clock(monkeypatch)


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Signals that processes would have got."""
    sent: list[str] = []

    def record(name: str) -> Callable[[psutil.Process], None]:
        return lambda _process: sent.append(name)

    monkeypatch.setattr(processes, "terminate", record("SIGTERM"))
    monkeypatch.setattr(processes, "kill", record("SIGKILL"))
    return sent


def kill_all(surroundings: Surroundings) -> None:
    found = [each.process for each in processes.find(surroundings.home)]
    for process in found:
        process.kill()
    # Without an environment, which a process that ends loses first, it would be found no more.
    until(lambda: not any(map(processes.is_alive, found)))


class Answer:
    """Function of any arguments, whose answer a test changes."""

    def __init__(self, now: object) -> None:
        self.now = now

    def __call__(self, *_: object) -> object:
        return self.now


def test_an_instance_that_leaves_its_group_has_the_deregistration_delay_to_finish_its_requests(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch, clock: Clock, signals: list[str]
):
    attributes = {"deregistration_delay.timeout_seconds": "60"}
    described = replace(DESCRIPTION, target_group_attributes=attributes)
    monkeypatch.setattr(balancer, "describe_load_balancer", constant(described))
    monkeypatch.setattr(aws_queries, "describe_group", constant(replace(GROUP, instances=[])))
    monkeypatch.setattr(aws_queries, "running_instances", constant(frozenset[str]()))
    surroundings.report(healthy=True)
    controller = surroundings.start_controller()
    sent_by: dict[float, list[str]] = {}
    for seconds in (0, 1, 3, 30, 61, 63):
        clock.set(seconds)
        controller.reconcile()
        sent_by[seconds] = [*signals]
    # The load balancer stops sending to it within two seconds, before it is told to end.
    assert sent_by == {
        0: [],
        1: [],
        3: ["SIGTERM"],
        30: ["SIGTERM"],
        61: ["SIGTERM"],
        63: ["SIGTERM", "SIGKILL"],
    }


def test_an_unhealthy_instance_that_leaves_its_group_is_killed_at_once(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch, signals: list[str]
):
    group = Answer(GROUP)
    monkeypatch.setattr(aws_queries, "describe_group", group)
    monkeypatch.setattr(aws_queries, "running_instances", constant(frozenset[str]()))
    controller = surroundings.start_controller()
    for healthy in (True, False):
        surroundings.report(healthy=healthy)
        controller.reconcile()
    assert signals == []
    group.now = replace(GROUP, instances=[])
    controller.reconcile()
    assert signals == ["SIGKILL"]


def test_an_instance_that_dies_while_it_boots_is_replaced_only_after_seconds(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch, clock: Clock
):
    # A bad archive would be launched again and again, as fast as the machine can.
    monkeypatch.setattr(aws_queries, "describe_group", constant(replace(GROUP, grace_period=600)))
    monkeypatch.setattr(Controller, "_launch", constant(None))
    controller = surroundings.start_controller()
    kill_all(surroundings)
    controller.reconcile()
    assert surroundings.replaced == []
    clock.set(60)
    controller.reconcile()
    assert surroundings.replaced == ["i-1"]


@pytest.mark.parametrize("process", ["HealthCheck", "none"])
def test_an_instance_without_a_process_is_reported_unless_health_checks_are_suspended(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch, process: str
):
    # EC2 Auto Scaling user guide, "Suspend and resume Amazon EC2 Auto Scaling processes".
    group = replace(GROUP, suspended=frozenset({process}))
    monkeypatch.setattr(aws_queries, "describe_group", constant(group))
    monkeypatch.setattr(aws_queries, "running_instances", constant(frozenset({"i-1"})))
    monkeypatch.setattr(Controller, "_launch", constant(None))
    controller = surroundings.start_controller()
    surroundings.report(healthy=True)
    controller.reconcile()
    kill_all(surroundings)
    controller.reconcile()
    assert surroundings.replaced == ([] if process == "HealthCheck" else ["i-1"])


def test_a_target_that_is_registered_again_has_the_time_of_its_first_checks(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch, clock: Clock
):
    # Two checks, five seconds apart, have to fail (ELB user guide, "Health checks for your target groups").
    checks = {"HealthCheckIntervalSeconds": 5, "UnhealthyThresholdCount": 2}
    monkeypatch.setattr(
        balancer, "describe_load_balancer", constant(replace(DESCRIPTION, target_group=checks))
    )
    registered = Answer(frozenset({"i-1"}))
    monkeypatch.setattr(aws_queries, "registered_targets", registered)
    controller = surroundings.start_controller()
    surroundings.report(healthy=True)
    controller.reconcile()
    surroundings.report(healthy=False)
    registered.now = frozenset[str]()
    controller.reconcile()
    assert (surroundings.published, surroundings.replaced) == ("unused", [])
    registered.now = frozenset({"i-1"})
    for seconds, replaced in ((3_600, []), (3_608, []), (3_611, ["i-1"])):
        clock.set(seconds)
        controller.reconcile()
        assert surroundings.replaced == replaced


def test_requests_while_no_load_balancer_answers_belong_to_the_datapoint_after_it(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch, clock: Clock
):
    controller = surroundings.start_controller()
    surroundings.report(healthy=True)
    controller.reconcile()
    with monkeypatch.context() as silent:
        silent.setattr(LoadBalancer, "targets", constant({}))
        for seconds in (5, 11):
            clock.set(seconds)
            controller.reconcile()
    assert not controller.scaling.metrics.datapoints
    surroundings.statuses["i-1"] = TargetStatus(healthy=True, requests=100)
    clock.set(12)
    controller.reconcile()
    (datapoint,) = controller.scaling.metrics.datapoints
    assert (datapoint.requests, datapoint.instances) == (100, 1)
    assert datapoint.seconds == pytest.approx(12)


def test_an_instance_in_a_lost_zone_dies_and_is_replaced_elsewhere(
    surroundings: Surroundings, state_dir: StateDir, monkeypatch: pytest.MonkeyPatch, signals: list[str]
):
    launched: list[str] = []

    def launch(_: Controller, instance: ListedInstance) -> None:
        launched.append(instance.instance_id)

    # One has started in the zone, the other one would.
    new = replace(GROUP.instances[0], instance_id="i-2")
    elsewhere = replace(new, instance_id="i-3", zone="eu-west-1b")
    group = replace(GROUP, instances=[*GROUP.instances, new, elsewhere])
    monkeypatch.setattr(aws_queries, "describe_group", constant(group))
    monkeypatch.setattr(Controller, "_launch", launch)
    state_dir.lost_zones.write_text('["eu-west-1a"]')
    surroundings.report(healthy=True)
    surroundings.start_controller().reconcile()
    assert (signals, surroundings.replaced, launched) == (["SIGKILL"], ["i-2"], ["i-3"])
    assert "i-2 is in eu-west-1a, which is lost; Auto Scaling replaces it" in surroundings.events


def test_an_attached_instance_without_a_launch_template_gets_no_process(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
):
    attached = replace(GROUP.instances[0], instance_id="i-2", template_id=None)
    group = replace(GROUP, instances=[*GROUP.instances, attached])
    monkeypatch.setattr(aws_queries, "describe_group", constant(group))
    surroundings.report(healthy=True)
    surroundings.start_controller().reconcile()
    assert [each.environment["IRIS_INSTANCE_ID"] for each in processes.find(surroundings.home)] == ["i-1"]


def test_the_metrics_of_a_fleet_outlive_its_localstack(surroundings: Surroundings, state_dir: StateDir):
    before = surroundings.start_controller()
    identity = Identity("dev", "eu-west-1", "http://127.0.0.1:1", "", str(state_dir.key_file))
    after = Controller(identity, state_dir, "fleet", LoadBalancer(state_dir, identity, "arn"), before)
    assert after.scaling.metrics is before.scaling.metrics
    assert after.requests is before.requests


class Turns:
    """Parts of the reconcile loop, whose calls are noted, and which ends after some turns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *available: bool) -> None:
        self.calls: list[str] = []
        self.error: Exception | None = None
        self.interval = 0.25
        self.load_balancer_arn = "arn"
        self._available = list(available)

        def create(*_: object) -> Turns:
            return self

        def start_controller(_identity: object, _state_dir: object, before: Turns | None) -> Turns:
            self.calls.append("another controller" if before else "controller")
            return self

        for name in ("BalancerWatch", "ControlPlaneGuard"):
            monkeypatch.setattr(reconcile_loop, name, create)
        monkeypatch.setattr(reconcile_loop, "FirewallControl", constant(_Firewall(self.calls)))
        monkeypatch.setattr(reconcile_loop, "_start_controller", start_controller)
        handlers = SimpleNamespace(SIGCHLD=0, SIGTERM=0, SIG_IGN=0, signal=constant(None))
        monkeypatch.setattr(reconcile_loop, "signal", handlers)
        monkeypatch.setattr(reconcile_loop, "time", SimpleNamespace(sleep=self._sleep))

    def start(self) -> None:
        pass

    def is_available(self) -> bool:
        return self._available.pop(0)

    def reconcile(self) -> None:
        self.calls.append("fleet")
        if self.error:
            raise self.error

    def _sleep(self, seconds: float) -> None:
        assert seconds == 0.25
        if not self._available:
            raise SystemExit


class _Firewall:
    def __init__(self, calls: list[str]) -> None:
        self._calls = calls

    def reconcile(self, arn: str) -> None:
        assert arn == "arn"
        self._calls.append("firewall")

    def heal(self) -> None:
        self._calls.append("heals the firewall")


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateDir:
    state_dir = StateDir(tmp_path)
    write_credentials(state_dir.key_file, generate_credentials())
    state_dir.deployed.touch()
    key = str(state_dir.key_file)
    identity = Identity("dev", "eu-west-1", "http://127.0.0.1:1", "http://127.0.0.1:2", key)
    for name, value in {**identity.environment(), processes.HOME: str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    return state_dir


def test_while_localstack_is_lost_only_the_firewall_is_healed_and_then_the_stack_is_read_again(
    deployed: StateDir, monkeypatch: pytest.MonkeyPatch
):
    turns = Turns(monkeypatch, True, True, False, False, True)
    with pytest.raises(SystemExit):
        reconcile_loop.main()
    # The load balancer asks the firewall as soon as it has a web ACL.
    assert turns.calls == [
        *("controller", "firewall", "fleet"),
        *("firewall", "fleet"),
        *("heals the firewall", "heals the firewall"),
        *("another controller", "firewall", "fleet"),
    ]
    assert deployed.heartbeat.exists()


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), ProcessLookupError("gone")]
)
@pytest.mark.usefixtures("deployed")
def test_a_turn_that_fails_is_followed_by_the_next_one(monkeypatch: pytest.MonkeyPatch, error: Exception):
    turns = Turns(monkeypatch, True, True)
    turns.error = error
    with pytest.raises(SystemExit):
        reconcile_loop.main()
    assert turns.calls.count("fleet") == 2
