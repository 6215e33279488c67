"""What the fleet may be: types, ranges and relations of its keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.config_reader import Part, Reader, Setting
from infra.fleet.scaling_config import Scaling, read_scaling
from infra.load_balancer.config import BalancerConfig, read_balancer
from infra.network.config import NetworkConfig, NetworkSettings, reached, read_network
from infra.network.subnets import instance_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.fleet.instances_config import Machines, MachineSettings
    from infra.network.domain_config import DomainSettings

BOOT_SECONDS: Final = 60
"""The least that a boot takes: start the image, install Python from its repository, fetch the archive."""

MIN_HEALTHY: Final = 100
MAX_HEALTHY: Final = 200
"""Percent of the desired capacity between which instances are replaced, whyever they are: a successor serves
before its predecessor goes."""

SPOT_NOTICE_SECONDS: Final = 120
"""From the word that a spot instance is taken back to its end (EC2 user guide, "Spot Instance interruption
notices")."""

ROLL_OUT_FACTOR: Final = MAX_HEALTHY // 100
"""So many times its instances a fleet may have for a while."""


@dataclass(frozen=True, kw_only=True)
class FleetConfig:
    """Instances behind a load balancer. Times are in seconds; `Pulumi.yaml` says what each one means."""

    machines: Machines
    scaling: Scaling
    min_instances: int
    max_instances: int
    network: NetworkConfig
    balancer: BalancerConfig
    instance_warmup: int
    health_check_grace_period: int


def read_fleet(read: Reader, machines: MachineSettings, domain: DomainSettings) -> Part[FleetConfig]:
    """Read the fleet's keys; `read` keeps what is wrong with each, the part what is wrong between them."""
    # A target group takes 1,000 targets (ELB user guide, "Quotas"), and a roll-out doubles their number.
    min_instances = read.whole("minInstances", 1, 500)
    max_instances = read.whole("maxInstances", 1, 500)
    network = read_network(read)
    balancer = read_balancer(read, min_instances, domain)
    scaling = read_scaling(read)
    instance_warmup = read.whole("instanceWarmupSeconds", 0, 3_600)
    health_check_grace_period = read.whole("healthCheckGracePeriodSeconds", 0, 7_200)
    return Part(
        (
            *machines.contradictions(max_instances),
            *_wrong_order(min_instances, max_instances),
            *scaling.contradictions(min_instances, max_instances, machines),
            *_pool_in_the_dark(scaling.warm_pool_size, network),
            *_no_room(max_instances, scaling.warm_pool_size, network),
            *balancer.contradictions,
            *_taken_before_it_drained(machines.spot_share, balancer.deregistration_delay),
            *_replaced_too_early(health_check_grace_period, balancer.health_check_interval),
        ),
        lambda: FleetConfig(
            machines=machines.value,
            scaling=scaling.value,
            min_instances=min_instances.value,
            max_instances=max_instances.value,
            network=network.value,
            balancer=balancer.value(),
            instance_warmup=instance_warmup.value,
            health_check_grace_period=health_check_grace_period.value,
        ),
    )


# A relation names its settings in both directions of the sentence, so that whoever reads it knows which two
# lines of the stack's file to look at. What cannot be read takes no part: its own mistake is told already.


def _wrong_order(min_instances: Setting[int], max_instances: Setting[int]) -> Iterator[str]:
    least, most = min_instances.readable, max_instances.readable
    if least is not None and most is not None and most < least:
        yield f"maxInstances {most} is less than minInstances {least}"


def _pool_in_the_dark(warm_pool_size: Setting[int], network: NetworkSettings) -> Iterator[str]:
    size, nat, endpoints = (
        warm_pool_size.readable,
        network.nat_gateways.readable,
        network.interface_endpoints.readable,
    )
    if size and nat and endpoints is not None and "autoscaling" not in reached(nat, endpoints):
        yield (
            f"warmPoolSize {size} needs instances that can tell when they have booted, or they are stopped "
            "half-way: with natGateways none, interfaceEndpoints has to name autoscaling"
        )


def _no_room(
    max_instances: Setting[int], warm_pool_size: Setting[int], network: NetworkSettings
) -> Iterator[str]:
    most, vpc, number = max_instances.readable, network.vpc_cidr.readable, network.zones.readable
    endpoints = network.interface_endpoints.readable or ()
    # An instance that waits, stopped, keeps its address.
    waiting = warm_pool_size.readable or 0
    if most is None or vpc is None or number is None:
        return
    # An interface endpoint has an address in each zone.
    room = (instance_addresses(vpc) - len(endpoints)) * number
    needed = most * ROLL_OUT_FACTOR + waiting
    if needed > room:
        beside = f" with warmPoolSize {waiting}" if waiting else ""
        yield (
            f"maxInstances {most}{beside} does not fit into vpcCidr {vpc} over availabilityZones {number}: "
            f"a roll-out needs {needed} private addresses and there are {room}"
        )


def _taken_before_it_drained(spot_share: Setting[int], delay: Setting[int]) -> Iterator[str]:
    share, drain = spot_share.readable, delay.readable
    if share and drain is not None and drain >= SPOT_NOTICE_SECONDS:
        yield (
            f"deregistrationDelaySeconds {drain} does not go with spotPercent {share}: a spot instance "
            f"is gone {SPOT_NOTICE_SECONDS} after it is told so, whatever it still has to answer"
        )


def _replaced_too_early(grace_period: Setting[int], interval: Setting[int]) -> Iterator[str]:
    grace, every = grace_period.readable, interval.readable
    if grace is not None and every is not None and grace < BOOT_SECONDS + every:
        yield (
            f"healthCheckGracePeriodSeconds {grace} is less than the {BOOT_SECONDS} of a boot and "
            f"healthCheckIntervalSeconds {every}: instances would be replaced before they ever answer"
        )
