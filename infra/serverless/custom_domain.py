"""A name of one's own for an API, and the DNS record that leads to it."""

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
    """What to call, and how."""

    domain: Domain
    certificate_arn: pulumi.Input[str]
    zone_id: pulumi.Input[str]
    """Of the hosted zone that holds the name."""
    api_id: pulumi.Input[str]
    stage_name: pulumi.Input[str]
    tags: Mapping[str, str]
    """On everything that takes tags."""


class CustomDomain(pulumi.ComponentResource):
    """Lets one stage of an API answer under a name, over HTTPS alone."""

    url: pulumi.Output[str]
    """Where it answers, without a slash at the end."""

    def __init__(self, name: str, args: CustomDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:CustomDomain", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        domain = aws.apigateway.DomainName(
            f"{name}-domain",
            domain_name=args.domain.name,
            regional_certificate_arn=args.certificate_arn,
            endpoint_configuration=aws.apigateway.DomainNameEndpointConfigurationArgs(types="REGIONAL"),
            # 1.2 and above: API Gateway takes 1.3 under the same name.
            security_policy="TLS_1_2",
            tags=args.tags,
            opts=child,
        )
        # No base path: the service answers at the same paths here as everywhere.
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
                    # There is one place to go to, however it feels.
                    evaluate_target_health=False,
                )
            ],
            opts=child,
        )
        self.url = mapping.domain_name.apply(lambda known: f"https://{known}")
        self.register_outputs({"url": self.url})
