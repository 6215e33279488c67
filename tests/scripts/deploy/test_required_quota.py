from __future__ import annotations

import pytest

from scripts.deploy.required_quota import Needs, needs_of
from tests.infra.configs import load


def needs(**values: str) -> Needs:
    return needs_of(load(**values).compute)


def test_a_fleet_needs_the_vcpus_of_a_roll_out_at_its_largest():
    assert needs(instanceType="t4g.small", maxInstances="6").vcpus == 6 * 2 * 2
    assert needs(instanceType="c7i.xlarge", architecture="x86_64", maxInstances="3").vcpus == 3 * 2 * 4


SPOT = {"alternativeInstanceTypes": "t4g.medium, c7g.large", "maxInstances": "6"}


@pytest.mark.parametrize(
    ("share", "base", "on_demand", "spot"), [("0", "2", 12, 0), ("50", "2", 7, 5), ("30", "1", 9, 3)]
)
def test_instances_on_demand_and_spot_instances_need_vcpus_of_a_kind_of_their_own(
    share: str, base: str, on_demand: int, spot: int
):
    asked = needs(**SPOT, spotPercent=share, onDemandBaseCapacity=base)
    assert (asked.vcpus, asked.spot_vcpus) == (2 * on_demand, 2 * spot)


def test_a_warm_pool_needs_vcpus_while_it_boots():
    pool = needs(natGateways="single", warmPoolSize="2")
    assert pool.vcpus == needs().vcpus + 2 * 2


def test_a_fleet_needs_a_network_and_a_load_balancer_and_a_function_needs_neither():
    assert (needs().vpcs, needs().load_balancers, needs().concurrency) == (1, 1, 0)
    assert needs(compute="lambda") == Needs()


@pytest.mark.parametrize(("gateways", "addresses"), [("none", 0), ("single", 1), ("per-zone", 3)])
def test_each_nat_gateway_needs_an_address(gateways: str, addresses: int):
    asked = needs(natGateways=gateways, availabilityZones="3")
    assert asked.elastic_ips == addresses
    assert asked.nat_gateways_in_a_zone == min(addresses, 1)


def test_what_a_function_sets_aside_leaves_a_hundred_to_the_others():
    assert needs(compute="lambda", reservedConcurrency="60").concurrency == 160
    warm = needs(compute="lambda", minProvisionedConcurrency="2", maxProvisionedConcurrency="8")
    assert warm.concurrency == 108


def test_both_shapes_need_what_either_does():
    both = needs(compute="both", reservedConcurrency="60")
    assert both.vcpus == needs().vcpus
    assert both.concurrency == 160
