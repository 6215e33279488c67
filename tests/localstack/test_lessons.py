"""Lessons on the running cloud, shortened: their figures are real, and everything is put back."""

from __future__ import annotations

import signal
import subprocess
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from localcloud.state_dir import StateDir
from scripts.local.lessons.ideas import api as api_lesson
from scripts.local.lessons.ideas import balancer, compression, firewall, health, intrusion, service
from scripts.local.lessons.ideas.scaling import elasticity
from scripts.local.lessons.ideas.scaling.target_tracking import HIGH_RATE, LOW_RATE, needed
from scripts.local.lessons.stage import Stage, StageError
from tests.localstack.conftest import IRIS
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.aws.clients import Api
    from tests.localstack.conftest import RunningCloud


@pytest.fixture
def stage(cloud: RunningCloud) -> Iterator[Stage]:
    stage = Stage(StateDir(cloud.home.resolve()), lambda _: None, pace=0.2)
    try:
        yield stage
    finally:
        stage.close()


def test_the_model_as_a_service_answers_as_in_this_process_by_all_three_ways(stage: Stage):
    assert all(it.equal == it.asked > 0 for it in service.measure(stage))
    statuses = [it.status for it in api_lesson.measure(stage)]
    assert statuses == [200, 200, 200, 200, 204, 405, 405]


def test_compression_makes_the_answer_smaller_in_each_encoding(stage: Stage):
    plain, *compressed = compression.measure(stage)
    assert [it.received for it in compressed] == ["gzip", "br", "zstd"]
    assert all(it.bytes < plain.bytes / 4 for it in compressed)


def test_the_health_checks_are_those_of_the_instances(stage: Stage, cloud: RunningCloud):
    instances = {it["id"] for it in cloud.settled_status()["instances"]}
    found = health.measure(stage)
    assert {it.instance for it in found.instances} == instances
    assert {(it.live, it.ready) for it in found.instances} == {(200, 200)}


def test_attacks_are_noticed_then_blocked_and_the_rules_are_restored(
    cloud: RunningCloud, api: Api, outputs: dict[str, Any]
):
    def rules() -> Any:
        found = api.client("wafv2").get_web_acl_for_resource(ResourceArn=outputs["loadBalancerArn"])
        return found.get("WebACL", {}).get("Rules")

    before = rules()
    for lesson in (intrusion, firewall):
        stage = Stage(StateDir(cloud.home.resolve()), lambda _: None)
        try:
            figures: Any = lesson.measure(stage)
        finally:
            stage.close()
        assert rules() == before
        if lesson is intrusion:
            assert (figures.noticed, figures.blocked, figures.false_alarms) == (figures.attacks, 0, 0)
        else:
            assert {it.blocking for it in figures if it.is_attack} == {HTTPStatus.FORBIDDEN}
            assert {it.blocking for it in figures if not it.is_attack} == {HTTPStatus.OK}


def test_the_death_of_a_load_balancers_node_is_survived(stage: Stage):
    found = balancer.measure(stage)
    assert found.repaired is not None
    assert found.requests > 20
    # At most those in flight at the node that died.
    assert found.bad <= 4


def test_the_fleet_grows_and_shrinks_with_the_load_to_the_sizes_of_the_arithmetic_without_a_failed_request(
    cloud: RunningCloud,
):
    # In real time, since the alarms of target tracking have theirs: 3 datapoints to grow, 15 to shrink.
    stage = Stage(StateDir(cloud.home.resolve()), lambda _: None)
    try:
        found = elasticity.measure(stage)
    finally:
        stage.close()
    # 540 and 3,240 requests a minute by 600 for each instance: 1, but two at least, and 5.4.
    assert (needed(LOW_RATE), needed(HIGH_RATE)) == (2, 6)
    assert (found.up[0].healthy, found.up[-1].healthy, found.down[-1].healthy) == (2, 6, 2)
    assert max(it.healthy for it in found.moments) == 6
    assert sum(it.per_minute for it in found.moments) > 0
    assert sum(it.bad for it in found.moments) == 0


def test_a_second_lesson_is_refused_until_the_end_of_the_first_one(stage: Stage):
    with pytest.raises(StageError, match="another lesson runs on this cloud"):
        Stage(stage.state_dir, lambda _: None)
    stage.close()
    Stage(stage.state_dir, lambda _: None).close()


def test_ctrl_c_puts_a_stopped_instance_back(cloud: RunningCloud):
    pids = [it["pid"] for it in cloud.settled_status()["instances"]]
    with subprocess.Popen(
        [IRIS, "lesson", "unhealthy", "--pace", "0.1", "--home", str(cloud.home)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stderr
        while "Stopping" not in started.stderr.readline():
            assert started.poll() is None
        until(lambda: "stopped" in {psutil.Process(pid).status() for pid in pids})
        started.send_signal(signal.SIGINT)
        assert started.wait(60) == 130
    assert "stopped" not in {psutil.Process(pid).status() for pid in pids}
    assert cloud.status()["up"]
