"""What the stack's own network may be: zones, addresses, ways out, and what is noted of its traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from infra.config_reader import Setting
from infra.network.subnets import LARGEST_PREFIX, SMALLEST_PREFIX, parse_vpc_cidr

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from infra.config_reader import Reader

NatGateways: TypeAlias = Literal["none", "single", "per-zone"]

NAT_GATEWAYS: Final[tuple[NatGateways, ...]] = ("none", "single", "per-zone")

InterfaceEndpoint: TypeAlias = Literal["ssm", "ssmmessages", "logs", "autoscaling"]
"""What AWS calls the service in the endpoint's name, behind `com.amazonaws.<region>.`."""

ENDPOINT_GROUPS: Final[dict[str, tuple[InterfaceEndpoint, ...]]] = {
    # Not ec2messages: agents since 3.3.40.0 (2024) take ssmmessages in its place, and newer regions have no
    # other (Systems Manager user guide, "Reference: ec2messages, ssmmessages, and other API operations").
    "ssm": ("ssm", "ssmmessages"),
    "logs": ("logs",),
    "autoscaling": ("autoscaling",),
}
"""A word of the configuration -> the endpoints that it takes."""

FlowLogs: TypeAlias = Literal["none", "rejected", "all"]

FLOW_LOGS: Final[tuple[FlowLogs, ...]] = ("none", "rejected", "all")


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """A VPC over several zones; `Pulumi.yaml` says what each key means."""

    zones: int
    vpc_cidr: IPv4Network
    nat_gateways: NatGateways
    interface_endpoints: tuple[InterfaceEndpoint, ...]
    flow_logs: FlowLogs

    @property
    def reaches(self) -> frozenset[InterfaceEndpoint]:
        """The services that instances have a way to."""
        return reached(self.nat_gateways, self.interface_endpoints)


def reached(
    nat_gateways: NatGateways, endpoints: tuple[InterfaceEndpoint, ...]
) -> frozenset[InterfaceEndpoint]:
    """Say which services there is a way to: through the internet all of them, else those with an endpoint."""
    if nat_gateways == "none":
        return frozenset(endpoints)
    return frozenset(name for group in ENDPOINT_GROUPS.values() for name in group)


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """The same as it was read, for those that have relations with it."""

    zones: Setting[int]
    vpc_cidr: Setting[IPv4Network]
    nat_gateways: Setting[NatGateways]
    interface_endpoints: Setting[tuple[InterfaceEndpoint, ...]]
    flow_logs: Setting[FlowLogs]

    @property
    def value(self) -> NetworkConfig:
        """The typed value, once the reader has told that there are no mistakes."""
        return NetworkConfig(
            zones=self.zones.value,
            vpc_cidr=self.vpc_cidr.value,
            nat_gateways=self.nat_gateways.value,
            interface_endpoints=self.interface_endpoints.value,
            flow_logs=self.flow_logs.value,
        )


def read_network(read: Reader) -> NetworkSettings:
    """Read the network's keys; `read` keeps what is wrong with each."""
    cidrs = f"a private range (RFC 1918) from /{LARGEST_PREFIX} to /{SMALLEST_PREFIX} like 10.20.0.0/16"
    return NetworkSettings(
        # A load balancer asks for two zones.
        zones=read.whole("availabilityZones", 2, 3),
        vpc_cidr=read.parsed("vpcCidr", cidrs, parse_vpc_cidr),
        nat_gateways=read.choice("natGateways", NAT_GATEWAYS),
        interface_endpoints=_endpoints(read),
        flow_logs=read.choice("vpcFlowLogs", FLOW_LOGS),
    )


def _endpoints(read: Reader) -> Setting[tuple[InterfaceEndpoint, ...]]:
    groups = read.words("interfaceEndpoints", tuple(ENDPOINT_GROUPS))
    if groups.readable is None:
        return Setting(groups.key, None)
    return Setting(groups.key, tuple(name for group in groups.readable for name in ENDPOINT_GROUPS[group]))
