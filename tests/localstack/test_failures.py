"""Failures of instances, load balancer and controller: each is replaced, with hardly a failed request."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import pytest
import urllib3

from tests.suite.waiting import within

if TYPE_CHECKING:
    from localcloud.aws.clients import Api
    from tests.localstack.conftest import RunningCloud

EXAMPLE = "/api/v01/classify/1.4/0.2/5.1/3.5"
HEALTH_INTERVAL = 5
"""Health check interval in seconds, from Pulumi.dev.yaml."""


@dataclass
class ConcurrentLoad:
    """Steady stream of requests from four clients, about 110 a second, until stopped.

    They are urllib3's, which takes half the processor time of httpx for a request.
    """

    url: str
    answers: list[tuple[float, int, str]] = field(default_factory=list[tuple[float, int, str]])
    """Time, status (0 without a response) and instance of each response."""

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(4)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with urllib3.connection_from_url(self.url, timeout=10, retries=False) as client:
            while not self._over.wait(0.03):
                try:
                    answer = client.request("GET", EXAMPLE)
                    served = answer.headers.get("x-served-by", "")
                    self.answers.append((time.monotonic(), answer.status, served))
                except urllib3.exceptions.HTTPError:
                    self.answers.append((time.monotonic(), 0, ""))


def ids(status: dict[str, Any]) -> set[str]:
    return {instance["id"] for instance in status["instances"]}


def zones(status: dict[str, Any]) -> set[str]:
    return {instance["zone"] for instance in status["instances"]}


def test_an_instance_that_dies_is_replaced_in_its_zone_and_hardly_a_request_fails(
    cloud: RunningCloud, url: str
):
    before = cloud.settled_status()
    victim = before["instances"][0]
    with ConcurrentLoad(url) as load:
        assert within(60, lambda: len(load.answers) > 100)
        os.kill(victim["pid"], signal.SIGKILL)
        killed = time.monotonic()

        def replacement_serves() -> bool:
            return any(served and served not in ids(before) for _, _, served in list(load.answers))

        assert within(60, replacement_serves)
        time.sleep(max(0, killed + 2 * HEALTH_INTERVAL - time.monotonic()))
        out_since, so_far = time.monotonic(), len(load.answers)
        assert within(60, lambda: len(load.answers) > max(1_000, so_far + 100))
    failed = [status for _, status, _ in load.answers if status != 200]
    assert len(failed) < len(load.answers) / 100, failed
    assert not [1 for when, _, served in load.answers if when > out_since and served == victim["id"]]
    after = cloud.settled_status()
    assert after["up"]
    assert victim["id"] not in ids(after)
    assert len(ids(after)) == 2
    assert len(zones(after)) == 2
    story = " ".join(event["what"] for event in after["events"])
    assert f"{victim['id']} lost its process; Auto Scaling replaces it" in story


def test_an_instance_that_stops_answering_is_replaced_in_its_zone(cloud: RunningCloud):
    victim = cloud.settled_status()["instances"][0]
    os.kill(victim["pid"], signal.SIGSTOP)

    def is_replaced() -> bool:
        status = cloud.status()
        return status["up"] and victim["id"] not in ids(status)

    assert within(120, is_replaced), cloud.status()
    after = cloud.settled_status()
    assert len(zones(after)) == 2
    story = " ".join(event["what"] for event in after["events"])
    assert f"{victim['id']} failed its health checks; Auto Scaling replaces it" in story


def pid_of(cloud: RunningCloud, role: str) -> int | None:
    """Return the process id of a component; of the first zone's load balancer."""
    return next(part["pid"] for part in cloud.status()["parts"] if part["role"] == role)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_load_balancer_that_fails_is_replaced_by_the_controller(
    cloud: RunningCloud, url: str, number: signal.Signals
):
    before = cloud.settled_status()
    victim = pid_of(cloud, "balancer")
    assert victim
    with ConcurrentLoad(url) as load:
        assert within(60, lambda: len(load.answers) > 20)
        os.kill(victim, number)
        failed_at = time.monotonic()
        # The end of what the clients wait for is the first answer that was asked for afterwards.
        assert within(60, lambda: any(code == 200 for when, code, _ in load.answers if when > failed_at + 1))
    assert within(60, lambda: cloud.status()["up"])
    after = cloud.status()
    assert pid_of(cloud, "balancer") not in {None, victim}
    assert [each["pid"] for each in after["instances"]] == [each["pid"] for each in before["instances"]]
    fault = "lost its process" if number == signal.SIGKILL else "was stopped"
    zone = next(part["zone"] for part in before["parts"] if part["role"] == "balancer")
    assert f"the load balancer in {zone} {fault}; it is started again" in story(after)
    # Requests whose connections were at that one; the other zone's goes on.
    assert [part["pid"] for part in after["parts"] if part["zone"]][1:] == [
        part["pid"] for part in before["parts"] if part["zone"]
    ][1:]
    failed = sum(code != 200 for _, code, _ in load.answers)
    assert failed <= 4, [code for _, code, _ in load.answers if code != 200]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_controller_that_fails_is_started_again_and_keeps_the_instances(
    cloud: RunningCloud, number: signal.Signals
):
    before = cloud.settled_status()
    victim = pid_of(cloud, "controller")
    assert victim
    os.kill(victim, number)
    assert within(60, lambda: pid_of(cloud, "controller") not in {None, victim})
    wait_for_turn(cloud)
    assert within(60, lambda: cloud.status()["up"])
    after = cloud.status()
    assert [each["pid"] for each in after["instances"]] == [each["pid"] for each in before["instances"]]


