"""Service quotas that a stack requires at its maximum size, computed from its configuration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from infra.fleet.config import ROLL_OUT_FACTOR, FleetConfig
from infra.serverless.config import LambdaConfig, ProvisionedConcurrency
from infra.stack_config import SideBySide

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.fleet.scaling_config import ScalingConfig
    from infra.stack_config import Compute

MINIMUM_UNRESERVED_CONCURRENCY: Final = 100
"""Concurrent executions that an account must leave unreserved (Lambda developer guide, "Configuring reserved
concurrency")."""


@dataclass(frozen=True, kw_only=True)
class RequiredQuota:
    """Maximum of what a stack has at the same time, including a roll-out."""

    vcpus: int = 0
    """vCPUs of on-demand instances."""
    spot_vcpus: int = 0
    vpcs: int = 0
    load_balancers: int = 0
    elastic_ips: int = 0
    nat_gateways_in_a_zone: int = 0
    concurrency: int = 0
    """Concurrent executions that are reserved or provisioned, plus those that must stay unreserved."""


def fleet_and_function(compute: Compute) -> tuple[FleetConfig | None, LambdaConfig | None]:
    """Return the fleet and the function of a stack; one of them may be None."""
    match compute:
        case FleetConfig():
            return compute, None
        case LambdaConfig():
            return None, compute
        case SideBySide():
            return compute.fleet, compute.function


def required_quota(compute: Compute) -> RequiredQuota:
    """Return the quotas that a stack requires at its maximum size, during a roll-out."""
    return _required(compute, lambda scaling: scaling.max_instances * ROLL_OUT_FACTOR)


def initial_quota(compute: Compute) -> RequiredQuota:
    """Return the quotas that a stack requires at its minimum size, which its first deployment launches."""
    return _required(compute, lambda scaling: scaling.min_instances)


def _required(compute: Compute, instances: Callable[[ScalingConfig], int]) -> RequiredQuota:
    fleet, function = fleet_and_function(compute)
    required = _fleet(fleet, instances(fleet.scaling)) if fleet else RequiredQuota()
    return replace(required, concurrency=_concurrency(function)) if function else required


def _fleet(fleet: FleetConfig, maximum: int) -> RequiredQuota:
    gateways = {"none": 0, "single": 1, "per-zone": fleet.network.availability_zones}[
        fleet.network.nat_gateways
    ]
    instances = fleet.instances
    # Auto Scaling rounds in favour of on-demand instances.
    spot = max(maximum - instances.on_demand_base_capacity, 0) * instances.spot_percent // 100
    # An instance of the warm pool runs while it boots.
    on_demand = maximum - spot + fleet.scaling.warm_pool_size
    return RequiredQuota(
        vcpus=on_demand * instances.instance_type.vcpus,
        spot_vcpus=spot * instances.instance_type.vcpus,
        vpcs=1,
        load_balancers=1,
        # A load balancer's own public addresses do not count against this quota.
        elastic_ips=gateways,
        nat_gateways_in_a_zone=min(gateways, 1),
    )


def _concurrency(function: LambdaConfig) -> int:
    if function.function.reserved_concurrency:
        return function.function.reserved_concurrency + MINIMUM_UNRESERVED_CONCURRENCY
    warm = function.function.warm_start
    return warm.maximum + MINIMUM_UNRESERVED_CONCURRENCY if isinstance(warm, ProvisionedConcurrency) else 0
