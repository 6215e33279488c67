"""ACM certificate for one domain name, validated by DNS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.network.domain_config import Domain

VALIDATION_TTL: Final = 60
"""TTL of the validation record, in seconds."""


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """Arguments of the certificate."""

    domain: Domain
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class Certificate(pulumi.ComponentResource):
    """ACM certificate and its validation record, with which AWS also renews the certificate."""

    arn: pulumi.Output[str]
    """Resolves after the certificate is issued."""
    zone_id: pulumi.Output[str]
    """Hosted zone of the name, for its address records."""

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
        validation = certificate.domain_validation_options[0]
        record = aws.route53.Record(
            f"{name}-certificate-proof",
            zone_id=self.zone_id,
            name=validation.resource_record_name,
            type=validation.resource_record_type,
            records=[validation.resource_record_value],
            ttl=VALIDATION_TTL,
            # The record of a name never changes, so that it may remain from an earlier stack.
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
