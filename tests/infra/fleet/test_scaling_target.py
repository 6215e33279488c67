from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.fleet.scaling_target import BYTES_PER_REQUEST, scaling_target
from infra.reference_data.cpu_credits import baseline_percent
from infra.reference_data.instance_types import instance_types
from infra.reference_data.throughput import requests_per_minute
from tests.infra.fleet.test_auto_scaling_group import fleet

if TYPE_CHECKING:
    import pulumi

TYPES = instance_types()


@pytest.mark.parametrize(
    ("name", "percent"),
    # EC2 user guide, "Key concepts for burstable performance instances", baseline utilization for each vCPU.
    [
        *(("t4g.nano", 5), ("t4g.micro", 10), ("t4g.small", 20), ("t3.medium", 20)),
        *(("t3a.large", 30), ("t4g.xlarge", 40), ("t3.2xlarge", 40), ("m7g.large", 100)),
    ],
)
def test_a_burstable_type_has_the_baseline_of_its_size(name: str, percent: float):
    assert baseline_percent(TYPES[name]) == percent


@pytest.mark.parametrize(
    ("name", "baseline", "burst"),
    # EC2 instance types guide, "Network specifications".
    [("t4g.micro", 0.064, 5), ("t4g.small", 0.128, 5), ("t3.micro", 0.064, 5), ("m7g.large", 0.937, 12.5)],
)
def test_a_type_has_the_bandwidth_that_aws_states(name: str, baseline: float, burst: float):
    assert (TYPES[name].network_baseline_gbps, TYPES[name].network_burst_gbps) == (baseline, burst)


def test_every_type_has_a_bandwidth_and_none_bursts_below_its_baseline():
    for machine in TYPES.values():
        assert 0 < machine.network_baseline_gbps <= machine.network_burst_gbps


@pytest.mark.parametrize(
    ("name", "percent", "limit"),
    [
        ("t4g.small", 60, "CPU credits"),
        ("t4g.small", 15, "CPU"),
        ("t4g.small", 20, "CPU"),
        ("t4g.small", 21, "CPU credits"),
        ("c7i.large", 10, "CPU"),
        ("c7i-flex.large", 95, "network bandwidth"),
    ],
)
def test_the_smallest_limit_is_named(name: str, percent: int, limit: str):
    assert scaling_target((TYPES[name],), percent).limit == limit


# 0.39 Gbit/s, at 900 bytes of a request (EC2 instance types guide, "Network specifications").
def test_a_network_carries_as_many_requests_as_fit_into_its_baseline_bandwidth():
    assert TYPES["c7i-flex.large"].network_baseline_gbps == 0.39
    requests = scaling_target((TYPES["c7i-flex.large"],), 95).requests_per_minute
    assert requests == 0.39e9 / 8 / 900 * 60


@given(st.sampled_from(sorted(TYPES)), st.sampled_from(sorted(TYPES)), st.integers(10, 90))
def test_no_type_of_a_fleet_exceeds_its_cpu_network_or_credits(first: str, second: str, percent: int):
    types = (TYPES[first], TYPES[second])
    target = scaling_target(types, percent)
    for machine in types:
        assert target.cpu_percent <= min(percent, baseline_percent(machine))
        assert target.requests_per_minute <= requests_per_minute((machine,), target.cpu_percent)
        bits = target.requests_per_minute / 60 * BYTES_PER_REQUEST * 8
        assert bits <= machine.network_baseline_gbps * 1e9
    gbps = min(machine.network_baseline_gbps for machine in types)
    by_network = int(gbps * 1e9 / 8 / BYTES_PER_REQUEST * 60)
    smallest = min(requests_per_minute(types, target.cpu_percent), by_network)
    assert target.requests_per_minute == smallest


def target_values(**values: str) -> tuple[int, int]:
    """Return the targets of the policies: requests per minute, and CPU in percent."""
    resources = fleet(**values).resources
    policies = [resources[name]["targetTrackingConfiguration"] for name in ("fleet-requests", "fleet-cpu")]
    return policies[0]["targetValue"], policies[1]["targetValue"]


@pytest.mark.parametrize(("name", "cpu"), [("t4g.small", 20), ("m7g.large", 60)])
def test_the_policies_follow_the_derived_target(name: str, cpu: int):
    assert target_values(instanceType=name) == (scaling_target((TYPES[name],), 60).requests_per_minute, cpu)
    assert target_values(instanceType=name, targetRequestsPerMinute="6000") == (6_000, cpu)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"targetRequestsPerMinute": "6000"}, "6,000 requests per minute and instance (the configured"),
        ({}, "per minute and instance (limited by its CPU credits), or 20 % CPU"),
    ],
)
def test_a_preview_shows_the_target_and_its_limit(
    values: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch
):
    messages: list[str] = []

    def record(message: str, resource: pulumi.Resource | None = None) -> None:
        assert resource is not None
        messages.append(message)

    monkeypatch.setattr("pulumi.log.info", record)
    fleet.__wrapped__(**values)
    (message,) = messages
    assert reason in message
