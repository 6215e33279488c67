"""Rates, states and cost between two readings of a fleet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.local.watch.observation.history import SECONDS, History
from scripts.local.watch.observation.observer import Observer
from scripts.local.watch.observation.reading import FirewallReading, NodeReading, Reading
from scripts.local.watch.observation.snapshot import take_snapshot
from tests.scripts.local.watch.clouds import (
    FLEET,
    INSTANCE_A,
    INSTANCE_B,
    NODE_A,
    NODE_B,
    QUIET,
    ScriptedReader,
    two_seconds_later,
)


def test_rates_are_those_of_both_nodes_since_the_reading_before():
    now = two_seconds_later(
        nodes=[
            replace(NODE_A, requests=100, by_class={"2": 90, "5": 10}, targets={"i-a": 60, "i-b": 40}),
            replace(NODE_B, requests=40, denied=8, targets={"i-a": 20, "i-b": 12}),
        ]
    )
    snapshot = take_snapshot(QUIET, now)
    assert snapshot.point.per_second == 70  # 140 requests in 2 s
    assert snapshot.point.errors == 5
    assert snapshot.point.blocked == 4
    assert [node.per_second for node in snapshot.nodes] == [50, 20]
    assert {each.id: each.per_second for each in snapshot.instances} == {"i-a": 40, "i-b": 26}


def test_the_rate_of_each_node_is_since_its_own_reading():
    before = replace(QUIET, nodes=[replace(NODE_A, requests=300), replace(NODE_B, requests=100)])
    now = two_seconds_later(nodes=[replace(NODE_A, requests=310), replace(NODE_B, requests=106)])
    assert [node.per_second for node in take_snapshot(before, now).nodes] == [5, 3]


def test_a_load_balancer_that_began_anew_counts_from_zero():
    before = replace(QUIET, nodes=[replace(NODE_A, requests=1_000)])
    now = two_seconds_later(nodes=[replace(NODE_A, requests=10)])
    assert take_snapshot(before, now).point.per_second == 5


def test_a_silent_node_has_no_rate_and_the_other_goes_on():
    now = two_seconds_later(
        nodes=[NodeReading(zone="us-east-1a", lost=True), replace(NODE_B, requests=20)],
    )
    snapshot = take_snapshot(replace(QUIET, nodes=[replace(NODE_A, requests=500), NODE_B]), now)
    assert [(node.lost, node.answers, node.per_second) for node in snapshot.nodes] == [
        (True, False, 0),
        (False, True, 10),
    ]
    assert snapshot.point.per_second == 10


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "healthy"),
        ({"state": "unhealthy"}, "unhealthy"),
        ({"state": ""}, "initial"),
        ({"frozen": True}, "frozen"),
        ({"pid": None}, "dead"),
    ],
)
def test_an_instance_shows_its_worst_state(changed: dict[str, object], state: str):
    now = two_seconds_later(instances=[replace(INSTANCE_A, **changed), INSTANCE_B])  # pyright: ignore[reportArgumentType]
    snapshot = take_snapshot(QUIET, now)
    assert snapshot.instances[0].state == state
    assert snapshot.point.healthy == (2 if state in {"healthy", "frozen"} else 1)
    assert snapshot.point.running == (1 if state == "dead" else 2)


def test_cpu_is_the_time_of_the_process_in_per_cent_of_one_core():
    now = two_seconds_later(
        instances=[replace(INSTANCE_A, cpu_seconds=1.0), replace(INSTANCE_B, cpu_seconds=0.5)]
    )
    snapshot = take_snapshot(QUIET, now)
    assert [each.cpu for each in snapshot.instances] == [50, 25]
    assert snapshot.point.cpu == 37.5


def test_the_mean_of_the_cpu_is_that_of_the_instances_that_serve():
    now = two_seconds_later(
        instances=[replace(INSTANCE_A, cpu_seconds=1.0), replace(INSTANCE_B, state="unhealthy")]
    )
    assert take_snapshot(QUIET, now).point.cpu == 50


def test_instances_of_one_zone_are_told_apart():
    first = replace(INSTANCE_A, cpu_seconds=10.0)
    second = replace(INSTANCE_B, zone=first.zone, cpu_seconds=20.0)
    now = two_seconds_later(instances=[replace(first, cpu_seconds=11.0), replace(second, cpu_seconds=20.5)])
    found = take_snapshot(replace(QUIET, instances=[first, second]), now).instances
    assert {each.id: each.cpu for each in found} == {"i-a": 50, "i-b": 25}


def test_cost_is_that_of_the_running_instances_and_the_load_balancer():
    # us-east-1: a t4g.small costs 0.0168 USD per hour (AWS's price list), an ALB 0.0225.
    assert take_snapshot(QUIET, two_seconds_later()).point.cost == pytest.approx(2 * 0.0168 + 0.0225)
    assert take_snapshot(QUIET, two_seconds_later(fleet=None)).point.cost is None


def test_a_fleet_of_a_type_that_has_no_price_here_has_no_cost():
    fleet = replace(FLEET, instance_type="u-24tb1.metal")
    assert take_snapshot(QUIET, two_seconds_later(fleet=fleet)).point.cost is None


def test_the_target_of_the_fleet_grows_with_its_healthy_instances():
    # 600 requests per minute and instance.
    snapshot = take_snapshot(QUIET, two_seconds_later())
    assert snapshot.point.rate_target == 20
    assert snapshot.point.cpu_target == 20
    alone = take_snapshot(QUIET, two_seconds_later(instances=[INSTANCE_A]))
    assert alone.point.rate_target == 10
    assert take_snapshot(QUIET, two_seconds_later(fleet=None)).point.cpu_target is None


def test_blocked_requests_of_a_new_firewall_are_no_rate():
    now = two_seconds_later(firewall=FirewallReading(started=2.0, blocked=50, counted=4))
    firewall = take_snapshot(QUIET, now).firewall
    assert firewall
    assert (firewall.blocked, firewall.blocked_per_second) == (50, 0)
    later = replace(now, time=104.0, firewall=FirewallReading(started=2.0, blocked=90, counted=4))
    firewall = take_snapshot(now, later).firewall
    assert firewall
    assert (firewall.blocked_per_second, firewall.counted_per_second) == (20, 0)


def test_latencies_stand_until_the_load_balancer_adds_up_the_next_ones():
    history = History()
    first = take_snapshot(
        QUIET,
        two_seconds_later(nodes=[replace(NODE_A, requests=10, durations={(0.01, 0.02): 10}), NODE_B]),
    ).point
    history.add(first)
    between = history.add(replace(first, time=103.0, p50=None, p99=None))
    assert between.p50 == first.p50 == pytest.approx(0.015)
    assert between.p99 == first.p99 == pytest.approx(0.0199)
    assert history.add(replace(first, time=104.0, per_second=0, p50=None, p99=None)).p50 is None


def test_the_history_forgets_what_the_charts_no_longer_show():
    history = History()
    point = take_snapshot(QUIET, two_seconds_later()).point
    for second in range(1_000):
        history.add(replace(point, time=float(second)))
    assert [history.points[0].time, history.points[-1].time] == [999 - SECONDS, 999]


def test_the_history_keeps_the_latest_point_of_each_two_seconds():
    history = History()
    point = take_snapshot(QUIET, two_seconds_later()).point
    for time in (100.0, 101.0, 101.9, 102.0, 103.5, 106.0):
        history.add(replace(point, time=time))
    assert [each.time for each in history.points] == [101.9, 103.5, 106.0]


def test_an_observer_takes_its_rates_from_the_readings_before():
    later = two_seconds_later(nodes=[replace(NODE_A, requests=200, by_class={"5": 4}), NODE_B])
    observer = Observer(ScriptedReader(QUIET, later))
    assert observer.observe().point.per_second == 0
    assert observer.observe().point.per_second == 100


def test_a_cloud_that_is_down_is_no_point_of_the_charts():
    observer = Observer(ScriptedReader(QUIET, Reading(time=101.0), Reading(time=102.0)))
    assert observer.observe().url == QUIET.url
    assert observer.observe().url == ""
    assert len(observer.history.points) == 1


def test_the_fleet_without_its_description_is_shown_as_it_runs():
    snapshot = take_snapshot(replace(QUIET, fleet=None), two_seconds_later(fleet=None))
    assert (snapshot.point.desired, snapshot.point.running) == (None, 2)
    assert FLEET.desired == 2
