"""What the stack's own network may be: zones, addresses, and ways out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.subnet_plan import LARGEST_PREFIX, SMALLEST_PREFIX, parse_vpc_cidr

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from infra.reading import Reader, Setting


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """A VPC over several zones; `Pulumi.yaml` says what each key means."""

    zones: int
    vpc_cidr: IPv4Network


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """The same as it was read, for those that have relations with it."""

    zones: Setting[int]
    vpc_cidr: Setting[IPv4Network]

    @property
    def value(self) -> NetworkConfig:
        """The typed value, once the reader has told that there are no mistakes."""
        return NetworkConfig(zones=self.zones.value, vpc_cidr=self.vpc_cidr.value)


def read_network(read: Reader) -> NetworkSettings:
    """Read the network's keys; `read` keeps what is wrong with each."""
    cidrs = f"a private range (RFC 1918) from /{LARGEST_PREFIX} to /{SMALLEST_PREFIX} like 10.20.0.0/16"
    return NetworkSettings(
        # A load balancer asks for two zones.
        zones=read.whole("zones", 2, 3),
        vpc_cidr=read.parsed("vpcCidr", cidrs, parse_vpc_cidr),
    )
