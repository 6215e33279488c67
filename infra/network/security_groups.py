"""Who may talk to whom: security groups that name one another, and addresses for the world alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.depends_on import once

if TYPE_CHECKING:
    from collections.abc import Mapping

ANYWHERE: Final = "0.0.0.0/0"
HTTP: Final = 80
HTTPS: Final = 443


@dataclass(frozen=True, kw_only=True)
class SecurityGroupsArgs:
    """What is there to talk to."""

    vpc_id: pulumi.Input[str]
    service_port: int
    """Where the instances listen (TCP)."""
    s3_prefix_list_id: pulumi.Input[str]
    """S3's addresses."""
    has_tls: bool
    """Whether the load balancer answers over TLS."""
    has_nat: bool
    """Whether the instances have a way to the internet."""
    has_endpoints: bool
    """Whether they have private ways to AWS's own services."""
    tags: Mapping[str, str]
    """On everything that takes tags."""


class SecurityGroups(pulumi.ComponentResource):
    """The world reaches the balancer, that one the instances, and these what they need and nothing else."""

    balancer_id: pulumi.Output[str]
    """Known, as each of them, once all its rules are there."""
    instances_id: pulumi.Output[str]
    endpoints_id: pulumi.Output[str] | None

    def __init__(
        self, name: str, args: SecurityGroupsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("scalable-models:aws:SecurityGroups", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        port = args.service_port
        # Pulumi leaves no rule in a group but ours.
        balancer = self._group("balancer", "Load balancer: from anywhere, to the instances")
        instances = self._group("instances", "Instances: from the load balancer, to S3")
        balancer_rules = [
            self._from("world-to-balancer", balancer, "HTTP from anywhere", HTTP, cidr_ipv4=ANYWHERE),
            self._to("balancer-to-instances", balancer, "Requests and health checks", port, group=instances),
        ]
        if args.has_tls:
            balancer_rules.append(
                self._from(
                    "world-to-balancer-tls", balancer, "HTTPS from anywhere", HTTPS, cidr_ipv4=ANYWHERE
                )
            )
        instance_rules = [
            self._from(
                "instances-from-balancer", instances, "Requests and health checks", port, group=balancer
            ),
            self._to(
                "instances-to-s3",
                instances,
                "The archive and the package repository",
                HTTPS,
                prefix_list_id=args.s3_prefix_list_id,
            ),
        ]
        if args.has_nat:
            instance_rules.append(
                self._to("instances-to-world", instances, "Over TLS, through NAT", HTTPS, cidr_ipv4=ANYWHERE)
            )
        self.endpoints_id = None
        if args.has_endpoints:
            endpoints = self._group("endpoints", "Private ways to AWS: from the instances, to nobody")
            words = "Services of AWS"
            instance_rules.append(self._to("instances-to-aws", instances, words, HTTPS, group=endpoints))
            entry = self._from("aws-from-instances", endpoints, words, HTTPS, group=instances)
            self.endpoints_id = once(endpoints.id, entry)
        self.balancer_id = once(balancer.id, *balancer_rules)
        self.instances_id = once(instances.id, *instance_rules)
        self.register_outputs({"instances_id": self.instances_id})

    def _group(self, role: str, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{self._prefix}-{role}",
            vpc_id=self._args.vpc_id,
            description=description,
            tags=self._tags(role),
            opts=self._child,
        )

    def _from(
        self,
        role: str,
        owner: aws.ec2.SecurityGroup,
        description: str,
        port: int,
        *,
        cidr_ipv4: str | None = None,
        group: aws.ec2.SecurityGroup | None = None,
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
            opts=self._child,
        )

    def _to(
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
        # The console of EC2 shows this tag as the name.
        return {**self._args.tags, "Name": f"{self._prefix}-{role}"}
