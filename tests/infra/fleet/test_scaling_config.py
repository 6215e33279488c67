from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.fleet.schedule import CRON_FIELDS, ScheduledAction, parse_scheduled_action
from tests.infra.configs import mistakes
from tests.infra.mock_aws import fleet_config

MANY = {"maxInstances": "8", "natGateways": "single"}


def test_a_schedule_is_times_with_sizes():
    scaling = fleet_config(
        **MANY,
        scalingSchedule="30 7 * * 1-5 min=4 desired=6; 0 20 * * * min=2 ; ",
        scalingScheduleTimeZone="Europe/Berlin",
    )
    assert scaling.scaling.scaling_schedule == (
        ScheduledAction(recurrence="30 7 * * 1-5", min_size=4, max_size=None, desired_capacity=6),
        ScheduledAction(recurrence="0 20 * * *", min_size=2, max_size=None, desired_capacity=None),
    )
    assert scaling.scaling.scaling_schedule_time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("0 7 * * min=3", "is not five cron fields and a size"),
        ("0 7 * * mon min=3", "'mon' is no day of the week from 0 to 6"),
        ("0 7 * * *", "is not five cron fields and a size"),
        ("60 7 * * * min=3", "'60' is no minute from 0 to 59"),
        ("0 24 * * * min=3", "'24' is no hour from 0 to 23"),
        ("0 7 0 * * min=3", "'0' is no day of the month from 1 to 31"),
        ("0 7 * 13 * min=3", "'13' is no month from 1 to 12"),
        ("0 7 * * 5-1 min=3", "'5-1' is no day of the week from 0 to 6"),
        ("0 7 * * 7 min=3", "'7' is no day of the week from 0 to 6"),
        ("5/15 7 * * * min=3", "'5/15' is no minute from 0 to 59"),
        ("*/0 7 * * * min=3", "'*/0' is no minute from 0 to 59"),
        ("0 7 * * * size=3", "'size=3' is none of min=<number>, max=<number>, desired=<number>"),
        ("0 7 * * * min=3 min=4", "'min=4' is none of"),
        ("0 7 * * * min=few", "'min=few' is none of"),
        ("0 7 * * * min=3; 0 7 * * * min=3", "'0 7 * * * min=3' comes twice"),
    ],
)
def test_a_time_or_a_size_that_cannot_be_meant_is_refused_with_the_part(given: str, why: str):
    (line,) = mistakes(scalingSchedule=given)
    assert line.startswith(f"scalingSchedule is {given!r} (")
    assert why in line


TIMES = st.tuples(*(st.integers(least, most) for _, least, most in CRON_FIELDS))


@given(TIMES, st.integers(0, 500))
def test_every_time_that_a_clock_and_a_calendar_show_can_be_read(time: tuple[int, ...], size: int):
    recurrence = " ".join(map(str, time))
    assert parse_scheduled_action(f"{recurrence} desired={size}") == ScheduledAction(
        recurrence=recurrence, min_size=None, max_size=None, desired_capacity=size
    )


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ("min=1", "min=1 at '0 7 * * *', which is below minInstances 2"),
        ("max=9", "max=9 at '0 7 * * *', which is above maxInstances 8"),
        ("min=5 desired=4", "in the wrong order: min, desired, max must rise"),
    ],
)
def test_a_schedule_keeps_to_the_fleet_s_bounds(sizes: str, why: str):
    (line,) = mistakes(**MANY, scalingSchedule=f"0 7 * * * {sizes}")
    assert why in line


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("max=3", "min=4", "a size of 4 at '0 8 * * *', where max=3 of '0 20 * * *' may still hold"),
        ("max=3", "min=2 desired=4", "a size of 4 at '0 8 * * *', where max=3 of"),
        ("min=5", "max=4", "a size of 4 at '0 8 * * *', where min=5 of '0 20 * * *' may still hold"),
        ("min=5", "desired=4", "a size of 4 at '0 8 * * *', where min=5 of"),
    ],
)
def test_a_size_that_another_time_s_would_forbid_is_refused(first: str, second: str, why: str):
    for schedule in (f"0 20 * * * {first}; 0 8 * * * {second}", f"0 8 * * * {second}; 0 20 * * * {first}"):
        assert why in "\n".join(mistakes(**MANY, scalingSchedule=schedule))


