"""Network section of the configuration: zones, addresses, ways out and flow logs of the VPC."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from infra.config_reader import Integer, Parser, Section, parse_names
from infra.network.subnets import MAXIMUM_PREFIX_LENGTH, MINIMUM_PREFIX_LENGTH, parse_vpc_cidr

NatGateways: TypeAlias = Literal["none", "single", "per-zone"]

NAT_GATEWAYS: Final[tuple[NatGateways, ...]] = ("none", "single", "per-zone")

InterfaceEndpoint: TypeAlias = Literal["ssm", "ssmmessages", "logs", "autoscaling"]
"""Service name in an endpoint's name, after `com.amazonaws.<region>.`."""

ENDPOINT_GROUPS: Final[dict[str, tuple[InterfaceEndpoint, ...]]] = {
    # Not ec2messages: agents since 3.3.40.0 (2024) take ssmmessages in its place, and newer regions have no
    # other (Systems Manager user guide, "Reference: ec2messages, ssmmessages, and other API operations").
    "ssm": ("ssm", "ssmmessages"),
    "logs": ("logs",),
    "autoscaling": ("autoscaling",),
}
"""A word of the configuration -> the endpoints that it creates."""

VpcFlowLogs: TypeAlias = Literal["none", "rejected", "all"]


def reachable_services(
    nat_gateways: NatGateways, endpoints: tuple[InterfaceEndpoint, ...]
) -> frozenset[InterfaceEndpoint]:
    """Return the services that instances reach: with a NAT gateway all, otherwise those with an endpoint."""
    if nat_gateways == "none":
        return frozenset(endpoints)
    return frozenset(name for group in ENDPOINT_GROUPS.values() for name in group)


def parse_endpoints(text: str) -> tuple[InterfaceEndpoint, ...]:
    """Parse words of `ENDPOINT_GROUPS`, separated by commas, into the endpoints that they create."""
    return tuple(
        name for group in parse_names(tuple(ENDPOINT_GROUPS))(text) for name in ENDPOINT_GROUPS[group]
    )


Cidr: TypeAlias = Annotated[
    IPv4Network,
    Parser(
        parse_vpc_cidr,
        f"a private range (RFC 1918) from /{MINIMUM_PREFIX_LENGTH} to /{MAXIMUM_PREFIX_LENGTH} "
        "like 10.20.0.0/16",
    ),
]
Endpoints: TypeAlias = Annotated[
    tuple[InterfaceEndpoint, ...],
    Parser(parse_endpoints, f"any of {', '.join(ENDPOINT_GROUPS)}, separated by commas, or nothing"),
]


class NetworkConfig(Section):
    """Network."""

    availability_zones: Integer = Field(
        default=2,
        ge=2,  # A load balancer needs two zones.
        le=3,
        description="Number of Availability Zones that the load balancer and the instances are spread over.",
    )
    vpc_cidr: Cidr = Field(
        default="10.20.0.0/16",
        validate_default=True,
        description="Private address range (RFC 1918) of the stack's VPC.",
    )
    nat_gateways: NatGateways = Field(
        default="none",
        description="NAT gateways, which let instances reach the internet. none = instances reach only S3, "
        "which holds the archive and the packages; single = one gateway, so that all zones lose internet "
        "access with its zone; per-zone = one in each zone. A NAT gateway and its address cost 37 USD a "
        "month, plus 0.045 USD for each GB.",
    )
    interface_endpoints: Endpoints = Field(
        default="",
        validate_default=True,
        description="Interface VPC endpoints to create, separated by commas. ssm = Session Manager, a shell "
        "without SSH; logs = CloudWatch Logs; autoscaling = Auto Scaling, which then waits until an "
        "instance reports that it is ready. An endpoint costs 7 USD a month and zone; ssm creates two.",
    )
    vpc_flow_logs: VpcFlowLogs = Field(
        default="rejected",
        description="VPC flow logs to write to the log bucket. none; rejected = connections that the "
        "security groups rejected, which show attacks and missing rules and cost cents; all = every "
        "connection, at 0.25 USD for each GB of logs.",
    )

    @property
    def reachable_services(self) -> frozenset[InterfaceEndpoint]:
        """The AWS services that instances reach."""
        return reachable_services(self.nat_gateways, self.interface_endpoints)