def wait_for_turn(cloud: RunningCloud) -> None:
    """Wait until a controller that is being started has turned once, and follows what changes from now on.

    The first heartbeat is the supervisor's, and the others are at the beginning of each turn.
    """
    heartbeat = cloud.home / "controller.heartbeat"
    for _ in range(3):
        before = heartbeat.stat().st_mtime_ns
        assert within(60, lambda before=before: heartbeat.stat().st_mtime_ns != before)


def story(status: dict[str, Any]) -> str:
    return " ".join(event["what"] for event in status["events"])


def test_attributes_that_are_changed_by_api_are_followed_without_a_failed_request(
    cloud: RunningCloud, url: str, api: Api, outputs: dict[str, Any]
):
    elbv2 = api.client("elbv2")
    arn = outputs["targetGroupArn"]
    key = "load_balancing.algorithm.type"
    before = pid_of(cloud, "balancer")

    def choose(algorithm: str) -> None:
        elbv2.modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=[{"Key": key, "Value": algorithm}]
        )

    (now,) = [
        each["Value"]
        for each in elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        if each["Key"] == key
    ]
    other = "least_outstanding_requests" if now == "round_robin" else "round_robin"
    with ConcurrentLoad(url) as load:
        for algorithm in (other, now):
            choose(algorithm)
            followed = f"the load balancer follows {key}={algorithm}"
            assert within(90, lambda followed=followed: followed in story(cloud.status()))
        so_far = len(load.answers)
        assert within(60, lambda: len(load.answers) > so_far + 100)
    assert {code for _, code, _ in load.answers} == {200}
    assert pid_of(cloud, "balancer") == before


def test_unhealthy_instances_stay_while_their_replacement_is_suspended(
    cloud: RunningCloud, api: Api, outputs: dict[str, Any]
):
    autoscaling = api.client("autoscaling")
    group: str = outputs["autoScalingGroup"]
    victim = cloud.settled_status()["instances"][0]
    autoscaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["ReplaceUnhealthy"])
    try:
        os.kill(victim["pid"], signal.SIGSTOP)

        def health() -> str:
            return {each["id"]: each["health"] for each in cloud.status()["instances"]}[victim["id"]]

        assert within(120, lambda: health() == "unhealthy")
        time.sleep(2 * HEALTH_INTERVAL)
        assert health() == "unhealthy"
    finally:
        os.kill(victim["pid"], signal.SIGCONT)
        recovered = within(120, lambda: health() == "healthy")
        # Auto Scaling has marked it, and would replace it now.
        autoscaling.set_instance_health(InstanceId=victim["id"], HealthStatus="Healthy")
        autoscaling.resume_processes(AutoScalingGroupName=group, ScalingProcesses=["ReplaceUnhealthy"])
    assert recovered
    assert victim["pid"] in [each["pid"] for each in cloud.status()["instances"]]
