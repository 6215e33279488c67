"""A real Envoy that follows the description of its load balancer, and that is replaced when it fails."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from dataclasses import replace
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import httpx
import pytest

from localcloud import processes
from localcloud.environment import Identity
from localcloud.health_probe import NO_CERTIFICATES
from localcloud.load_balancer import balancer, zonal_envoy
from localcloud.load_balancer import envoy as envoy_program
from localcloud.load_balancer.balancer import LoadBalancer
from localcloud.load_balancer.envoy import EnvoyAdmin
from localcloud.load_balancer.envoy_config import EnvoyFiles, EnvoyTarget
from localcloud.load_balancer.envoy_probes import OUTDATED, PROBE_INTERVAL
from localcloud.load_balancer.firewall.definition import Definition
from localcloud.load_balancer.response_counters import sum_of_responses
from localcloud.load_balancer.routing.forwarding import TargetGroup
from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError
from localcloud.state_dir import StateDir, replace_text
from tests.localcloud.load_balancer.firewall.acls import acl, contains
from tests.localcloud.load_balancer.firewall.acls import rule as rule_of_acl
from tests.localcloud.load_balancer.firewall.running import Received, RunningFirewall
from tests.localcloud.load_balancer.routing.test_envoy_routes import Echo, rule, wait_for
from tests.localcloud.load_balancer.test_description import DESCRIPTION
from tests.localcloud.load_balancer.test_envoy_config import TARGET_GROUP
from tests.suite.waiting import until, waits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psutil

    from localcloud.load_balancer.description import LoadBalancerDescription
    from localcloud.load_balancer.response_counters import ResponseCounters


class Described:
    """The AWS API's part: the description that it gives now."""

    def __init__(self) -> None:
        self.now = DESCRIPTION

    def __call__(self, *_: object) -> LoadBalancerDescription:
        return self.now


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> Described:
    described = Described()
    monkeypatch.setattr(balancer, "describe_load_balancer", described)
    return described


@pytest.fixture
def target() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def running(described: Described, target: int, tmp_path: Path) -> Iterator[LoadBalancer]:
    """A load balancer in front of one target, which forwards requests."""
    identity = Identity(
        stack="dev",
        region="eu-west-1",
        endpoint="http://127.0.0.1:1",
        balancer_url=f"http://127.0.0.1:{processes.find_free_port()}",
        key_file=str(tmp_path / "key"),
    )
    (tmp_path / "key").write_text("[default]\naws_access_key_id = AKIA\naws_secret_access_key = none\n")
    state_dir = StateDir(tmp_path)
    load_balancer = LoadBalancer(state_dir, identity, "arn")
    assert load_balancer.description == described.now
    load_balancer.configure()
    load_balancer.register([EnvoyTarget("i-1", target)])
    load_balancer.start()
    wait_for(url(load_balancer))
    assert [each.zone for each in load_balancer.envoys] == [""]
    yield load_balancer
    load_balancer.close()
    processes.stop([found.process for found in processes.find(tmp_path)])


def url(load_balancer: LoadBalancer, path: str = "/api") -> str:
    return f"http://127.0.0.1:{load_balancer.port}{path}"


def envoy(folder: Path) -> psutil.Process:
    (found,) = processes.find(folder)
    return found.process


def status(load_balancer: LoadBalancer, path: str = "/api") -> int:
    return httpx.get(
        url(load_balancer, path), trust_env=False, timeout=20, verify=NO_CERTIFICATES
    ).status_code


def test_a_new_listener_rule_holds_without_a_restart(
    running: LoadBalancer, described: Described, tmp_path: Path
):
    process = envoy(tmp_path)
    assert status(running, "/hidden") == 200
    described.now = replace(DESCRIPTION, rules=[rule("/hidden")])
    assert running.follow() == ["listener rules=1"]
    until(lambda: status(running, "/hidden") == 404)
    assert status(running, "/other") == 200
    described.now = DESCRIPTION
    assert running.follow() == ["listener rules=0"]
    until(lambda: status(running, "/hidden") == 200)
    assert envoy(tmp_path) == process


