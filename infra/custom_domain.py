"""A name of one's own for an API: certificate, name, and the DNS records that lead to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.domain_config import Domain

VALIDATION_TTL: Final = 60
"""Seconds; only AWS ever asks for the record."""


@dataclass(frozen=True, kw_only=True)
class CustomDomainArgs:
    """What to call, and how."""

    domain: Domain
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
        zone_id = aws.route53.get_zone_output(
            name=args.domain.hosted_zone, private_zone=False, opts=pulumi.InvokeOutputOptions(parent=self)
        ).zone_id
        certificate_arn = _certificate(name, args, zone_id, child)
        domain = aws.apigateway.DomainName(
            f"{name}-domain",
            domain_name=args.domain.name,
            regional_certificate_arn=certificate_arn,
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
            zone_id=zone_id,
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


def _certificate(
    name: str, args: CustomDomainArgs, zone_id: pulumi.Input[str], child: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Ask for a certificate and prove that the name is ours; its ARN is known once it is issued."""
    certificate = aws.acm.Certificate(
        f"{name}-certificate",
        domain_name=args.domain.name,
        validation_method="DNS",
        tags=args.tags,
        opts=child,
    )
    proof = certificate.domain_validation_options[0]
    record = aws.route53.Record(
        f"{name}-certificate-proof",
        zone_id=zone_id,
        name=proof.resource_record_name,
        type=proof.resource_record_type,
        records=[proof.resource_record_value],
        ttl=VALIDATION_TTL,
        # The proof of a name is always the same, so that a stack that had it before may have left it.
        allow_overwrite=True,
        opts=child,
    )
    issued = aws.acm.CertificateValidation(
        f"{name}-certificate-issued",
        certificate_arn=certificate.arn,
        validation_record_fqdns=[record.fqdn],
        opts=child,
    )
    return issued.certificate_arn
