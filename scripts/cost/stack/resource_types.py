"""Pricing of each type of resource that a Pulumi program may request.

A type is priced, free, or known to have costs that depend on unknown usage. A type in none of the three
tables is reported as unknown, never treated as free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scripts.cost.stack.scheduled_actions import is_weekly
from scripts.program.resources import Inputs, block, blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


PRICED: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:apigateway/restApi:RestApi": ("API calls",),
    "aws:apigatewayv2/api:Api": ("API calls",),
    "aws:appautoscaling/policy:Policy": ("alarms",),
    "aws:autoscaling/group:Group": ("instances", "disks", "CPU credits", "warm pool"),
    "aws:autoscaling/policy:Policy": ("alarms",),
    "aws:autoscaling/schedule:Schedule": ("instances",),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboards",),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("alarms",),
    "aws:ec2/eip:Eip": ("elastic addresses",),
    "aws:ec2/launchTemplate:LaunchTemplate": ("instances", "disks", "detailed monitoring"),
    "aws:ec2/natGateway:NatGateway": ("NAT gateways", "data through NAT"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("interface endpoints", "data through endpoints"),
    "aws:kms/key:Key": ("keys", "key rotation"),
    "aws:lambda/function:Function": (
        *("function requests", "function duration", "Savings Plan"),
        *("SnapStart", "logs", "traces"),
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": ("provisioned concurrency",),
    "aws:lb/loadBalancer:LoadBalancer": (
        *("load balancer", "load balancer capacity", "load balancer logs"),
        "public addresses",
    ),
    "aws:route53/zone:Zone": ("hosted zones",),
    "aws:secretsmanager/secret:Secret": ("secrets",),
    "aws:wafv2/webAcl:WebAcl": ("firewall", "inspected requests"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ("firewall logs",),
}
"""Type -> items of the bill that include it."""

_RULES_AND_LINKS: Final = "A rule or a link between resources; the resources are billed."
_SETTING: Final = "A setting of a bucket."
_BY_USE: Final = "Free by itself; its usage is billed as a separate item."
_SMALL: Final = "The packed service has some megabytes, less than a cent per month."

_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"

FREE: Final[Mapping[str, str]] = {
    "aws:acm/certificate:Certificate": "Public certificates are free (AWS Certificate Manager pricing).",
    "aws:acm/certificateValidation:CertificateValidation": _RULES_AND_LINKS,
    "aws:apigateway/account:Account": _RULES_AND_LINKS,
    "aws:apigateway/basePathMapping:BasePathMapping": _RULES_AND_LINKS,
    "aws:apigateway/deployment:Deployment": _BY_USE,
    "aws:apigateway/domainName:DomainName": "API Gateway charges for calls, not for domain names.",
    "aws:apigateway/integration:Integration": _RULES_AND_LINKS,
    "aws:apigateway/method:Method": _RULES_AND_LINKS,
    "aws:apigateway/methodSettings:MethodSettings": _RULES_AND_LINKS,
    "aws:apigateway/resource:Resource": _RULES_AND_LINKS,
    "aws:apigateway/stage:Stage": _BY_USE,
    "aws:appautoscaling/scheduledAction:ScheduledAction": _RULES_AND_LINKS,
    "aws:appautoscaling/target:Target": _RULES_AND_LINKS,
    "aws:autoscaling/lifecycleHook:LifecycleHook": _RULES_AND_LINKS,
    "aws:autoscaling/notification:Notification": _RULES_AND_LINKS,
    "aws:budgets/budget:Budget": "Budgets without actions are free (AWS Budgets pricing).",
    "aws:cloudwatch/eventRule:EventRule": "Events of AWS's own services are free (EventBridge pricing).",
    "aws:cloudwatch/eventTarget:EventTarget": _RULES_AND_LINKS,
    "aws:cloudwatch/logGroup:LogGroup": _BY_USE,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "Its metric is one of an account's ten free ones, or "
    "0.30 USD per month (CloudWatch pricing).",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": _RULES_AND_LINKS,
    "aws:cloudwatch/queryDefinition:QueryDefinition": _BY_USE,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _RULES_AND_LINKS,
    "aws:ec2/eipAssociation:EipAssociation": _RULES_AND_LINKS,
    "aws:ec2/flowLog:FlowLog": "Records of rejected traffic only are less than a cent per month.",
    "aws:ec2/internetGateway:InternetGateway": "The gateway is free; the data transfer is not.",
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": _RULES_AND_LINKS,
    "aws:ec2/route:Route": _RULES_AND_LINKS,
    "aws:ec2/routeTable:RouteTable": _RULES_AND_LINKS,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _RULES_AND_LINKS,
    "aws:ec2/securityGroup:SecurityGroup": _RULES_AND_LINKS,
    "aws:ec2/subnet:Subnet": _RULES_AND_LINKS,
    "aws:ec2/vpc:Vpc": "Networks are free (Amazon VPC pricing).",
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": _RULES_AND_LINKS,
    "aws:iam/instanceProfile:InstanceProfile": "IAM is free.",
    "aws:iam/policy:Policy": "IAM is free.",
    "aws:iam/role:Role": "IAM is free.",
    "aws:iam/rolePolicy:RolePolicy": "IAM is free.",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "IAM is free.",
    "aws:kms/alias:Alias": _RULES_AND_LINKS,
    "aws:lambda/alias:Alias": _RULES_AND_LINKS,
    "aws:lambda/functionUrl:FunctionUrl": "Function URLs are free (AWS Lambda pricing).",
    "aws:lambda/permission:Permission": _RULES_AND_LINKS,
    "aws:lb/listener:Listener": _BY_USE,
    "aws:lb/listenerCertificate:ListenerCertificate": _RULES_AND_LINKS,
    "aws:lb/listenerRule:ListenerRule": _BY_USE,
    "aws:lb/targetGroup:TargetGroup": _RULES_AND_LINKS,
    "aws:route53/record:Record": "Queries for aliases of AWS resources are free (Route 53 pricing).",
    "aws:s3/bucket:Bucket": _SMALL,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _SETTING,
    "aws:s3/bucketLogging:BucketLogging": _SETTING,
    "aws:s3/bucketObjectv2:BucketObjectv2": _SMALL,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _SETTING,
    "aws:s3/bucketPolicy:BucketPolicy": _SETTING,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _SETTING,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _SETTING,
    "aws:s3/bucketVersioning:BucketVersioning": _SMALL,
    "aws:sns/topic:Topic": "A thousand e-mails per month are free (Amazon SNS pricing); alarms are fewer.",
    "aws:sns/topicPolicy:TopicPolicy": _RULES_AND_LINKS,
    "aws:sns/topicSubscription:TopicSubscription": _RULES_AND_LINKS,
    "aws:ssm/parameter:Parameter": "Standard parameters are free (AWS Systems Manager pricing).",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULES_AND_LINKS,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULES_AND_LINKS,
    "aws:wafv2/ipSet:IpSet": _RULES_AND_LINKS,
    "aws:wafv2/regexPatternSet:RegexPatternSet": _RULES_AND_LINKS,
    "aws:wafv2/webAclAssociation:WebAclAssociation": _RULES_AND_LINKS,
}
"""Type -> reason why it is free."""

UNPRICED: Final[Mapping[str, str]] = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "composite alarms",
    "aws:guardduty/detector:Detector": "the events and GB of logs that it analyses",
    "aws:guardduty/detectorFeature:DetectorFeature": "the further data that it analyses",
}
"""Type -> its costs, which depend on unknown usage."""


def _logs_accepted_traffic(inputs: Inputs) -> bool:
    return inputs.get("trafficType") != "REJECT"


def _is_not_weekly(inputs: Inputs) -> bool:
    return not is_weekly(inputs)


def logs_all_requests(firewall_logging: Inputs) -> bool:
    """Return whether a web ACL logs requests that no rule matches, too.

    Logs of matches only have some megabytes per month, except during an attack.
    """
    unmatched = block(firewall_logging, "loggingFilter").get("defaultBehavior", "KEEP")
    return unmatched == "KEEP"


def logs_outside_cloudwatch(firewall_logging: Inputs) -> bool:
    """Return whether a web ACL logs outside CloudWatch Logs, at a price that is unknown here."""
    destinations: list[object] = firewall_logging.get("logDestinationConfigs") or []
    return any(service in str(arn) for arn in destinations for service in (":s3:", ":firehose:"))


PRICED_VOLUME: Final = "gp3"
"""Type of EBS volumes that is priced."""

INCLUDED_IOPS: Final = 3_000
"""Input and output operations per second of a gp3 volume that its price includes (Amazon EBS pricing)."""

INCLUDED_THROUGHPUT: Final = 125
"""MiB/s of a gp3 volume that its price includes; source as above."""

INCLUDED_STORAGE_MB: Final = 512
"""Ephemeral storage of a function that its price includes (AWS Lambda pricing)."""

STANDARD_PERIOD: Final = 60
"""Shortest period in seconds of an alarm of standard resolution (Amazon CloudWatch pricing)."""


def _disks(template: Inputs) -> list[Inputs]:
    return [block(device, "ebs") for device in blocks(template, "blockDeviceMappings")]


def _has_another_volume_type(template: Inputs) -> bool:
    return any(it and it.get("volumeType", PRICED_VOLUME) != PRICED_VOLUME for it in _disks(template))


def _has_provisioned_performance(template: Inputs) -> bool:
    return any(
        float(it.get("iops") or 0) > INCLUDED_IOPS or float(it.get("throughput") or 0) > INCLUDED_THROUGHPUT
        for it in _disks(template)
    )


def _has_public_addresses(template: Inputs) -> bool:
    interfaces = blocks(template, "networkInterfaces")
    return any(str(it.get("associatePublicIpAddress")).lower() == "true" for it in interfaces)


def _has_own_tenancy(template: Inputs) -> bool:
    return block(template, "placement").get("tenancy", "default") != "default"


def _has_ephemeral_storage(function: Inputs) -> bool:
    return float(block(function, "ephemeralStorage").get("size") or 0) > INCLUDED_STORAGE_MB


def _is_no_application_balancer(balancer: Inputs) -> bool:
    return not is_application_balancer(balancer)


def is_application_balancer(balancer: Inputs) -> bool:
    """Return whether a load balancer is an Application Load Balancer, which is the default."""
    return balancer.get("loadBalancerType", "application") == "application"


def _has_a_cache(stage: Inputs) -> bool:
    return bool(stage.get("cacheClusterEnabled"))


def _has_high_resolution(alarm: Inputs) -> bool:
    periods = [
        alarm.get("period"),
        *(block(it, "metric").get("period") for it in blocks(alarm, "metricQueries")),
    ]
    return any(period is not None and int(period) < STANDARD_PERIOD for period in periods)


def _is_another_endpoint(endpoint: Inputs) -> bool:
    return endpoint.get("vpcEndpointType", "Gateway") not in {"Gateway", "Interface"}


def _has_replicas(secret: Inputs) -> bool:
    return bool(secret.get("replicas"))


def _is_at_spot(template: Inputs) -> bool:
    return block(template, "instanceMarketOptions").get("marketType") == "spot"


def _has_reserved_capacity(balancer: Inputs) -> bool:
    return bool(block(balancer, "minimumLoadBalancerCapacity").get("capacityUnits"))


def _is_no_standard_parameter(parameter: Inputs) -> bool:
    return parameter.get("tier", "Standard") != "Standard"


def _sends_text_messages(subscription: Inputs) -> bool:
    return subscription.get("protocol") == "sms"


def _is_no_alias(record: Inputs) -> bool:
    return record.get("type") in {"A", "AAAA"} and not record.get("aliases")


CONDITIONALLY_UNPRICED: Final[tuple[tuple[str, Callable[[Inputs], bool], str], ...]] = (
    (
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        logs_outside_cloudwatch,
        "the GB of firewall logs outside CloudWatch",
    ),
    (
        "aws:autoscaling/schedule:Schedule",
        _is_not_weekly,
        "the instances of a schedule that is not weekly",
    ),
    ("aws:ec2/flowLog:FlowLog", _logs_accepted_traffic, "the GB of flow logs that it delivers"),
    (_TEMPLATE, _has_another_volume_type, "the difference of a volume that is no gp3"),
    (_TEMPLATE, _has_provisioned_performance, "the provisioned IOPS and throughput of its volumes"),
    (_TEMPLATE, _has_public_addresses, "the public addresses of its instances"),
    (_TEMPLATE, _has_own_tenancy, "the surcharge of a dedicated tenancy"),
    ("aws:lambda/function:Function", _has_ephemeral_storage, "the ephemeral storage above 512 MB"),
    (
        "aws:lb/loadBalancer:LoadBalancer",
        _is_no_application_balancer,
        "a load balancer that is no Application Load Balancer, with its capacity units",
    ),
    ("aws:apigateway/stage:Stage", _has_a_cache, "the hours of its cache"),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        _has_high_resolution,
        "the surcharge of an alarm of high resolution",
    ),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", _is_another_endpoint, "an endpoint of a Gateway Load Balancer"),
    ("aws:secretsmanager/secret:Secret", _has_replicas, "its replicas in other regions"),
    (_TEMPLATE, _is_at_spot, "the difference of the spot prices that its market options request"),
    (
        "aws:lb/loadBalancer:LoadBalancer",
        _has_reserved_capacity,
        "the capacity units that are reserved and not used",
    ),
    ("aws:ssm/parameter:Parameter", _is_no_standard_parameter, "an advanced parameter"),
    ("aws:sns/topicSubscription:TopicSubscription", _sends_text_messages, "its text messages"),
    ("aws:route53/record:Record", _is_no_alias, "the queries of a record that is no alias"),
)
"""Type, condition on its inputs, and the unpriced cost of a resource that meets it."""


FLEET_TYPES: Final = (
    *("aws:autoscaling/group:Group", _TEMPLATE, "aws:autoscaling/schedule:Schedule"),
    "aws:lb/loadBalancer:LoadBalancer",
)
"""Types that are priced as parts of a fleet."""

FUNCTION_TYPES: Final = (
    *("aws:apigateway/restApi:RestApi", "aws:apigatewayv2/api:Api"),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
)
"""Types that are priced as parts of a function."""


def unpriced_costs(kind: str, inputs: Inputs) -> list[str]:
    """Return descriptions of the costs of a resource that the bill leaves out.

    Args:
        kind: its type, like `aws:ec2/vpc:Vpc`.
        inputs: its inputs.
    """
    if kind in UNPRICED:
        return [f"{kind}: {UNPRICED[kind]}"]
    if kind not in PRICED and kind not in FREE:
        return [f"{kind}: an unknown type"]
    return [
        f"{kind}: {what}"
        for which, applies, what in CONDITIONALLY_UNPRICED
        if which == kind and applies(inputs)
    ]