@pytest.mark.parametrize("sizes", [("max=3", "min=3"), ("min=2 max=3", "min=4 max=8"), ("min=5", "min=2")])
def test_sizes_that_can_follow_one_another_are_taken(sizes: tuple[str, str]):
    first, second = sizes
    scaling = fleet_config(**MANY, scalingSchedule=f"0 20 * * * {first}; 0 8 * * * {second}").scaling
    assert len(scaling.scaling_schedule) == 2


@pytest.mark.parametrize("steps", ["*/15", "0-30/10", "0,30", "5-10,*/20"])
def test_a_field_may_have_ranges_lists_and_steps(steps: str):
    assert parse_scheduled_action(f"{steps} 7 * * * min=3").recurrence == f"{steps} 7 * * *"


@pytest.mark.parametrize(
    ("zone", "why"),
    [
        ("Europe/Berln", "did you mean Europe/Berlin?"),
        ("", "no such time zone"),
        ("../../etc/passwd", "no such time zone"),
        ("UTC\n", "did you mean UTC?"),
    ],
)
def test_a_time_zone_that_nobody_keeps_is_refused(zone: str, why: str):
    (line,) = mistakes(scalingScheduleTimeZone=zone)
    assert why in line


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_any_time_zone_of_the_world_is_taken(zone: str):
    assert fleet_config(scalingScheduleTimeZone=zone).scaling.scaling_schedule_time_zone == zone


def test_a_warm_pool_does_not_go_with_several_types_nor_with_spot():
    types = {"alternativeInstanceTypes": "t4g.medium, c7g.large"}
    (line,) = mistakes(**MANY, **types, warmPoolSize="2")
    assert (
        line == "warmPoolSize 2 does not go with alternativeInstanceTypes: a pool holds instances of one type"
    )
    (line,) = mistakes(**MANY, **types, warmPoolSize="2", spotPercent="50")
    assert line == "warmPoolSize 2 does not go with spotPercent 50: spot instances cannot wait in a pool"


def test_a_warm_pool_of_instances_that_cannot_tell_when_they_have_booted_is_refused():
    (line,) = mistakes(warmPoolSize="2", interfaceEndpoints="ssm, logs")
    assert line.startswith("warmPoolSize 2 needs instances that can report that they have booted")
    for way in ({"natGateways": "single"}, {"interfaceEndpoints": "autoscaling"}):
        assert fleet_config(warmPoolSize="2", **way).scaling.warm_pool_size == 2


def test_a_warm_pool_larger_than_the_fleet_can_grow_is_refused():
    (line,) = mistakes(warmPoolSize="3", natGateways="single")
    assert line == (
        "warmPoolSize 3 is more than the fleet can grow by: "
        "between minInstances 2 and maxInstances 4 there are 2"
    )


@pytest.mark.parametrize("wish", ["forecast", "scale"])
def test_a_fleet_of_one_size_has_no_use_for_a_forecast(wish: str):
    (line,) = mistakes(maxInstances="2", predictiveScaling=wish)
    assert line.startswith(f"predictiveScaling {wish} has nothing to decide")
    assert fleet_config(predictiveScaling=wish).scaling.predictive_scaling == wish


def test_no_target_asks_for_the_measured_one():
    assert fleet_config().scaling.target_requests_per_minute == 0
    assert fleet_config(targetRequestsPerMinute="9").scaling.target_requests_per_minute == 9


@pytest.mark.parametrize("again", ["0 7 * * *", "00 07 * * *"])
def test_two_actions_at_the_same_time_are_refused_as_auto_scaling_would(again: str):
    (line,) = mistakes(**MANY, scalingSchedule=f"0 7 * * * min=3; {again} max=8")
    assert line == "scalingSchedule has two sizes at '0 7 * * *': name them together"