def test_no_request_fails_while_rules_and_the_default_action_change_to_new_target_groups(
    running: LoadBalancer, described: Described, target: int
):
    first, second, third = (
        TargetGroup(
            {**TARGET_GROUP, "TargetGroupArn": f"arn:targetgroup/{name}/{name}"},
            DESCRIPTION.target_group_attributes,
        )
        for name in ("first", "second", "third")
    )
    running.register([EnvoyTarget("i-1", target)], {"": {"i-1"}})
    with ConstantLoad(url(running)) as load:
        for settings in (
            {"others": {arn(first): first}, "rules": [forward_to(first)]},
            {"others": {arn(second): second}, "rules": [forward_to(second)]},
            {"target_group": third.settings},
        ):
            described.now = replace(DESCRIPTION, **settings)
            assert running.follow(lambda _arn: {"i-1"})
            so_far = len(load.statuses)
            until(lambda so_far=so_far: len(load.statuses) > so_far + 100)
    assert set(load.statuses) == {200}


def test_no_request_fails_while_a_web_acl_is_associated_and_disassociated(
    running: LoadBalancer, described: Described, tmp_path: Path
):
    firewall = RunningFirewall(tmp_path, running.port, Received())
    firewall.files.folder.mkdir()
    firewall.define(Definition(acl(rule_of_acl("a", contains("attack")))))
    firewall.start()
    try:
        until(firewall.files.socket.exists)
        attack = "/attack"
        with ConstantLoad(url(running)) as load:
            for has_web_acl in (True, False, True, False):
                described.now = replace(DESCRIPTION, has_web_acl=has_web_acl)
                running.follow()
                expected = 403 if has_web_acl else 200
                until(lambda expected=expected: status(running, attack) == expected)
                so_far = len(load.statuses)
                until(lambda so_far=so_far: len(load.statuses) > so_far + 20)
        assert set(load.statuses) == {200}
    finally:
        firewall.stop()


def arn(group: TargetGroup) -> str:
    return group.settings["TargetGroupArn"]


def forward_to(group: TargetGroup) -> dict[str, Any]:
    return rule("/api") | {"Actions": [{"Type": "forward", "TargetGroupArn": arn(group)}]}


class ConstantLoad:
    """Client that sends one request after another."""

    def __init__(self, address: str) -> None:
        self.statuses: list[int] = []
        self._address = address
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _send(self) -> None:
        with httpx.Client(trust_env=False, verify=NO_CERTIFICATES) as client:
            while not self._over.is_set():
                self.statuses.append(client.get(self._address).status_code)


