"""What to ask AWS's Price List: one query for each price that the snapshot holds.

Source of services, filters and usage types: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/,
and the products themselves. Usage types carry a prefix for the region (`EU-`, `USE1-`) that follows no rule,
so their ends are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MILLION: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Query:
    """One price to look up."""

    item: str
    service: str
    """Its code in the Price List."""
    filters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Attributes of the product, all of which hold."""
    usage_type: str = ""
    """End of its usage type; empty where the filters say enough."""
    per: int = 1
    """Units that the snapshot's figure buys."""
    region_field: str = "regionCode"


_ALB: Final = {"productFamily": "Load Balancer-Application", "operation": "LoadBalancing:Application"}
_CREDITS: Final = {"productFamily": "CPU Credits", "operatingSystem": "Linux"}

QUERIES: Final = (
    Query(item="alb.hour", service="AWSELB", filters=_ALB, usage_type="LoadBalancerUsage"),
    Query(item="alb.lcu_hour", service="AWSELB", filters=_ALB, usage_type="LCUUsage"),
    Query(
        item="nat.hour",
        service="AmazonEC2",
        filters={"productFamily": "NAT Gateway"},
        usage_type="NatGateway-Hours",
    ),
    Query(
        item="nat.gb",
        service="AmazonEC2",
        filters={"productFamily": "NAT Gateway"},
        usage_type="NatGateway-Bytes",
    ),
    Query(item="ipv4.hour", service="AmazonVPC", usage_type="PublicIPv4:InUseAddress"),
    Query(
        item="ebs.gb_month",
        service="AmazonEC2",
        filters={"productFamily": "Storage", "volumeApiName": "gp3"},
        usage_type="EBS:VolumeUsage.gp3",
    ),
    Query(item="credits.t3", service="AmazonEC2", filters=_CREDITS, usage_type="CPUCredits:t3"),
    Query(item="credits.t4g", service="AmazonEC2", filters=_CREDITS, usage_type="CPUCredits:t4g"),
    Query(
        item="transfer.out_gb",
        service="AWSDataTransfer",
        filters={"transferType": "AWS Outbound", "toLocation": "External"},
        usage_type="DataTransfer-Out-Bytes",
        region_field="fromRegionCode",
    ),
    Query(
        item="endpoint.hour",
        service="AmazonVPC",
        filters={"productFamily": "VpcEndpoint"},
        usage_type="VpcEndpoint-Hours",
    ),
    Query(
        item="endpoint.gb",
        service="AmazonVPC",
        filters={"productFamily": "VpcEndpoint"},
        usage_type="VpcEndpoint-Bytes",
    ),
    Query(item="waf.acl_month", service="awswaf", usage_type="WebACLV2"),
    Query(item="waf.rule_month", service="awswaf", usage_type="RuleV2"),
    Query(item="waf.request.1500", service="awswaf", usage_type="RequestV2-Tier1", per=MILLION),
    Query(item="lambda.request", service="AWSLambda", filters={"group": "AWS-Lambda-Requests"}, per=MILLION),
    *(
        Query(
            item=f"lambda.{name}.{arch}",
            service="AWSLambda",
            filters={"group": f"AWS-Lambda-{group}{suffix}"},
        )
        for arch, suffix in (("x86_64", ""), ("arm64", "-ARM"))
        for name, group in (
            ("gb_second", "Duration"),
            ("provisioned_gb_second", "Provisioned-Concurrency"),
            ("provisioned_duration_gb_second", "Duration-Provisioned"),
        )
    ),
    Query(
        item="apigateway.rest_request",
        service="AmazonApiGateway",
        filters={"productFamily": "API Calls"},
        usage_type="ApiGatewayRequest",
        per=MILLION,
    ),
    Query(
        item="apigateway.http_request",
        service="AmazonApiGateway",
        filters={"productFamily": "API Calls"},
        usage_type="ApiGatewayHttpRequest",
        per=MILLION,
    ),
    Query(item="logs.ingested_gb", service="AmazonCloudWatch", usage_type="DataProcessing-Bytes"),
    Query(item="logs.stored_gb_month", service="AmazonCloudWatch", usage_type="TimedStorage-ByteHrs"),
    Query(item="alarm.month", service="AmazonCloudWatch", usage_type="CW:AlarmMonitorUsage"),
    Query(item="secret.month", service="AWSSecretsManager", filters={"productFamily": "Secret"}),
    Query(item="xray.trace", service="AWSXRay", usage_type="XRay-TracesStored", per=MILLION),
)

INSTANCES: Final = Query(
    item="instances",
    service="AmazonEC2",
    filters={
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
        "operation": "RunInstances",
    },
)
"""All on-demand Linux instances of a region; without each of these filters, others come with them."""
