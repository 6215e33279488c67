"""A certificate for one name, proved in the zone that holds the name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.network.domain_config import Domain

VALIDATION_TTL: Final = 60
"""Seconds; only AWS ever asks for the record."""


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """Whose name it is for."""

    domain: Domain
    tags: Mapping[str, str]
    """On everything that takes tags."""


class Certificate(pulumi.ComponentResource):
    """Is issued by AWS, and renewed by it for as long as the proof stands."""

    arn: pulumi.Output[str]
    """Known once it is issued."""
    zone_id: pulumi.Output[str]
    """Of the hosted zone, for the records that lead to the name."""

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Certificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.zone_id = aws.route53.get_zone_output(
            name=args.domain.hosted_zone, private_zone=False, opts=pulumi.InvokeOutputOptions(parent=self)
        ).zone_id
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
            zone_id=self.zone_id,
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
        self.arn = issued.certificate_arn
        self.register_outputs({"arn": self.arn})
