"""Turns of target tracking: the size of the group, the states of the alarms, and what is published."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from localcloud.aws.clients import Api
from localcloud.controller import aws_queries
from localcloud.controller.aws_queries import GroupDescription, GroupPolicies, ListedInstance
from localcloud.controller.scaling import cloudwatch_metrics
from localcloud.controller.scaling.fleet_scaling import FleetScaling
from localcloud.controller.scaling.metrics import PERIOD, Datapoint, MetricWindow
from localcloud.controller.scaling.target_tracking import (
    LOW_DATAPOINTS,
    CapacityLimits,
    InstanceHealth,
    TargetTrackingPolicy,
)
from localcloud.event_log import EventLog
from localcloud.load_balancer.response_counters import ResponseCounters

if TYPE_CHECKING:
    from pathlib import Path

    from localcloud.load_balancer.balancer import LoadBalancer

ARN: Final = "arn:aws:elasticloadbalancing:eu-west-1:000000000000"
HIGH, LOW = "TargetTracking-iris-AlarmHigh-1", "TargetTracking-iris-AlarmLow-1"
POLICY: Final = TargetTrackingPolicy("ALBRequestCountPerTarget", 600, alarms=(HIGH, LOW))

GROUP: Final = GroupDescription(
    name="iris",
    instances=[ListedInstance(f"i-{number}", "eu-west-1a", "lt-1", "1") for number in range(2)],
    desired=2,
    limits=CapacityLimits(minimum=1, maximum=8),
    grace_period=0,
    warm_up=60,
)
OLD: Final = [InstanceHealth("i-0", 3_600, healthy=True), InstanceHealth("i-1", 3_600, healthy=False)]


class Fleet:
    """Fleet under target tracking, and what is set and published for it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.capacities: list[int] = []
        self.states = {HIGH: "OK", LOW: "INSUFFICIENT_DATA"}
        self.published: dict[str, dict[str, float]] = {}
        self.policies = GroupPolicies([POLICY], [])
        self.responses = {"a": ResponseCounters({"2": 10}, 10, 1.0)}
        self._events = EventLog(folder / "events.jsonl")
        for name, function in (
            ("describe_policies", self._describe_policies),
            ("alarm_states", self._alarm_states),
            ("set_alarm_state", self._set_alarm_state),
            ("set_desired_capacity", self._set_desired_capacity),
        ):
            monkeypatch.setattr(aws_queries, name, function)
        monkeypatch.setattr(cloudwatch_metrics, "put", self._put)
        balancer = SimpleNamespace(
            arn=f"{ARN}:loadbalancer/app/iris/1",
            description=SimpleNamespace(target_group_arn=f"{ARN}:targetgroup/iris/2"),
            responses=lambda: self.responses,
        )
        api = Api("http://127.0.0.1:1", "eu-west-1")
        self.scaling = FleetScaling(api, "iris", cast("LoadBalancer", balancer), self._events, MetricWindow())

    @property
    def events(self) -> list[str]:
        return [event.what for event in self._events.last(10)]

    def _describe_policies(self, *_: object) -> GroupPolicies:
        return self.policies

    def _alarm_states(self, _api: object, names: list[str]) -> dict[str, str]:
        return {name: self.states[name] for name in names}

    def _set_alarm_state(self, _api: object, name: str, state: str, *_: object) -> None:
        assert self.states[name] != state
        self.states[name] = state

    def _set_desired_capacity(self, _api: object, _group: str, size: int) -> None:
        self.capacities.append(size)

    def _put(self, _api: object, namespace: str, metrics: list[Any]) -> None:
        self.published[namespace] = {each["MetricName"]: each.get("Value", 0) for each in metrics}

    def turn(
        self, per_minute: float, group: GroupDescription = GROUP, health: list[InstanceHealth] = OLD
    ) -> None:
        """Run a turn after a period with this many requests per minute and instance."""
        requests = round(per_minute * 2 * PERIOD / 60)
        self.scaling.metrics.datapoints.append(Datapoint(PERIOD, requests, 0, 2))
        self.scaling.turn(group, health, self.scaling.metrics.datapoints[-1])


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    return Fleet(tmp_path, monkeypatch)


def test_three_minutes_above_the_target_scale_the_group_out(fleet: Fleet):
    for _ in range(3):
        assert fleet.capacities == []
        fleet.turn(1_500)
    # 3,000 requests a minute by 600 for each instance.
    assert fleet.capacities == [5]
    assert fleet.states == {HIGH: "ALARM", LOW: "OK"}
    assert fleet.events == ["the group goes from 2 to 5 instances (ALBRequestCountPerTarget 1500 of 600)"]


# EC2 Auto Scaling user guide, "Suspend and resume processes": without AlarmNotification, Auto Scaling accepts
# no notifications of alarms, which go on to have their states.
@pytest.mark.parametrize(("suspended", "capacities"), [("AlarmNotification", []), ("AZRebalance", [5])])
def test_a_group_whose_alarm_notifications_are_suspended_keeps_its_size(
    fleet: Fleet, suspended: str, capacities: list[int]
):
    for _ in range(3):
        fleet.turn(1_500, replace(GROUP, suspended=frozenset({suspended})))
    assert fleet.capacities == capacities
    assert fleet.states[HIGH] == "ALARM"


# A minute of warm-up takes ten seconds here.
@pytest.mark.parametrize(("age", "capacities"), [(9, []), (11, [1])])
def test_a_group_does_not_shrink_while_an_instance_warms_up(fleet: Fleet, age: float, capacities: list[int]):
    health = [OLD[0], InstanceHealth("i-1", age, healthy=True)]
    for _ in range(LOW_DATAPOINTS):
        fleet.turn(10, health=health)
    assert fleet.capacities == capacities
    assert fleet.states[LOW] == "ALARM"


def test_a_turn_publishes_the_counts_of_the_group_and_the_responses_since_the_turn_before(fleet: Fleet):
    fleet.turn(300)
    assert fleet.published["AWS/ApplicationELB"]["HTTPCode_Target_2XX_Count"] == 10
    fleet.responses = {"a": ResponseCounters({"2": 25}, 25, 2.0)}
    fleet.turn(300)
    of_balancer = fleet.published["AWS/ApplicationELB"]
    assert of_balancer["HTTPCode_Target_2XX_Count"] == 15
    assert (of_balancer["HealthyHostCount"], of_balancer["UnHealthyHostCount"]) == (1, 1)
    assert fleet.published["AWS/AutoScaling"]["GroupDesiredCapacity"] == 2
    assert set(fleet.published["AWS/EC2"]) == {"CPUUtilization"}


def test_a_policy_with_an_unknown_metric_is_an_event_once(fleet: Fleet):
    fleet.policies = GroupPolicies([], ["queue"])
    for _ in range(2):
        fleet.scaling.follow()
    assert fleet.events == ["the policy queue is not followed: it has a metric that is unknown here"]
