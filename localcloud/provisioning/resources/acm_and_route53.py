"""How certificates and DNS records are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.provisioning.resource_type import Inputs, Made, Row

if TYPE_CHECKING:
    from localcloud.aws.clients import Api


def _proofs(api: Api, made: Made) -> dict[str, Any]:
    """Return the records that prove the names to be ours, which only a second call tells."""
    found = api.client("acm").describe_certificate(CertificateArn=made.id)["Certificate"]
    return {
        "arn": made.id,
        "domainValidationOptions": [
            {
                "domainName": proof["DomainName"],
                "resourceRecordName": proof["ResourceRecord"]["Name"],
                "resourceRecordType": proof["ResourceRecord"]["Type"],
                "resourceRecordValue": proof["ResourceRecord"]["Value"],
            }
            for proof in found["DomainValidationOptions"]
        ],
    }


def _record(inputs: Inputs) -> dict[str, Any]:
    """Write a record as the one change of a batch."""
    record: dict[str, Any] = {"Name": inputs["name"], "Type": inputs["type"]}
    if "ttl" in inputs:
        record["TTL"] = int(inputs["ttl"])
    if "records" in inputs:
        record["ResourceRecords"] = [{"Value": value} for value in inputs["records"]]
    for alias in inputs.get("aliases", []):
        record["AliasTarget"] = {
            "HostedZoneId": alias["zoneId"],
            "DNSName": alias["name"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    action = "UPSERT" if inputs.get("allowOverwrite") else "CREATE"
    return {
        "HostedZoneId": inputs["zoneId"],
        "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    }


DOMAINS: Final = {
    "aws:acm/certificate:Certificate": Row(
        service="acm", create="RequestCertificate", id="CertificateArn", look=_proofs
    ),
    "aws:acm/certificateValidation:CertificateValidation": Row(
        service="acm",
        create="DescribeCertificate",
        id="Certificate.CertificateArn",
        elsewhere={"validationRecordFqdns": "were made before; LocalStack issues without looking at them"},
    ),
    "aws:route53/record:Record": Row(
        service="route53",
        create="ChangeResourceRecordSets",
        id="@name",
        elsewhere=dict.fromkeys(
            ("aliases", "allowOverwrite", "name", "records", "ttl", "type", "zoneId"), "is part of the change"
        ),
        also=_record,
        look=lambda _api, made: {"fqdn": made.inputs["name"]},
    ),
}
