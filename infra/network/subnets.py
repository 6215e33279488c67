"""Subnet plan: division of a VPC's address range among its zones."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Final

PRIVATE_RANGES: Final = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
)
"""Private IPv4 address ranges (RFC 1918)."""

MINIMUM_PREFIX_LENGTH: Final = 16
"""Prefix length of the largest VPC, 65,536 addresses (Amazon VPC user guide, "VPC CIDR blocks")."""

MAXIMUM_PREFIX_LENGTH: Final = 24
"""Prefix length of the smallest VPC: an eighth of it is a /27, the minimum of a load balancer (ELB user
guide, "Subnets")."""

MAXIMUM_ZONES: Final = 4
"""Zones with two of the eight equal parts each."""

RESERVED_ADDRESSES: Final = 5
"""Reserved addresses of a subnet, the first four and the last (VPC user guide, "Subnet CIDR blocks")."""


@dataclass(frozen=True, kw_only=True)
class ZoneSubnets:
    """Subnets of one zone."""

    public: IPv4Network
    """Subnet of the load balancer, with a route to the internet gateway."""
    private: IPv4Network
    """Subnet of the instances, reachable only from within the VPC."""


def parse_vpc_cidr(text: str) -> IPv4Network:
    """Parse the address range of a VPC, such as `10.20.0.0/16`.

    Raises:
        ValueError: The range is invalid, not private or of an unsupported size; the message has the reason.
    """
    try:
        network = IPv4Network(text)
    except (AddressValueError, NetmaskValueError) as error:
        raise ValueError("it is not an IPv4 range") from error
    except ValueError as error:
        raise ValueError("its address has bits set beyond the prefix") from error
    if not any(network.subnet_of(private) for private in PRIVATE_RANGES):
        raise ValueError("it is not private")
    if not MINIMUM_PREFIX_LENGTH <= network.prefixlen <= MAXIMUM_PREFIX_LENGTH:
        raise ValueError(f"a /{network.prefixlen} does not fit")
    return network


def plan_subnets(vpc: IPv4Network, zones: int) -> tuple[ZoneSubnets, ...]:
    """Return the subnets of each zone, a public and a private eighth of the VPC.

    The subnets of a zone depend only on its position: an additional zone moves none of the others.

    Raises:
        ValueError: The VPC is too small or the zones are too many.
    """
    if vpc.prefixlen > MAXIMUM_PREFIX_LENGTH or not 1 <= zones <= MAXIMUM_ZONES:
        raise ValueError(f"{vpc} cannot be divided among {zones} zones")
    parts = list(vpc.subnets(prefixlen_diff=3))
    return tuple(
        ZoneSubnets(public=public, private=private)
        for public, private in zip(parts[0::2], parts[1::2], strict=True)
    )[:zones]


def instance_addresses(vpc: IPv4Network) -> int:
    """Return the number of addresses for instances in the private subnet of one zone."""
    return plan_subnets(vpc, 1)[0].private.num_addresses - RESERVED_ADDRESSES
