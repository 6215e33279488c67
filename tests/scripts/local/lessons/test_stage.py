"""Stage of a lesson: the sizes that it sets, and when its fleet is whole."""

from __future__ import annotations

import pytest

from localcloud.status import InstanceStatus, Status
from scripts.local.lessons.stage import Sizes, is_whole


@pytest.mark.parametrize(("instances", "maximum"), [(1, 4), (4, 4), (6, 6)])
def test_a_fleet_that_stays_at_a_size_keeps_its_maximum_unless_it_is_too_low(instances: int, maximum: int):
    assert Sizes(2, 4, 3).fixed_at(instances) == (instances, maximum, instances)


def fleet(*healths: str, zone: str | None = "us-east-1a") -> list[InstanceStatus]:
    return [
        InstanceStatus(id=f"i-{number}{zone}", zone=zone, pid=1, health=health, ready=True)
        for number, health in enumerate(healths)
    ]


@pytest.mark.parametrize(
    ("instances", "whole"),
    [
        (fleet("healthy", "healthy"), True),
        (fleet("healthy", "healthy") + fleet("draining", zone=None), True),
        (fleet("healthy"), False),
        (fleet("healthy", "healthy", "healthy"), False),
        (fleet("healthy", "standby"), False),
        (fleet("unused", "healthy"), False),
        ([], False),
    ],
)
def test_a_fleet_is_whole_when_all_of_the_asked_for_instances_are_healthy_and_no_other_is_in_it(
    instances: list[InstanceStatus], *, whole: bool
):
    status = Status(outputs={"autoScalingGroup": "fleet"}, instances=instances)
    assert is_whole(status, 2) is whole
