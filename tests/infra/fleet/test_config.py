from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.fleet.instances_config import MINIMUM_MEMORY_GIB
from infra.reference_data.instance_types import instance_types
from tests.infra.configs import mistakes, mistakes_if_any
from tests.infra.mock_aws import fleet_config


def test_an_instance_type_that_nobody_sells_is_refused_with_the_nearest_one():
    (line,) = mistakes(instanceType="t4g.smal")
    assert "did you mean t4g.small?" in line


SUPPORTED = [name for name, one in instance_types().items() if one.memory_gib >= MINIMUM_MEMORY_GIB]


@pytest.mark.parametrize("name", SUPPORTED)
def test_every_known_instance_type_goes_with_its_own_architecture_alone(name: str):
    machine = instance_types()[name]
    assert (
        fleet_config(instanceType=name, architecture=machine.architecture).instances.instance_type == machine
    )
    other = "arm64" if machine.architecture == "x86_64" else "x86_64"
    (line,) = mistakes(instanceType=name, architecture=other)
    assert line == f"instanceType {name} is {machine.architecture}, but architecture is {other}"


@given(st.integers(1, 500), st.integers(1, 500))
def test_the_fleet_cannot_be_larger_at_least_than_at_most(least: int, most: int):
    values = {"minInstances": str(least), "maxInstances": str(most)}
    if least <= most:
        assert fleet_config(**values).scaling.max_instances == most
    else:
        assert mistakes(**values) == (f"maxInstances {most} is less than minInstances {least}",)


def test_a_roll_out_that_finds_no_addresses_is_refused_beforehand():
    assert fleet_config(vpcCidr="192.168.7.0/24", maxInstances="27").scaling.max_instances == 27
    (line,) = mistakes(vpcCidr="192.168.7.0/24", maxInstances="28")
    assert line == (
        "maxInstances 28 does not fit into vpcCidr 192.168.7.0/24 over availabilityZones 2: "
        "a roll-out needs 56 private addresses and there are 54"
    )


def test_private_ways_to_aws_take_addresses_from_the_instances():
    (line,) = mistakes(vpcCidr="192.168.7.0/24", maxInstances="25", interfaceEndpoints="ssm, logs")
    assert line.endswith("a roll-out needs 50 private addresses and there are 48")


# A stopped instance keeps its private address (EC2 user guide, "Stop and start Amazon EC2 instances"). Both
# private subnets are a /27, with 27 addresses each.
def test_instances_of_the_warm_pool_take_addresses_too():
    values = {"vpcCidr": "192.168.7.0/24", "natGateways": "single", "maxInstances": "26"}
    assert fleet_config(**values, warmPoolSize="2").scaling.warm_pool_size == 2
    (line,) = mistakes(**values, warmPoolSize="3")
    assert line == (
        "maxInstances 26 with warmPoolSize 3 does not fit into vpcCidr 192.168.7.0/24 over availabilityZones "
        "2: a roll-out needs 55 private addresses and there are 54"
    )


def test_the_grace_period_leaves_time_for_a_boot_and_a_health_check():
    kept = fleet_config(healthCheckIntervalSeconds="10", healthCheckGracePeriodSeconds="70")
    assert kept.scaling.health_check_grace_period_seconds == 70
    (line,) = mistakes(healthCheckIntervalSeconds="10", healthCheckGracePeriodSeconds="69")
    assert line.startswith(
        "healthCheckGracePeriodSeconds 69 is less than the 60 of a boot and healthCheckIntervalSeconds 10"
    )


# Three failed checks, the minute of Auto Scaling, and the grace period of the successor's boot.
def test_an_instance_is_replaced_within_its_checks_a_minute_and_the_grace_period():
    checks = {"unhealthyThresholdCount": "3", "healthCheckIntervalSeconds": "20"}
    assert fleet_config(**checks, healthCheckGracePeriodSeconds="240").replacement_seconds == 60 + 60 + 240


def test_where_there_is_no_fleet_nobody_minds_what_its_keys_contradict():
    contradictory = {"architecture": "x86_64", "minInstances": "9", "serviceKeepAliveSeconds": "2"}
    assert len(mistakes_if_any(contradictory)) == 3
    assert mistakes_if_any({**contradictory, "compute": "lambda"}) == ()
    assert mistakes_if_any({**contradictory, "compute": "both"}) == mistakes_if_any(contradictory)


def test_what_cannot_be_read_is_told_even_where_there_is_no_fleet():
    assert len(mistakes(compute="lambda", minInstances="few", availabilityZones="7")) == 2
