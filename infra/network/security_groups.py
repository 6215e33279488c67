"""Security groups of load balancer, instances and interface endpoints, and their rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.depends_on import available_after

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ANYWHERE: Final = "0.0.0.0/0"
HTTP: Final = 80
HTTPS: Final = 443


@dataclass(frozen=True, kw_only=True)
class SecurityGroupsArgs:
    """Arguments of the security groups."""

    vpc_id: pulumi.Input[str]
    service_port: int
    """TCP port of the service on the instances."""
    s3_prefix_list_id: pulumi.Input[str]
    """Prefix list of S3."""
    has_nat: bool
    """Whether the instances reach the internet through NAT."""
    has_endpoints: bool
    """Whether the VPC has interface endpoints."""
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class SecurityGroups(pulumi.ComponentResource):
    """Security groups: from the internet to the load balancer, to the instances, to AWS services."""

    balancer_id: pulumi.Output[str]
    """Security group of the load balancer; like the others, resolves after the creation of its rules."""
    instances_id: pulumi.Output[str]
    """Security group of the instances."""
    endpoints_id: pulumi.Output[str] | None
    """Security group of the interface endpoints; None without endpoints."""

    def __init__(
        self, name: str, args: SecurityGroupsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("scalable-models:aws:SecurityGroups", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        port = args.service_port
        # The provider removes the default egress rule of a new security group.
        balancer = self._group("balancer", "Load balancer: from anywhere, to the instances")
        instances = self._group("instances", "Instances: from the load balancer, to S3")
        self._balancer = balancer
        to_instances = self._egress(
            "balancer-to-instances", balancer, "Requests and health checks", port, group=instances
        )
        instance_rules = [
            self._ingress(
                "instances-from-balancer", instances, "Requests and health checks", port, group=balancer
            ),
            self._egress(
                "instances-to-s3",
                instances,
                "The archive and the package repository",
                HTTPS,
                prefix_list_id=args.s3_prefix_list_id,
            ),
        ]
        if args.has_nat:
            instance_rules.append(
                self._egress(
                    "instances-to-world", instances, "Over TLS, through NAT", HTTPS, cidr_ipv4=ANYWHERE
                )
            )
        self.endpoints_id = None
        if args.has_endpoints:
            endpoints = self._group("endpoints", "Interface endpoints: from the instances, no outbound")
            description = "Services of AWS"
            instance_rules.append(
                self._egress("instances-to-aws", instances, description, HTTPS, group=endpoints)
            )
            ingress = self._ingress("aws-from-instances", endpoints, description, HTTPS, group=instances)
            self.endpoints_id = available_after(endpoints.id, ingress)
        self.balancer_id = available_after(balancer.id, to_instances)
        self.instances_id = available_after(instances.id, *instance_rules)
        self.register_outputs({"instances_id": self.instances_id})

    def open_http(self, after: Sequence[pulumi.Resource]) -> pulumi.CustomResource:
        """Open the load balancer to the world over HTTP, once other resources exist; return the rule."""
        return self._ingress(
            "world-to-balancer",
            self._balancer,
            "HTTP from anywhere",
            HTTP,
            cidr_ipv4=ANYWHERE,
            after=after,
        )

    def open_https(self, after: Sequence[pulumi.Resource]) -> pulumi.CustomResource:
        """Open the load balancer to the world over HTTPS, once other resources exist; return the rule."""
        return self._ingress(
            "world-to-balancer-tls",
            self._balancer,
            "HTTPS from anywhere",
            HTTPS,
            cidr_ipv4=ANYWHERE,
            after=after,
        )

    def _group(self, role: str, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{self._prefix}-{role}",
            vpc_id=self._args.vpc_id,
            description=description,
            tags=self._tags(role),
            opts=self._child,
        )

    def _ingress(
        self,
        role: str,
        owner: aws.ec2.SecurityGroup,
        description: str,
        port: int,
        *,
        cidr_ipv4: str | None = None,
        group: aws.ec2.SecurityGroup | None = None,
        after: Sequence[pulumi.Resource] = (),
    ) -> pulumi.CustomResource:
        return aws.vpc.SecurityGroupIngressRule(
            f"{self._prefix}-{role}",
            security_group_id=owner.id,
            description=description,
            cidr_ipv4=cidr_ipv4,
            referenced_security_group_id=group.id if group else None,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags=self._tags(role),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )

    def _egress(
        self,
        role: str,
        owner: aws.ec2.SecurityGroup,
        description: str,
        port: int,
        *,
        cidr_ipv4: str | None = None,
        group: aws.ec2.SecurityGroup | None = None,
        prefix_list_id: pulumi.Input[str] | None = None,
    ) -> pulumi.CustomResource:
        return aws.vpc.SecurityGroupEgressRule(
            f"{self._prefix}-{role}",
            security_group_id=owner.id,
            description=description,
            cidr_ipv4=cidr_ipv4,
            referenced_security_group_id=group.id if group else None,
            prefix_list_id=prefix_list_id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags=self._tags(role),
            opts=self._child,
        )

    def _tags(self, role: str) -> dict[str, str]:
        # The EC2 console shows the tag `Name`.
        return {**self._args.tags, "Name": f"{self._prefix}-{role}"}
