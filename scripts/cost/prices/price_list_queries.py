"""Queries of AWS's Price List: one for each price of the snapshot.

Source of services, filters and usage types: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/,
and the products themselves. Usage types have an irregular prefix for the region (`EU-`, `USE1-`), so only
their ends are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MILLION: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class PriceQuery:
    """Query of one price."""

    item: str
    service: str
    """Code of the service in the Price List."""
    filters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Attributes that the product must have."""
    usage_type: str = ""
    """End of its usage type; empty if the filters select one product."""
    per: int = 1
    """Units that the snapshot's price is for."""
    region_field: str = "regionCode"


_ALB: Final = {"productFamily": "Load Balancer-Application", "operation": "LoadBalancing:Application"}
_CREDITS: Final = {"productFamily": "CPU Credits", "operatingSystem": "Linux"}

QUERIES: Final = (
    PriceQuery(item="alb.hour", service="AWSELB", filters=_ALB, usage_type="LoadBalancerUsage"),
    PriceQuery(item="alb.lcu_hour", service="AWSELB", filters=_ALB, usage_type="LCUUsage"),
    PriceQuery(
        item="nat.hour",
        service="AmazonEC2",
        filters={"productFamily": "NAT Gateway"},
        usage_type="NatGateway-Hours",
    ),
    PriceQuery(
        item="nat.gb",
        service="AmazonEC2",
        filters={"productFamily": "NAT Gateway"},
        usage_type="NatGateway-Bytes",
    ),
    PriceQuery(item="ipv4.hour", service="AmazonVPC", usage_type="PublicIPv4:InUseAddress"),
    PriceQuery(
        item="ebs.gb_month",
        service="AmazonEC2",
        filters={"productFamily": "Storage", "volumeApiName": "gp3"},
        usage_type="EBS:VolumeUsage.gp3",
    ),
    PriceQuery(item="credits.t3", service="AmazonEC2", filters=_CREDITS, usage_type="CPUCredits:t3"),
    PriceQuery(item="credits.t4g", service="AmazonEC2", filters=_CREDITS, usage_type="CPUCredits:t4g"),
    PriceQuery(
        item="transfer.out_gb",
        service="AWSDataTransfer",
        filters={"transferType": "AWS Outbound", "toLocation": "External"},
        usage_type="DataTransfer-Out-Bytes",
        region_field="fromRegionCode",
    ),
    PriceQuery(
        item="endpoint.hour",
        service="AmazonVPC",
        filters={"productFamily": "VpcEndpoint"},
        usage_type="VpcEndpoint-Hours",
    ),
    PriceQuery(
        item="endpoint.gb",
        service="AmazonVPC",
        filters={"productFamily": "VpcEndpoint"},
        usage_type="VpcEndpoint-Bytes",
    ),
    PriceQuery(item="waf.acl_month", service="awswaf", usage_type="WebACLV2"),
    PriceQuery(item="waf.rule_month", service="awswaf", usage_type="RuleV2"),
    PriceQuery(item="waf.request.1500", service="awswaf", usage_type="RequestV2-Tier1", per=MILLION),
    PriceQuery(
        item="lambda.request", service="AWSLambda", filters={"group": "AWS-Lambda-Requests"}, per=MILLION
    ),
    *(
        PriceQuery(
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
    PriceQuery(
        item="apigateway.rest_request",
        service="AmazonApiGateway",
        filters={"productFamily": "API Calls"},
        usage_type="ApiGatewayRequest",
        per=MILLION,
    ),
    PriceQuery(
        item="apigateway.http_request",
        service="AmazonApiGateway",
        filters={"productFamily": "API Calls"},
        usage_type="ApiGatewayHttpRequest",
        per=MILLION,
    ),
    PriceQuery(item="logs.ingested_gb", service="AmazonCloudWatch", usage_type="DataProcessing-Bytes"),
    PriceQuery(item="logs.stored_gb_month", service="AmazonCloudWatch", usage_type="TimedStorage-ByteHrs"),
    PriceQuery(item="alarm.month", service="AmazonCloudWatch", usage_type="CW:AlarmMonitorUsage"),
    PriceQuery(item="metric.month", service="AmazonCloudWatch", usage_type="CW:MetricMonitorUsage"),
    PriceQuery(item="secret.month", service="AWSSecretsManager", filters={"productFamily": "Secret"}),
    PriceQuery(item="xray.trace", service="AWSXRay", usage_type="XRay-TracesStored", per=MILLION),
)

INSTANCES: Final = PriceQuery(
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
"""Query of all on-demand Linux instances of a region; each filter excludes other products."""
