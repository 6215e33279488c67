"""Resource types of ACM certificates and Route 53 records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.provisioning.resource_type import CreatedResource, Inputs, ResourceType

if TYPE_CHECKING:
    from localcloud.aws.clients import Api


def _validation_options(api: Api, created: CreatedResource) -> dict[str, Any]:
    """Return the DNS validation records, which need a second API call."""
    found = api.client("acm").describe_certificate(CertificateArn=created.id)["Certificate"]
    return {
        "arn": created.id,
        "domainValidationOptions": [
            {
                "domainName": option["DomainName"],
                "resourceRecordName": option["ResourceRecord"]["Name"],
                "resourceRecordType": option["ResourceRecord"]["Type"],
                "resourceRecordValue": option["ResourceRecord"]["Value"],
            }
            for option in found["DomainValidationOptions"]
        ],
    }


def _record_change(inputs: Inputs) -> dict[str, Any]:
    """Return a batch with one change, which creates the record."""
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
    "aws:acm/certificate:Certificate": ResourceType(
        service="acm", operation="RequestCertificate", id="CertificateArn", more_outputs=_validation_options
    ),
    "aws:acm/certificateValidation:CertificateValidation": ResourceType(
        service="acm",
        operation="DescribeCertificate",
        id="Certificate.CertificateArn",
        other_inputs={
            "validationRecordFqdns": "exist already; LocalStack issues certificates without checking them"
        },
    ),
    "aws:route53/record:Record": ResourceType(
        service="route53",
        operation="ChangeResourceRecordSets",
        id="@name",
        other_inputs=dict.fromkeys(
            ("aliases", "allowOverwrite", "name", "records", "ttl", "type", "zoneId"), "is part of the change"
        ),
        extra_parameters=_record_change,
        more_outputs=lambda _api, created: {"fqdn": created.inputs["name"]},
    ),
}
