"""How much of what AWS limits a stack takes, at its most: arithmetic, no cloud."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from infra.fleet.config import ROLL_OUT_FACTOR, FleetConfig
from infra.serverless.config import LambdaConfig, ProvisionedConcurrency
from infra.stack_config import SideBySide

if TYPE_CHECKING:
    from infra.stack_config import Compute

UNRESERVED: Final = 100
"""Executions at once that an account must keep for all its functions together (Lambda developer guide,
"Configuring reserved concurrency")."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """The most that a stack has at once, a roll-out included."""

    vcpus: int = 0
    """Of instances on demand."""
    spot_vcpus: int = 0
    vpcs: int = 0
    load_balancers: int = 0
    elastic_ips: int = 0
    nat_gateways_in_a_zone: int = 0
    concurrency: int = 0
    """Executions of functions at once that are set aside, and those that must stay free beside them."""


def shapes_of(compute: Compute) -> tuple[FleetConfig | None, LambdaConfig | None]:
    """Give the fleet and the function that a stack has, of which one may be missing."""
    match compute:
        case FleetConfig():
            return compute, None
        case LambdaConfig():
            return None, compute
        case SideBySide():
            return compute.fleet, compute.function


def needs_of(compute: Compute) -> Needs:
    """Say what a stack needs."""
    fleet, function = shapes_of(compute)
    needs = _fleet(fleet) if fleet else Needs()
    return replace(needs, concurrency=_concurrency(function)) if function else needs


def _fleet(fleet: FleetConfig) -> Needs:
    gateways = {"none": 0, "single": 1, "per-zone": fleet.network.zones}[fleet.network.nat_gateways]
    machines = fleet.machines
    most = fleet.max_instances * ROLL_OUT_FACTOR
    # Auto Scaling rounds in favour of those on demand.
    spot = max(most - machines.on_demand_base, 0) * machines.spot_share // 100
    # While it boots, an instance of the warm pool runs like the others.
    on_demand = most - spot + fleet.scaling.warm_pool_size
    return Needs(
        vcpus=on_demand * machines.instance_type.vcpus,
        spot_vcpus=spot * machines.instance_type.vcpus,
        vpcs=1,
        load_balancers=1,
        # A load balancer brings its own public addresses, which count for nothing here.
        elastic_ips=gateways,
        nat_gateways_in_a_zone=min(gateways, 1),
    )


def _concurrency(function: LambdaConfig) -> int:
    if function.reserved_concurrency:
        return function.reserved_concurrency + UNRESERVED
    warm = function.warm_start
    return warm.most + UNRESERVED if isinstance(warm, ProvisionedConcurrency) else 0
