"""Interface VPC endpoints: private access from the instances to AWS services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.depends_on import available_after

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.network.config import InterfaceEndpoint


@dataclass(frozen=True, kw_only=True)
class InterfaceEndpointsArgs:
    """Arguments of the endpoints."""

    services: Sequence[InterfaceEndpoint]
    """AWS services, one endpoint each."""
    region: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Output[list[str]]
    """Subnets of the instances, one per zone."""
    security_group_id: pulumi.Input[str]
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class InterfaceEndpoints(pulumi.ComponentResource):
    """Interface VPC endpoint with private DNS for each service, for credentials of this account only."""

    subnet_ids: pulumi.Output[list[str]]
    """The same subnets; resolves after the creation of the endpoints."""

    def __init__(
        self, name: str, args: InterfaceEndpointsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("scalable-models:aws:Endpoints", name, None, opts)
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        endpoints = [
            aws.ec2.VpcEndpoint(
                f"{name}-{service}-endpoint",
                vpc_id=args.vpc_id,
                vpc_endpoint_type="Interface",
                service_name=pulumi.Output.concat("com.amazonaws.", args.region, f".{service}"),
                subnet_ids=args.subnet_ids,
                security_group_ids=[args.security_group_id],
                private_dns_enabled=True,
                policy=pulumi.Output.json_dumps(_own_account_only(service, account)),
                tags={**args.tags, "Name": f"{name}-{service}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
            for service in args.services
        ]
        self.subnet_ids = available_after(args.subnet_ids, *endpoints)
        self.register_outputs({"subnet_ids": self.subnet_ids})


def _own_account_only(service: InterfaceEndpoint, account: pulumi.Output[str]) -> dict[str, object]:
    """Return a policy against data exfiltration with credentials of another account."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OwnAccountOnly",
                "Effect": "Allow",
                "Principal": "*",
                "Action": f"{service}:*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalAccount": account}},
            }
        ],
    }
