"""How a VPC's addresses are divided among zones: arithmetic, no cloud."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Final

PRIVATE_RANGES: Final = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
)
"""The addresses that nobody owns on the internet (RFC 1918)."""

LARGEST_PREFIX: Final = 16
"""A VPC has at most 65,536 addresses (Amazon VPC user guide, "VPC CIDR blocks")."""

SMALLEST_PREFIX: Final = 24
"""An eighth of it is a /27, the least that a load balancer takes (ELB user guide, "Subnets")."""

MOST_ZONES: Final = 4
"""Two of the eight equal parts for each."""

RESERVED_ADDRESSES: Final = 5
"""The first four and the last of each subnet belong to AWS (Amazon VPC user guide, "Subnet CIDR blocks")."""


@dataclass(frozen=True, kw_only=True)
class ZoneSubnets:
    """The two subnets of one zone."""

    public: IPv4Network
    """Reached from the internet: the load balancer's."""
    private: IPv4Network
    """Reached from within the VPC alone: the instances'."""


def parse_vpc_cidr(text: str) -> IPv4Network:
    """Read a VPC's address range, like `10.20.0.0/16`.

    Raises:
        ValueError: With the reason, when it is no range, not private or of a size that does not fit.
    """
    try:
        network = IPv4Network(text)
    except (AddressValueError, NetmaskValueError) as error:
        raise ValueError("it is not an IPv4 range") from error
    except ValueError as error:
        raise ValueError("its address has bits set beyond the prefix") from error
    if not any(network.subnet_of(private) for private in PRIVATE_RANGES):
        raise ValueError("it is not private")
    if not LARGEST_PREFIX <= network.prefixlen <= SMALLEST_PREFIX:
        raise ValueError(f"a /{network.prefixlen} does not fit")
    return network


def plan_subnets(vpc: IPv4Network, zones: int) -> tuple[ZoneSubnets, ...]:
    """Give each zone a public and a private eighth of the VPC.

    A zone's subnets depend on its place alone: adding a zone moves none of the others.

    Raises:
        ValueError: When the VPC is too small or the zones are too many.
    """
    if vpc.prefixlen > SMALLEST_PREFIX or not 1 <= zones <= MOST_ZONES:
        raise ValueError(f"{vpc} cannot be divided among {zones} zones")
    parts = list(vpc.subnets(prefixlen_diff=3))
    return tuple(
        ZoneSubnets(public=public, private=private)
        for public, private in zip(parts[0::2], parts[1::2], strict=True)
    )[:zones]


def instance_addresses(vpc: IPv4Network) -> int:
    """How many instances have room in the private subnet of one zone."""
    return plan_subnets(vpc, 1)[0].private.num_addresses - RESERVED_ADDRESSES
