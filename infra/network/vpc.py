"""VPC, its public and private subnets, routes, NAT gateways, S3 endpoint and flow logs."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.depends_on import available_after
from infra.network.subnets import plan_subnets
from infra.network.zones import EXCLUDED_ZONE_IDS, ZONE_FILTERS, usable_zones

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from ipaddress import IPv4Network

    from infra.network.config import NetworkConfig

ANYWHERE: Final = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class VpcArgs:
    """Arguments of the VPC."""

    config: NetworkConfig
    """Zones, address range, NAT gateways, endpoints and flow logs."""
    instance_types: Sequence[str]
    """Instance types of the fleet; the VPC is in zones that offer all of them."""
    region: pulumi.Input[str]
    """AWS Region, such as `us-east-1`."""
    bucket: pulumi.Input[str]
    """Name of the archive bucket."""
    flow_logs_arn: pulumi.Input[str]
    """ARN of the flow logs' destination: a bucket, or a prefix in one."""
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class Vpc(pulumi.ComponentResource):
    """VPC with a public and a private subnet per zone, gateways, routes, S3 endpoint and flow log."""

    vpc_id: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[list[str]]
    """Subnets of the load balancer, one per zone; resolves after the creation of their internet routes."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Subnets of the instances, one per zone; resolves after the creation of routes and endpoint."""
    s3_prefix_list_id: pulumi.Output[str]
    """Prefix list of S3."""

    def __init__(self, name: str, args: VpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Network", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._plan = plan_subnets(args.config.vpc_cidr, args.config.availability_zones)
        self._zones = self._find_zones()
        self._vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=str(args.config.vpc_cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags("vpc"),
            opts=self._child,
        )
        # AWS creates it with rules for all traffic within the group and to the internet. Without rules, a
        # resource that uses it by mistake has no network access.
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default-group", vpc_id=self._vpc.id, tags=self._tags("default"), opts=self._child
        )
        public, public_ready = self._public_subnets()
        private, private_ready, s3 = self._private_subnets(public, self._nat_gateways(public, public_ready))
        self._flow_log()
        self.vpc_id = self._vpc.id
        self.public_subnet_ids = available_after(_ids(public), *public_ready)
        self.private_subnet_ids = available_after(_ids(private), *private_ready)
        self.s3_prefix_list_id = s3.prefix_list_id
        self.register_outputs({"vpc_id": self.vpc_id})

    def _find_zones(self) -> pulumi.Output[list[str]]:
        """Return the zones of the Region that offer all instance types of the fleet."""
        opts = pulumi.InvokeOutputOptions(parent=self)
        zones = aws.get_availability_zones_output(
            state="available",
            filters=[
                aws.GetAvailabilityZonesFilterArgs(name=name, values=[value])
                for name, value in ZONE_FILTERS.items()
            ],
            exclude_zone_ids=list(EXCLUDED_ZONE_IDS),
            opts=opts,
        ).names
        offered = [
            aws.ec2.get_instance_type_offerings_output(
                location_type="availability-zone",
                filters=[
                    aws.ec2.GetInstanceTypeOfferingsFilterArgs(name="instance-type", values=[instance_type])
                ],
                opts=opts,
            ).locations
            for instance_type in self._args.instance_types
        ]
        return pulumi.Output.all(zones, pulumi.Output.all(*offered)).apply(
            lambda values: usable_zones(*values)
        )

    def _public_subnets(self) -> tuple[list[aws.ec2.Subnet], list[pulumi.CustomResource]]:
        """Create the public subnets; return them and the resources that connect them to the internet."""
        gateway = aws.ec2.InternetGateway(
            f"{self._prefix}-internet", vpc_id=self._vpc.id, tags=self._tags("internet"), opts=self._child
        )
        routes = self._route_table("public")
        subnets: list[aws.ec2.Subnet] = []
        ready: list[pulumi.CustomResource] = [
            aws.ec2.Route(
                f"{self._prefix}-to-internet",
                route_table_id=routes.id,
                destination_cidr_block=ANYWHERE,
                gateway_id=gateway.id,
                opts=self._child,
            )
        ]
        for index, zone in enumerate(self._plan):
            role = f"public-{ascii_lowercase[index]}"
            subnets.append(self._subnet(role, zone.public, self._next_zone(subnets)))
            ready.append(self._associate(role, subnets[-1], routes))
        return subnets, ready

    def _nat_gateways(
        self, public: Sequence[aws.ec2.Subnet], ready: Sequence[pulumi.Resource]
    ) -> list[aws.ec2.NatGateway]:
        """Create the configured number of NAT gateways, from the first zone on."""
        number = {"none": 0, "single": 1, "per-zone": len(public)}[self._args.config.nat_gateways]
        # A NAT gateway fails to be created before its route to the internet.
        opts = pulumi.ResourceOptions(parent=self, depends_on=list(ready))
        gateways: list[aws.ec2.NatGateway] = []
        for letter, subnet in zip(ascii_lowercase, public[:number], strict=False):
            role = f"nat-{letter}"
            address = aws.ec2.Eip(
                f"{self._prefix}-{role}-address", domain="vpc", tags=self._tags(role), opts=opts
            )
            gateways.append(
                aws.ec2.NatGateway(
                    f"{self._prefix}-{role}",
                    subnet_id=subnet.id,
                    allocation_id=address.id,
                    tags=self._tags(role),
                    opts=opts,
                )
            )
        return gateways

    def _private_subnets(
        self, public: Sequence[aws.ec2.Subnet], gateways: Sequence[aws.ec2.NatGateway]
    ) -> tuple[list[aws.ec2.Subnet], list[pulumi.CustomResource], aws.ec2.VpcEndpoint]:
        """Create the private subnets; return them, the resources that connect them, and the S3 endpoint."""
        subnets: list[aws.ec2.Subnet] = []
        ready: list[pulumi.CustomResource] = []
        tables: list[aws.ec2.RouteTable] = []
        for index, zone in enumerate(self._plan):
            # One route table per zone, so that each zone can use its own NAT gateway.
            role = f"private-{ascii_lowercase[index]}"
            subnets.append(self._subnet(role, zone.private, public[index].availability_zone))
            tables.append(self._route_table(role))
            ready.append(self._associate(role, subnets[-1], tables[-1]))
            if gateways:
                nat_route = aws.ec2.Route(
                    f"{self._prefix}-{role}-to-internet",
                    route_table_id=tables[-1].id,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=gateways[min(index, len(gateways) - 1)].id,
                    opts=self._child,
                )
                ready.append(nat_route)
        s3 = aws.ec2.VpcEndpoint(
            f"{self._prefix}-s3",
            vpc_id=self._vpc.id,
            vpc_endpoint_type="Gateway",
            service_name=pulumi.Output.concat("com.amazonaws.", self._args.region, ".s3"),
            route_table_ids=[table.id for table in tables],
            policy=pulumi.Output.json_dumps(_s3_policy(self._args.bucket, self._args.region)),
            tags=self._tags("s3"),
            opts=self._child,
        )
        return subnets, [*ready, s3], s3

    def _flow_log(self) -> None:
        """Create the flow log, in S3, where a GB costs half as much as in CloudWatch Logs."""
        traffic = {"none": None, "rejected": "REJECT", "all": "ALL"}[self._args.config.vpc_flow_logs]
        if traffic is None:
            return
        aws.ec2.FlowLog(
            f"{self._prefix}-flows",
            vpc_id=self._vpc.id,
            traffic_type=traffic,
            log_destination_type="s3",
            log_destination=self._args.flow_logs_arn,
            # Ten minutes instead of one: a tenth of the records for long connections.
            max_aggregation_interval=600,
            tags=self._tags("flows"),
            opts=self._child,
        )

    def _next_zone(self, subnets: Sequence[aws.ec2.Subnet]) -> pulumi.Output[str]:
        """Return the first zone without a subnet."""
        used = pulumi.Output.all(*(subnet.availability_zone for subnet in subnets))
        return pulumi.Output.all(self._zones, used).apply(lambda values: _unused_zone(*values))

    def _subnet(self, role: str, cidr: IPv4Network, zone: pulumi.Output[str]) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{self._prefix}-{role}",
            vpc_id=self._vpc.id,
            availability_zone=zone,
            cidr_block=str(cidr),
            # A load balancer has its own public addresses; no other resource gets one.
            map_public_ip_on_launch=False,
            tags=self._tags(role),
            opts=pulumi.ResourceOptions(
                parent=self,
                # A subnet stays in the zone that it was created in: the list changes when a zone becomes
                # unavailable or does not offer another instance type.
                ignore_changes=["availability_zone"],
            ),
        )

    def _route_table(self, role: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            f"{self._prefix}-{role}-routes", vpc_id=self._vpc.id, tags=self._tags(role), opts=self._child
        )

    def _associate(
        self, role: str, subnet: aws.ec2.Subnet, routes: aws.ec2.RouteTable
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            f"{self._prefix}-{role}-link", subnet_id=subnet.id, route_table_id=routes.id, opts=self._child
        )

    def _tags(self, role: str) -> dict[str, str]:
        # The EC2 console shows the tag `Name`.
        return {**self._args.tags, "Name": f"{self._prefix}-{role}"}


def _ids(resources: Sequence[pulumi.CustomResource]) -> pulumi.Output[list[str]]:
    return pulumi.Output.all(*(resource.id for resource in resources)).apply(list[str])


def _unused_zone(zones: Sequence[str], used: Sequence[str]) -> str:
    unused = next((zone for zone in zones if zone not in used), None)
    if unused is None:
        raise pulumi.RunError(
            f"availabilityZones is {len(used) + 1} or more, but only {len(zones)} zones of this Region "
            "offer all instance types"
        )
    return unused


def _s3_policy(bucket: pulumi.Input[str], region: pulumi.Input[str]) -> dict[str, object]:
    """Return a policy for the reads of a boot: the archive and the Amazon Linux 2023 package repository.

    The bucket of the repository is the host that `dnf repolist --verbose` shows on Amazon Linux 2023.
    """
    buckets = [bucket, pulumi.Output.concat("al2023-repos-", region, "-de612dc2")]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "BootOnly",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                "Resource": [pulumi.Output.concat("arn:aws:s3:::", name, "/*") for name in buckets],
            }
        ],
    }
