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
    api_id: pulumi.Input[str]
    stage_name: pulumi.Input[str]
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class CustomDomain(pulumi.ComponentResource):
    """Custom domain name, mapped to one stage of a REST API over HTTPS only, and its DNS record."""

    url: pulumi.Output[str]
    """URL of the custom domain, without a trailing slash."""

    def __init__(self, name: str, args: CustomDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:CustomDomain", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        domain = aws.apigateway.DomainName(
            f"{name}-domain",
            domain_name=args.domain.name,
            regional_certificate_arn=args.certificate_arn,
            endpoint_configuration=aws.apigateway.DomainNameEndpointConfigurationArgs(types="REGIONAL"),
            # TLS 1.2 and 1.3: the policy includes both.
            security_policy="TLS_1_2",
            tags=args.tags,
            opts=child,
        )
        # No base path: the paths of the service are the same as without the custom domain.
        mapping = aws.apigateway.BasePathMapping(
            f"{name}-domain-stage",
            domain_name=domain.domain_name,
            rest_api=args.api_id,
            stage_name=args.stage_name,
            opts=child,
        )
        aws.route53.Record(
            f"{name}-domain-address",
            zone_id=args.zone_id,
            name=args.domain.name,
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=domain.regional_domain_name,
                    zone_id=domain.regional_zone_id,
                    # There is no other target to fail over to.
                    evaluate_target_health=False,
                )
            ],
            opts=child,
        )
        self.url = mapping.domain_name.apply(lambda name: f"https://{name}")
        self.register_outputs({"url": self.url})
