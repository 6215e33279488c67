"""Who may talk to whom: a VPC over several zones, with no way out but to S3."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final, TypeVar

import pulumi
import pulumi_aws as aws

from infra.subnet_plan import plan_subnets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from ipaddress import IPv4Network

    from infra.network_config import NetworkConfig

T = TypeVar("T")

ANYWHERE: Final = "0.0.0.0/0"
HTTP: Final = 80
HTTPS: Final = 443

OUTDATED_ZONES: Final = ["use1-az3"]
"""Ids of zones that offer hardly an instance type of this decade: the oldest one of us-east-1."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What the network is like."""

    config: NetworkConfig
    """Zones, and the addresses to divide among them."""
    service_port: int
    """Where the instances listen (TCP)."""
    region: pulumi.Input[str]
    """Like `us-east-1`."""
    bucket: pulumi.Input[str]
    """Name of the bucket that the instances read."""
    tags: Mapping[str, str]
    """On everything that takes tags."""


@dataclass(frozen=True)
class Place:
    """Where something may run; known once all its routes and rules are there."""

    subnet_ids: pulumi.Output[list[str]]
    """One for each zone."""
    security_group_id: pulumi.Output[str]


class Network(pulumi.ComponentResource):
    """The world reaches the load balancer, that one the instances, and these reach S3."""

    vpc_id: pulumi.Output[str]
    public: Place
    """For the load balancer."""
    private: Place
    """For the instances."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Network", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._zones = aws.get_availability_zones_output(
            state="available",
            # Local zones have to be opted into; they take neither load balancers nor most instance types.
            filters=[
                aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])
            ],
            exclude_zone_ids=OUTDATED_ZONES,
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).names
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=str(args.config.vpc_cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags("vpc"),
            opts=self._child,
        )
        private_subnet_ids, s3_prefix_list_id = self._private_subnets(vpc)
        balancer_group_id, instance_group_id = self._security_groups(vpc, s3_prefix_list_id)
        self.vpc_id = vpc.id
        self.public = Place(self._public_subnets(vpc), balancer_group_id)
        self.private = Place(private_subnet_ids, instance_group_id)
        self.register_outputs({"vpc_id": self.vpc_id})

    def _public_subnets(self, vpc: aws.ec2.Vpc) -> pulumi.Output[list[str]]:
        """Make the subnets that the internet reaches."""
        gateway = aws.ec2.InternetGateway(
            f"{self._prefix}-internet", vpc_id=vpc.id, tags=self._tags("internet"), opts=self._child
        )
        routes = self._route_table("public", vpc)
        way_in = aws.ec2.Route(
            f"{self._prefix}-to-internet",
            route_table_id=routes.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self._child,
        )
        subnets: list[aws.ec2.Subnet] = []
        links: list[pulumi.CustomResource] = []
        for index, zone in enumerate(plan_subnets(self._args.config.vpc_cidr, self._args.config.zones)):
            role = f"public-{ascii_lowercase[index]}"
            subnets.append(self._subnet(role, vpc, index, zone.public))
            links.append(self._link(role, subnets[-1], routes))
        return _once(_ids(subnets), way_in, *links)

    def _private_subnets(self, vpc: aws.ec2.Vpc) -> tuple[pulumi.Output[list[str]], pulumi.Output[str]]:
        """Make the subnets that only the VPC reaches, and the id of S3's addresses as seen from them."""
        subnets: list[aws.ec2.Subnet] = []
        links: list[pulumi.CustomResource] = []
        tables: list[aws.ec2.RouteTable] = []
        for index, zone in enumerate(plan_subnets(self._args.config.vpc_cidr, self._args.config.zones)):
            # One route table for each zone: a zone's way out must not lead through another zone.
            role = f"private-{ascii_lowercase[index]}"
            subnets.append(self._subnet(role, vpc, index, zone.private))
            tables.append(self._route_table(role, vpc))
            links.append(self._link(role, subnets[-1], tables[-1]))
        s3 = aws.ec2.VpcEndpoint(
            f"{self._prefix}-s3",
            vpc_id=vpc.id,
            vpc_endpoint_type="Gateway",
            service_name=pulumi.Output.concat("com.amazonaws.", self._args.region, ".s3"),
            route_table_ids=[table.id for table in tables],
            policy=pulumi.Output.json_dumps(_s3_policy(self._args.bucket, self._args.region)),
            tags=self._tags("s3"),
            opts=self._child,
        )
        return _once(_ids(subnets), s3, *links), s3.prefix_list_id

    def _security_groups(
        self, vpc: aws.ec2.Vpc, s3_prefix_list_id: pulumi.Input[str]
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """Make the groups of the balancer and of the instances; Pulumi leaves no rule in them but ours."""
        balancer = self._security_group(
            "balancer", vpc, "Load balancer: HTTP from anywhere, to the instances"
        )
        instances = self._security_group("instances", vpc, "Instances: from the load balancer, to S3")
        port = self._args.service_port
        from_world = aws.vpc.SecurityGroupIngressRule(
            f"{self._prefix}-world-to-balancer",
            security_group_id=balancer.id,
            description="HTTP from anywhere",
            cidr_ipv4=ANYWHERE,
            ip_protocol="tcp",
            from_port=HTTP,
            to_port=HTTP,
            tags=self._tags("world-to-balancer"),
            opts=self._child,
        )
        to_instances = aws.vpc.SecurityGroupEgressRule(
            f"{self._prefix}-balancer-to-instances",
            security_group_id=balancer.id,
            description="Requests and health checks",
            referenced_security_group_id=instances.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags=self._tags("balancer-to-instances"),
            opts=self._child,
        )
        from_balancer = aws.vpc.SecurityGroupIngressRule(
            f"{self._prefix}-instances-from-balancer",
            security_group_id=instances.id,
            description="Requests and health checks",
            referenced_security_group_id=balancer.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags=self._tags("instances-from-balancer"),
            opts=self._child,
        )
        to_s3 = aws.vpc.SecurityGroupEgressRule(
            f"{self._prefix}-instances-to-s3",
            security_group_id=instances.id,
            description="The archive and the package repository",
            prefix_list_id=s3_prefix_list_id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            tags=self._tags("instances-to-s3"),
            opts=self._child,
        )
        return _once(balancer.id, from_world, to_instances), _once(instances.id, from_balancer, to_s3)

    def _subnet(self, role: str, vpc: aws.ec2.Vpc, index: int, cidr: IPv4Network) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{self._prefix}-{role}",
            vpc_id=vpc.id,
            availability_zone=self._zones.apply(partial(_zone, index=index)),
            cidr_block=str(cidr),
            # A load balancer brings its own public addresses; nothing else here shall have one.
            map_public_ip_on_launch=False,
            tags=self._tags(role),
            opts=self._child,
        )

    def _route_table(self, role: str, vpc: aws.ec2.Vpc) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            f"{self._prefix}-{role}-routes", vpc_id=vpc.id, tags=self._tags(role), opts=self._child
        )

    def _link(
        self, role: str, subnet: aws.ec2.Subnet, routes: aws.ec2.RouteTable
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            f"{self._prefix}-{role}-link", subnet_id=subnet.id, route_table_id=routes.id, opts=self._child
        )

    def _security_group(self, role: str, vpc: aws.ec2.Vpc, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{self._prefix}-{role}",
            vpc_id=vpc.id,
            description=description,
            tags=self._tags(role),
            opts=self._child,
        )

    def _tags(self, role: str) -> dict[str, str]:
        # The console of EC2 shows this tag as the name.
        return {**self._args.tags, "Name": f"{self._prefix}-{role}"}


def _ids(resources: Sequence[pulumi.CustomResource]) -> pulumi.Output[list[str]]:
    return pulumi.Output.all(*(resource.id for resource in resources)).apply(list[str])


def _once(value: pulumi.Output[T], *needs: pulumi.CustomResource) -> pulumi.Output[T]:
    """Let a value be known only when what it needs to be of use exists."""
    return pulumi.Output.all(*(need.id for need in needs)).apply(lambda _: value)


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