def test_a_change_that_can_not_be_written_is_applied_the_next_time(
    running: LoadBalancer, described: Described, monkeypatch: pytest.MonkeyPatch
):
    described.now = replace(DESCRIPTION, rules=[rule("/hidden")])

    def fail(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(zonal_envoy, "replace_text", fail)
        with pytest.raises(OSError, match="no space left"):
            running.follow()
    assert running.follow() == ["listener rules=1"]
    until(lambda: status(running, "/hidden") == 404)


def test_another_algorithm_and_health_check_hold_without_a_restart_or_a_failed_request(
    running: LoadBalancer, described: Described, tmp_path: Path
):
    process = envoy(tmp_path)
    described.now = replace(
        DESCRIPTION,
        target_group={**TARGET_GROUP, "HealthCheckPath": "/livez"},
        target_group_attributes={"load_balancing.algorithm.type": "least_outstanding_requests"},
    )
    assert running.follow() == [
        "load_balancing.algorithm.type=least_outstanding_requests",
        "HealthCheckPath=/livez",
    ]

    def is_followed() -> bool:
        assert status(running, "/api") == 200
        transport = httpx.HTTPTransport(
            uds=str(EnvoyFiles(tmp_path / "balancer").admin), verify=NO_CERTIFICATES
        )
        with httpx.Client(transport=transport, base_url="http://envoy") as admin:
            dump = json.dumps(admin.get("/config_dump").json())
        return "choice_count" in dump and '"/livez"' in dump

    until(is_followed)
    assert envoy(tmp_path) == process


def test_responses_are_counted_by_their_class_and_time(running: LoadBalancer):
    def responses() -> ResponseCounters:
        return sum_of_responses(running.responses().values())

    before = responses()
    for _ in range(3):
        assert status(running) == 200
    # Envoy merges the durations every five seconds.
    until(lambda: responses().count >= before.count + 3)
    found = responses().since(before)
    assert found.by_class["2"] == 3
    assert found.seconds < 30


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_without_a_request_it_hardly_wakes_up(running: LoadBalancer, tmp_path: Path):
    assert status(running) == 200
    process = envoy(tmp_path)
    before, began = waits(process.pid), time.monotonic()
    time.sleep(3)
    # Its health checks and statistics; with Envoy's default watchdogs, they are 30 a second.
    assert (waits(process.pid) - before) / (time.monotonic() - began) < 13


def test_without_a_change_nothing_is_written(running: LoadBalancer, tmp_path: Path):
    files = EnvoyFiles(tmp_path / "balancer")
    before = files.listeners.stat().st_ino
    assert running.follow() == []
    assert files.listeners.stat().st_ino == before


def test_an_unsupported_rule_changes_nothing_and_is_reported_once(
    running: LoadBalancer, described: Described
):
    login = rule("/old")
    login["Actions"] = [{"Type": "authenticate-cognito"}, *login["Actions"]]
    described.now = replace(DESCRIPTION, rules=[login])
    with pytest.raises(UnsupportedRuleError, match="actions of authenticate-cognito"):
        running.follow()
    assert running.follow() == []
    assert status(running, "/old") == 200


@pytest.mark.parametrize(
    ("number", "fault"), [(signal.SIGKILL, "lost its process"), (signal.SIGSTOP, "was stopped")]
)
def test_one_that_is_killed_or_stopped_is_replaced(
    running: LoadBalancer, tmp_path: Path, number: signal.Signals, fault: str
):
    first = envoy(tmp_path)
    assert running.envoys[0].heal() is None
    first.send_signal(number)
    until(lambda: not processes.is_alive(first) or processes.is_stopped(first))
    assert running.envoys[0].heal() == fault
    assert not processes.is_alive(first)
    wait_for(url(running))
    assert running.envoys[0].heal() is None
    assert envoy(tmp_path) != first


def test_one_that_does_not_answer_is_replaced(
    running: LoadBalancer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = envoy(tmp_path)
    first.suspend()

    def is_stopped(_: psutil.Process) -> bool:  # as one that hangs, which the system shows as running
        return False

    monkeypatch.setattr(processes, "is_stopped", is_stopped)
    monkeypatch.setattr(zonal_envoy, "START_TIME", 0)
    assert running.targets() == {}
    until(lambda: running.envoys[0].heal() == "did not answer", 30)
    assert envoy(tmp_path) != first
    wait_for(url(running))
    assert list(running.targets()) == [""]


def test_one_that_does_not_follow_its_files_is_replaced_by_one_that_does(
    running: LoadBalancer, tmp_path: Path
):
    first, files = envoy(tmp_path), running.envoys[0].files
    until(lambda: running.envoys[0].heal() is None and running.targets())
    content = json.loads(files.clusters.read_text())
    content["version_info"] = "newer"
    # In place, of which Envoy is not told: it watches for files that are moved there.
    files.clusters.write_text(json.dumps(content))
    until(lambda: running.envoys[0].heal() == "was out of date (clusters)", 10)
    assert not processes.is_alive(first)
    wait_for(url(running))
    until(lambda: running.envoys[0].heal() is None and running.targets())
    assert envoy(tmp_path) != first


def test_one_that_refuses_a_file_goes_on_with_the_file_of_before(running: LoadBalancer, tmp_path: Path):
    first, files = envoy(tmp_path), running.envoys[0].files
    replace_text(files.clusters, '{"version_info": "broken", "resources": [{"@type": "none"}]}')
    admin = EnvoyAdmin(files)
    until(lambda: (found := admin.followed()) and found.rejected)
    admin.close()
    probes = time.monotonic() + 2 * OUTDATED * PROBE_INTERVAL
    until(lambda: running.envoys[0].heal() is not None or time.monotonic() > probes)
    assert envoy(tmp_path) == first
    assert status(running, "/") == 200


def test_one_of_another_binary_is_replaced_once(
    running: LoadBalancer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = envoy(tmp_path)
    # Installed meanwhile; none that can really be installed would differ from the one that runs.
    monkeypatch.setattr(envoy_program, "installed_version", lambda: "0/99.0.0/Clean/RELEASE/BoringSSL")
    until(lambda: running.envoys[0].heal() == "was out of date (binary)", 10)
    second = envoy(tmp_path)
    assert second != first
    wait_for(url(running))
    probes = time.monotonic() + 2 * OUTDATED * PROBE_INTERVAL
    until(lambda: running.envoys[0].heal() is not None or time.monotonic() > probes)
    assert envoy(tmp_path) == second


def test_one_that_another_process_has_started_is_adopted(running: LoadBalancer, tmp_path: Path):
    first = envoy(tmp_path)
    identity = Identity("dev", "eu-west-1", "http://127.0.0.1:1", url(running, ""), str(tmp_path / "key"))
    other = LoadBalancer(StateDir(tmp_path), identity, "arn")
    assert other.envoys[0].heal() is None
    assert envoy(tmp_path) == first
    other.close()
