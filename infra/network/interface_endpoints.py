"""Private ways from the instances to AWS's own services, past the internet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.depends_on import once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.network.config import InterfaceEndpoint


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """Which services, and from where."""

    services: Sequence[InterfaceEndpoint]
    region: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Output[list[str]]
    """The instances' subnets, one for each zone."""
    security_group_id: pulumi.Input[str]
    tags: Mapping[str, str]
    """On everything that takes tags."""


class Endpoints(pulumi.ComponentResource):
    """Answers for each service under its own name, to this account alone."""

    subnet_ids: pulumi.Output[list[str]]
    """The same subnets, known once the endpoints are there."""

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Endpoints", name, None, opts)
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        made = [
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
        self.subnet_ids = once(args.subnet_ids, *made)
        self.register_outputs({"subnet_ids": self.subnet_ids})


def _own_account_only(service: InterfaceEndpoint, account: pulumi.Output[str]) -> dict[str, object]:
    """Let nobody carry data out with the credentials of another account; roles say what ours may do."""
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
