"""Custom domain name of a REST API, its base path mapping and its DNS record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.network.domain_config import Domain


@dataclass(frozen=True, kw_only=True)
class CustomDomainArgs:
    """Arguments of the custom domain."""

    domain: Domain
    certificate_arn: pulumi.Input[str]
    zone_id: pulumi.Input[str]
    """Hosted zone of the name."""
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class CustomDomain(pulumi.ComponentResource):
    """Custom domain name, over HTTPS only, its DNS record, and its mapping to one stage of a REST API.

    The name and its record precede an API whose default endpoint is disabled for them.
    """

    name: aws.apigateway.DomainName
    record: aws.route53.Record

    def __init__(self, name: str, args: CustomDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:CustomDomain", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._prefix = name
        self.name = aws.apigateway.DomainName(
            f"{name}-domain",
            domain_name=args.domain.name,
            regional_certificate_arn=args.certificate_arn,
            endpoint_configuration=aws.apigateway.DomainNameEndpointConfigurationArgs(types="REGIONAL"),
            # TLS 1.2 and 1.3: the policy includes both.
            security_policy="TLS_1_2",
            tags=args.tags,
            opts=child,
        )
        self.record = aws.route53.Record(
            f"{args.domain.name}-address",
            zone_id=args.zone_id,
            name=args.domain.name,
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=self.name.regional_domain_name,
                    zone_id=self.name.regional_zone_id,
                    # There is no other target to fail over to.
                    evaluate_target_health=False,
                )
            ],
            # No part of this component, so that the record stays when the name moves to another one: without
            # options, its parent is the stack.
        )
        self.register_outputs({})

    def map_stage(self, api_id: pulumi.Input[str], stage_name: pulumi.Input[str]) -> pulumi.Output[str]:
        """Map the name to a stage; return its URL, without a trailing slash."""
        # No base path: the paths of the service are the same as without the custom domain.
        mapping = aws.apigateway.BasePathMapping(
            f"{self._prefix}-domain-stage",
            domain_name=self.name.domain_name,
            rest_api=api_id,
            stage_name=stage_name,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return mapping.domain_name.apply(lambda name: f"https://{name}")
