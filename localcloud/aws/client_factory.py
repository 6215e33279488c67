"""Types of boto3's clients. boto3 creates their methods at run time; its stubs describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, overload

if TYPE_CHECKING:
    from types_boto3_acm import ACMClient
    from types_boto3_apigateway import APIGatewayClient
    from types_boto3_autoscaling import AutoScalingClient
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_ec2 import EC2Client
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client
    from types_boto3_guardduty import GuardDutyClient
    from types_boto3_iam import IAMClient
    from types_boto3_kms import KMSClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_pricing import PricingClient
    from types_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from types_boto3_route53 import Route53Client
    from types_boto3_s3 import S3Client
    from types_boto3_savingsplans import SavingsPlansClient
    from types_boto3_service_quotas import ServiceQuotasClient
    from types_boto3_sns import SNSClient
    from types_boto3_ssm import SSMClient
    from types_boto3_sts import STSClient
    from types_boto3_wafv2 import WAFV2Client


class ClientFactory(Protocol):
    """Function that returns the client of an AWS service, by the service's name in boto3.

    `boto3.session.Session.client` is one. A service that is missing here also needs its stubs in
    `pyproject.toml`.
    """

    @overload
    def __call__(self, service: Literal["acm"], /) -> ACMClient: ...
    @overload
    def __call__(self, service: Literal["apigateway"], /) -> APIGatewayClient: ...
    @overload
    def __call__(self, service: Literal["autoscaling"], /) -> AutoScalingClient: ...
    @overload
    def __call__(self, service: Literal["cloudwatch"], /) -> CloudWatchClient: ...
    @overload
    def __call__(self, service: Literal["ec2"], /) -> EC2Client: ...
    @overload
    def __call__(self, service: Literal["elbv2"], /) -> ElasticLoadBalancingv2Client: ...
    @overload
    def __call__(self, service: Literal["guardduty"], /) -> GuardDutyClient: ...
    @overload
    def __call__(self, service: Literal["iam"], /) -> IAMClient: ...
    @overload
    def __call__(self, service: Literal["kms"], /) -> KMSClient: ...
    @overload
    def __call__(self, service: Literal["lambda"], /) -> LambdaClient: ...
    @overload
    def __call__(self, service: Literal["logs"], /) -> CloudWatchLogsClient: ...
    @overload
    def __call__(self, service: Literal["pricing"], /) -> PricingClient: ...
    @overload
    def __call__(self, service: Literal["resourcegroupstaggingapi"], /) -> ResourceGroupsTaggingAPIClient: ...
    @overload
    def __call__(self, service: Literal["route53"], /) -> Route53Client: ...
    @overload
    def __call__(self, service: Literal["s3"], /) -> S3Client: ...
    @overload
    def __call__(self, service: Literal["savingsplans"], /) -> SavingsPlansClient: ...
    @overload
    def __call__(self, service: Literal["service-quotas"], /) -> ServiceQuotasClient: ...
    @overload
    def __call__(self, service: Literal["sns"], /) -> SNSClient: ...
    @overload
    def __call__(self, service: Literal["ssm"], /) -> SSMClient: ...
    @overload
    def __call__(self, service: Literal["sts"], /) -> STSClient: ...
    @overload
    def __call__(self, service: Literal["wafv2"], /) -> WAFV2Client: ...
