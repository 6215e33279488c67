"""Zones of a fleet, with the instances in them."""

from __future__ import annotations

from dataclasses import replace

from scripts.local.watch.observation.snapshot import take_snapshot
from scripts.local.watch.view.zones import zones_of
from tests.scripts.local.watch.clouds import INSTANCE_A, INSTANCE_B, NODE_A, QUIET, two_seconds_later


def test_one_load_balancer_of_all_zones_has_all_instances():
    now = two_seconds_later(nodes=[replace(NODE_A, zone="")], instances=[INSTANCE_A, INSTANCE_B])
    ((node, instances),) = zones_of(take_snapshot(QUIET, now))
    assert node is not None
    assert node.zone == ""
    assert [each.id for each in instances] == ["i-a", "i-b"]
