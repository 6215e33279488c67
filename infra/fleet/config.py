"""Fleet's configuration: its sections together, and the relations between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.network.config import InterfaceEndpoint, NatGateways, reachable_services
from infra.network.subnets import instance_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network

    from infra.fleet.instances_config import InstancesConfig
    from infra.fleet.scaling_config import ScalingConfig
    from infra.load_balancer.config import LoadBalancerConfig
    from infra.load_balancer.target_group_config import TargetGroupConfig
    from infra.network.config import NetworkConfig
    from infra.network.domain_config import Domain

BOOT_SECONDS: Final = 60
"""Minimum duration of a boot: start the image, install Python from its repository, fetch the archive."""

REACTION_SECONDS: Final = 60
"""Time in which Auto Scaling replaces an instance that the load balancer finds unhealthy: about a minute, as
observed, since AWS names none."""

MIN_HEALTHY: Final = 100
MAX_HEALTHY: Final = 200
"""Percent of the desired capacity between which instances are replaced, for any reason: a successor serves
before its predecessor stops."""

SPOT_NOTICE_SECONDS: Final = 120
"""Time from the interruption notice of a spot instance to its end (EC2 user guide, "Spot Instance
interruption notices")."""

ROLL_OUT_FACTOR: Final = MAX_HEALTHY // 100
"""Multiple of its instances that a fleet may have during a roll-out."""


@dataclass(frozen=True, kw_only=True)
class FleetConfig:
    """Instances behind a load balancer."""

    instances: InstancesConfig
    scaling: ScalingConfig
    network: NetworkConfig
    target_group: TargetGroupConfig
    load_balancer: LoadBalancerConfig
    domain: Domain | None

    @property
    def replacement_seconds(self) -> int:
        """Seconds from the failure of an instance to the first request of its successor, at most.

        The load balancer finds it unhealthy, Auto Scaling ends it, and the successor boots in its grace
        period.
        """
        group = self.target_group
        checks = group.unhealthy_threshold_count * group.health_check_interval_seconds
        return checks + REACTION_SECONDS + self.scaling.health_check_grace_period_seconds


def warm_pool_needs_autoscaling_endpoint(
    warm_pool_size: int, nat_gateways: NatGateways, interface_endpoints: tuple[InterfaceEndpoint, ...]
) -> Iterator[str]:
    """Check that instances of a warm pool can report that they have booted."""
    if warm_pool_size and "autoscaling" not in reachable_services(nat_gateways, interface_endpoints):
        yield (
            f"warmPoolSize {warm_pool_size} needs instances that can report that they have booted, or they "
            "are stopped half-way: with natGateways none, interfaceEndpoints has to name autoscaling"
        )


def too_few_addresses(
    max_instances: int,
    warm_pool_size: int,
    vpc_cidr: IPv4Network,
    availability_zones: int,
    interface_endpoints: tuple[InterfaceEndpoint, ...],
) -> Iterator[str]:
    """Check that the private subnets have an address for each instance of a roll-out and of the warm pool."""
    # An interface endpoint has an address in each zone.
    free = (instance_addresses(vpc_cidr) - len(interface_endpoints)) * availability_zones
    # A stopped instance keeps its address.
    needed = max_instances * ROLL_OUT_FACTOR + warm_pool_size
    if needed > free:
        pool = f" with warmPoolSize {warm_pool_size}" if warm_pool_size else ""
        yield (
            f"maxInstances {max_instances}{pool} does not fit into vpcCidr {vpc_cidr} over availabilityZones "
            f"{availability_zones}: a roll-out needs {needed} private addresses and there are {free}"
        )


def spot_interrupted_before_it_drained(spot_percent: int, deregistration_delay_seconds: int) -> Iterator[str]:
    """Check that a spot instance drains within the interruption notice."""
    if spot_percent and deregistration_delay_seconds >= SPOT_NOTICE_SECONDS:
        yield (
            f"deregistrationDelaySeconds {deregistration_delay_seconds} does not go with spotPercent "
            f"{spot_percent}: a spot instance stops {SPOT_NOTICE_SECONDS} after its interruption notice, "
            "with requests unanswered"
        )


def replaced_before_it_booted(
    health_check_grace_period_seconds: int, health_check_interval_seconds: int
) -> Iterator[str]:
    """Check that the grace period leaves time for a boot and a health check."""
    if health_check_grace_period_seconds < BOOT_SECONDS + health_check_interval_seconds:
        yield (
            f"healthCheckGracePeriodSeconds {health_check_grace_period_seconds} is less than the "
            f"{BOOT_SECONDS} of a boot and healthCheckIntervalSeconds {health_check_interval_seconds}: "
            "instances would be replaced before they ever answer"
        )


RELATIONS: Final = (
    warm_pool_needs_autoscaling_endpoint,
    too_few_addresses,
    spot_interrupted_before_it_drained,
    replaced_before_it_booted,
)
