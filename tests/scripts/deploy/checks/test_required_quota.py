from __future__ import annotations

from dataclasses import astuple

import pytest

from scripts.deploy.checks.required_quota import RequiredQuota, initial_quota, required_quota
from tests.infra.configs import load


def required(**values: str) -> RequiredQuota:
    return required_quota(load(**values).compute)


def test_a_fleet_needs_the_vcpus_of_a_roll_out_at_its_largest():
    assert required(instanceType="t4g.small", maxInstances="6").vcpus == 6 * 2 * 2
    assert required(instanceType="c7i.xlarge", architecture="x86_64", maxInstances="3").vcpus == 3 * 2 * 4


SPOT = {"alternativeInstanceTypes": "t4g.medium, c7g.large", "maxInstances": "6"}


@pytest.mark.parametrize(
    ("share", "base", "on_demand", "spot"), [("0", "2", 12, 0), ("50", "2", 7, 5), ("30", "1", 9, 3)]
)
def test_on_demand_and_spot_instances_need_separate_quotas(share: str, base: str, on_demand: int, spot: int):
    quota = required(**SPOT, spotPercent=share, onDemandBaseCapacity=base)
    assert (quota.vcpus, quota.spot_vcpus) == (2 * on_demand, 2 * spot)


def test_a_warm_pool_needs_vcpus_while_it_boots():
    pool = required(natGateways="single", warmPoolSize="2")
    assert pool.vcpus == required().vcpus + 2 * 2


def test_a_fleet_needs_a_network_and_a_load_balancer_and_a_function_needs_neither():
    assert (required().vpcs, required().load_balancers, required().concurrency) == (1, 1, 0)
    assert set(astuple(required(compute="lambda"))) == {0}


@pytest.mark.parametrize(("gateways", "addresses"), [("none", 0), ("single", 1), ("per-zone", 3)])
def test_each_nat_gateway_needs_an_address(gateways: str, addresses: int):
    quota = required(natGateways=gateways, availabilityZones="3")
    assert quota.elastic_ips == addresses
    assert quota.nat_gateways_in_a_zone == min(addresses, 1)


def test_a_function_with_reserved_concurrency_leaves_100_unreserved():
    assert required(compute="lambda", reservedConcurrency="60").concurrency == 160
    warm = required(compute="lambda", minProvisionedConcurrency="2", maxProvisionedConcurrency="8")
    assert warm.concurrency == 108


def test_both_shapes_together_need_the_quotas_of_each():
    both = required(compute="both", reservedConcurrency="60")
    assert both.vcpus == required().vcpus
    assert both.concurrency == 160


def test_the_first_deployment_requires_the_minimum_size_only():
    compute = load(compute="fleet", minInstances="3", maxInstances="12").compute
    # Three instances of t4g.small, with 2 vCPUs each.
    assert initial_quota(compute).vcpus == 6
    assert initial_quota(compute).vpcs == required_quota(compute).vpcs == 1
