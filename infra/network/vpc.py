"""Where things are: a VPC over several zones, with as few ways out as it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.depends_on import once
from infra.network.subnets import plan_subnets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from ipaddress import IPv4Network

    from infra.network.config import NetworkConfig

ANYWHERE: Final = "0.0.0.0/0"

OUTDATED_ZONES: Final = ["use1-az3"]
"""Ids of zones that offer hardly an instance type of this decade: the oldest one of us-east-1."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What the network is like."""

    config: NetworkConfig
    """Zones, the addresses to divide among them, and ways out."""
    region: pulumi.Input[str]
    """Like `us-east-1`."""
    bucket: pulumi.Input[str]
    """Name of the bucket that the instances read."""
    flow_logs_arn: pulumi.Input[str]
    """Takes the flow logs: a bucket, or a prefix in one."""
    tags: Mapping[str, str]
    """On everything that takes tags."""


class Network(pulumi.ComponentResource):
    """The world reaches the public subnets; the private ones reach S3, and the world where that is asked."""

    vpc_id: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[list[str]]
    """For the load balancer, one for each zone; known once the internet reaches them."""
    private_subnet_ids: pulumi.Output[list[str]]
    """For the instances, one for each zone; known once they reach what they need."""
    s3_prefix_list_id: pulumi.Output[str]
    """S3's addresses, as seen from the private subnets."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Network", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._plan = plan_subnets(args.config.vpc_cidr, args.config.availability_zones)
        self._zones = aws.get_availability_zones_output(
            state="available",
            # Local zones have to be opted into; they take neither load balancers nor most instance types.
            filters=[
                aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])
            ],
            exclude_zone_ids=OUTDATED_ZONES,
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).names
        self._vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=str(args.config.vpc_cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags("vpc"),
            opts=self._child,
        )
        # AWS makes it, and lets all that is in it talk to one another and to the world. Nothing shall be in
        # it: without rules, what lands there by mistake is cut off.
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default-group", vpc_id=self._vpc.id, tags=self._tags("default"), opts=self._child
        )
        public, public_ready = self._public_subnets()
        private, private_ready, s3 = self._private_subnets(self._nat_gateways(public, public_ready))
        self._flow_log()
        self.vpc_id = self._vpc.id
        self.public_subnet_ids = once(_ids(public), *public_ready)
        self.private_subnet_ids = once(_ids(private), *private_ready)
        self.s3_prefix_list_id = s3.prefix_list_id
        self.register_outputs({"vpc_id": self.vpc_id})

    def _public_subnets(self) -> tuple[list[aws.ec2.Subnet], list[pulumi.CustomResource]]:
        """Make the subnets that the internet reaches, and what makes it so."""
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
            subnets.append(self._subnet(role, index, zone.public))
            ready.append(self._link(role, subnets[-1], routes))
        return subnets, ready

    def _nat_gateways(
        self, public: Sequence[aws.ec2.Subnet], ready: Sequence[pulumi.Resource]
    ) -> list[aws.ec2.NatGateway]:
        """Make as many ways out as there shall be; the first one stands in the first zone."""
        number = {"none": 0, "single": 1, "per-zone": len(public)}[self._args.config.nat_gateways]
        # A gateway that stands before its way to the internet does fails.
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
        self, gateways: Sequence[aws.ec2.NatGateway]
    ) -> tuple[list[aws.ec2.Subnet], list[pulumi.CustomResource], aws.ec2.VpcEndpoint]:
        """Make the subnets that only the VPC reaches, what makes them useful, and their way to S3."""
        subnets: list[aws.ec2.Subnet] = []
        ready: list[pulumi.CustomResource] = []
        tables: list[aws.ec2.RouteTable] = []
        for index, zone in enumerate(self._plan):
            # One route table for each zone: a zone's way out need not lead through another zone.
            role = f"private-{ascii_lowercase[index]}"
            subnets.append(self._subnet(role, index, zone.private))
            tables.append(self._route_table(role))
            ready.append(self._link(role, subnets[-1], tables[-1]))
            if gateways:
                way_out = aws.ec2.Route(
                    f"{self._prefix}-{role}-to-internet",
                    route_table_id=tables[-1].id,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=gateways[min(index, len(gateways) - 1)].id,
                    opts=self._child,
                )
                ready.append(way_out)
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
        """Note the traffic: in S3, where a GB of it costs half as much as in CloudWatch."""
        traffic = {"none": None, "rejected": "REJECT", "all": "ALL"}[self._args.config.vpc_flow_logs]
        if traffic is None:
            return
        aws.ec2.FlowLog(
            f"{self._prefix}-flows",
            vpc_id=self._vpc.id,
            traffic_type=traffic,
            log_destination_type="s3",
            log_destination=self._args.flow_logs_arn,
            # Ten minutes instead of one: a tenth of the notes for connections that last.
            max_aggregation_interval=600,
            tags=self._tags("flows"),
            opts=self._child,
        )

    def _subnet(self, role: str, index: int, cidr: IPv4Network) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{self._prefix}-{role}",
            vpc_id=self._vpc.id,
            availability_zone=self._zones.apply(partial(_zone, index=index)),
            cidr_block=str(cidr),
            # A load balancer brings its own public addresses; nothing else here shall have one.
            map_public_ip_on_launch=False,
            tags=self._tags(role),
            opts=self._child,
        )

    def _route_table(self, role: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            f"{self._prefix}-{role}-routes", vpc_id=self._vpc.id, tags=self._tags(role), opts=self._child
        )

    def _link(
        self, role: str, subnet: aws.ec2.Subnet, routes: aws.ec2.RouteTable
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            f"{self._prefix}-{role}-link", subnet_id=subnet.id, route_table_id=routes.id, opts=self._child
        )

    def _tags(self, role: str) -> dict[str, str]:
        # The console of EC2 shows this tag as the name.
        return {**self._args.tags, "Name": f"{self._prefix}-{role}"}


def _ids(resources: Sequence[pulumi.CustomResource]) -> pulumi.Output[list[str]]:
    return pulumi.Output.all(*(resource.id for resource in resources)).apply(list[str])


def _zone(names: Sequence[str], index: int) -> str:
    if index >= len(names):
        raise pulumi.RunError(
            f"zones is {index + 1} or more, but this region has {len(names)} that are of use"
        )
    return names[index]


def _s3_policy(bucket: pulumi.Input[str], region: pulumi.Input[str]) -> dict[str, object]:
    """Let through what a boot reads: the archive's bucket and Amazon Linux 2023's package repository.

    The repository's bucket is the host that `dnf repolist --verbose` names on Amazon Linux 2023.
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
