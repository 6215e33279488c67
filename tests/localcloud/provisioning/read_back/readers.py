"""API calls that describe each resource type, and the fields that their responses lack.

Placeholders in braces stand for the resource's id, `{id}`, or a parameter of a call that created it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class DescribeCall(NamedTuple):
    """API call that describes a resource."""

    service: str
    operation: str
    arguments: Mapping[str, Any]
    path: str = "@"
    """Place of the resource in the response (JMESPath)."""


def ec2(operation: str, by: str, filtered: str | None = None) -> DescribeCall:
    """Return a call that describes an EC2 resource by its id or by a filter."""
    if filtered is None:
        return DescribeCall("ec2", operation, {by: ["{id}"]})
    return DescribeCall("ec2", operation, {by: [{"Name": filtered, "Values": ["{id}"]}]})


def s3(operation: str) -> DescribeCall:
    """Return a call that describes a setting of a bucket."""
    return DescribeCall("s3", operation, {"Bucket": "{Bucket}"})


def api(operation: str, **more: str) -> DescribeCall:
    """Return a call that describes a part of a REST API."""
    return DescribeCall("apigateway", operation, {"restApiId": "{restApiId}", **more})


ELBV2_TAGS: Final = DescribeCall("elbv2", "describe_tags", {"ResourceArns": ["{id}"]})

STAGE: Final = api("get_stage", stageName="{stageName}")

READERS: Final[Mapping[str, tuple[DescribeCall, ...]]] = {
    "acm/certificate": (
        DescribeCall("acm", "describe_certificate", {"CertificateArn": "{id}"}),
        DescribeCall("acm", "list_tags_for_certificate", {"CertificateArn": "{id}"}),
    ),
    "acm/certificateValidation": (DescribeCall("acm", "describe_certificate", {"CertificateArn": "{id}"}),),
    "apigateway/account": (DescribeCall("apigateway", "get_account", {}),),
    "apigateway/basePathMapping": (
        DescribeCall(
            "apigateway", "get_base_path_mapping", {"domainName": "{domainName}", "basePath": "(none)"}
        ),
        DescribeCall("apigateway", "get_domain_name", {"domainName": "{domainName}"}),
    ),
    "apigateway/deployment": (api("get_deployment", deploymentId="{id}"),),
    "apigateway/domainName": (DescribeCall("apigateway", "get_domain_name", {"domainName": "{id}"}),),
    "apigateway/integration": (
        api("get_integration", resourceId="{resourceId}", httpMethod="{httpMethod}"),
        api("get_method", resourceId="{resourceId}", httpMethod="{httpMethod}"),
    ),
    "apigateway/method": (api("get_method", resourceId="{resourceId}", httpMethod="{httpMethod}"),),
    "apigateway/methodSettings": (STAGE,),
    "apigateway/resource": (api("get_resource", resourceId="{id}"),),
    "apigateway/restApi": (DescribeCall("apigateway", "get_rest_api", {"restApiId": "{id}"}),),
    "apigateway/stage": (STAGE,),
    "appautoscaling/policy": (
        DescribeCall(
            "application-autoscaling",
            "describe_scaling_policies",
            {"ServiceNamespace": "{ServiceNamespace}", "ResourceId": "{ResourceId}"},
        ),
    ),
    "appautoscaling/target": (
        DescribeCall(
            "application-autoscaling",
            "describe_scalable_targets",
            {"ServiceNamespace": "{ServiceNamespace}", "ResourceIds": ["{ResourceId}"]},
        ),
    ),
    "autoscaling/group": (
        DescribeCall("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroupNames": ["{id}"]}),
    ),
    "autoscaling/lifecycleHook": (
        DescribeCall(
            "autoscaling",
            "describe_lifecycle_hooks",
            {"AutoScalingGroupName": "{AutoScalingGroupName}", "LifecycleHookNames": ["{id}"]},
        ),
    ),
    "autoscaling/policy": (DescribeCall("autoscaling", "describe_policies", {"PolicyNames": ["{id}"]}),),
    "autoscaling/schedule": (
        DescribeCall("autoscaling", "describe_scheduled_actions", {"ScheduledActionNames": ["{id}"]}),
    ),
    "budgets/budget": (
        DescribeCall("budgets", "describe_budget", {"AccountId": "{AccountId}", "BudgetName": "{id}"}),
        DescribeCall(
            "budgets",
            "describe_notifications_for_budget",
            {"AccountId": "{AccountId}", "BudgetName": "{id}"},
        ),
    ),
    "cloudwatch/dashboard": (
        DescribeCall("cloudwatch", "get_dashboard", {"DashboardName": "{DashboardName}"}),
    ),
    "cloudwatch/eventRule": (
        DescribeCall("events", "describe_rule", {"Name": "{id}"}),
        DescribeCall("events", "list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    "cloudwatch/eventTarget": (DescribeCall("events", "list_targets_by_rule", {"Rule": "{Rule}"}),),
    "cloudwatch/logGroup": (
        DescribeCall("logs", "describe_log_groups", {"logGroupNamePrefix": "{id}"}),
        DescribeCall("logs", "list_tags_log_group", {"logGroupName": "{id}"}),
    ),
    "cloudwatch/logMetricFilter": (
        DescribeCall(
            "logs", "describe_metric_filters", {"filterNamePrefix": "{id}", "logGroupName": "{logGroupName}"}
        ),
    ),
    "cloudwatch/metricAlarm": (
        DescribeCall("cloudwatch", "describe_alarms", {"AlarmNames": ["{id}"]}),
        DescribeCall("cloudwatch", "list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    "ec2/defaultSecurityGroup": (ec2("describe_security_groups", "GroupIds"),),
    "ec2/eip": (ec2("describe_addresses", "AllocationIds"),),
    "ec2/flowLog": (ec2("describe_flow_logs", "FlowLogIds"),),
    "ec2/internetGateway": (ec2("describe_internet_gateways", "InternetGatewayIds"),),
    "ec2/launchTemplate": (
        DescribeCall(
            "ec2",
            "describe_launch_template_versions",
            {"LaunchTemplateId": "{id}", "Versions": ["$Latest"]},
        ),
        ec2("describe_launch_templates", "LaunchTemplateIds"),
    ),
    "ec2/natGateway": (ec2("describe_nat_gateways", "NatGatewayIds"),),
    "ec2/route": (DescribeCall("ec2", "describe_route_tables", {"RouteTableIds": ["{RouteTableId}"]}),),
    "ec2/routeTable": (ec2("describe_route_tables", "RouteTableIds"),),
    "ec2/routeTableAssociation": (
        ec2("describe_route_tables", "Filters", "association.route-table-association-id"),
    ),
    "ec2/securityGroup": (ec2("describe_security_groups", "GroupIds"),),
    "ec2/subnet": (ec2("describe_subnets", "SubnetIds"),),
    "ec2/vpc": (
        ec2("describe_vpcs", "VpcIds"),
        DescribeCall("ec2", "describe_vpc_attribute", {"VpcId": "{id}", "Attribute": "enableDnsSupport"}),
        DescribeCall("ec2", "describe_vpc_attribute", {"VpcId": "{id}", "Attribute": "enableDnsHostnames"}),
    ),
    "ec2/vpcEndpoint": (ec2("describe_vpc_endpoints", "VpcEndpointIds"),),
    "guardduty/detector": (DescribeCall("guardduty", "get_detector", {"DetectorId": "{id}"}),),
    "iam/instanceProfile": (DescribeCall("iam", "get_instance_profile", {"InstanceProfileName": "{id}"}),),
    "iam/role": (DescribeCall("iam", "get_role", {"RoleName": "{id}"}),),
    "iam/rolePolicy": (
        DescribeCall("iam", "get_role_policy", {"RoleName": "{RoleName}", "PolicyName": "{id}"}),
    ),
    "iam/rolePolicyAttachment": (
        DescribeCall("iam", "list_attached_role_policies", {"RoleName": "{RoleName}"}),
        DescribeCall("iam", "get_role", {"RoleName": "{RoleName}"}),
    ),
    "kms/key": (
        DescribeCall("kms", "describe_key", {"KeyId": "{id}"}),
        DescribeCall("kms", "get_key_policy", {"KeyId": "{id}", "PolicyName": "default"}),
        DescribeCall("kms", "list_resource_tags", {"KeyId": "{id}"}),
        DescribeCall("kms", "get_key_rotation_status", {"KeyId": "{id}"}),
    ),
    "lambda/alias": (
        DescribeCall("lambda", "get_alias", {"FunctionName": "{FunctionName}", "Name": "{Name}"}),
    ),
    "lambda/function": (DescribeCall("lambda", "get_function", {"FunctionName": "{id}", "Qualifier": "1"}),),
    "lambda/permission": (
        DescribeCall("lambda", "get_policy", {"FunctionName": "{FunctionName}", "Qualifier": "{Qualifier}"}),
    ),
    "lambda/provisionedConcurrencyConfig": (
        DescribeCall(
            "lambda",
            "get_provisioned_concurrency_config",
            {"FunctionName": "{FunctionName}", "Qualifier": "{Qualifier}"},
        ),
    ),
    "lb/listener": (
        DescribeCall("elbv2", "describe_listeners", {"ListenerArns": ["{id}"]}),
        DescribeCall("elbv2", "describe_listener_attributes", {"ListenerArn": "{id}"}),
        ELBV2_TAGS,
    ),
    "lb/listenerRule": (DescribeCall("elbv2", "describe_rules", {"RuleArns": ["{id}"]}), ELBV2_TAGS),
    "lb/loadBalancer": (
        DescribeCall("elbv2", "describe_load_balancers", {"LoadBalancerArns": ["{id}"]}),
        DescribeCall("elbv2", "describe_load_balancer_attributes", {"LoadBalancerArn": "{id}"}),
        ELBV2_TAGS,
    ),
    "lb/targetGroup": (
        DescribeCall("elbv2", "describe_target_groups", {"TargetGroupArns": ["{id}"]}),
        DescribeCall("elbv2", "describe_target_group_attributes", {"TargetGroupArn": "{id}"}),
        ELBV2_TAGS,
    ),
    "route53/record": (
        DescribeCall(
            "route53",
            "list_resource_record_sets",
            {"HostedZoneId": "{HostedZoneId}"},
            "ResourceRecordSets[?Name=='{record}' || Name=='{record}.']",
        ),
    ),
    "s3/bucket": (s3("get_bucket_tagging"), s3("get_bucket_location"), s3("get_bucket_ownership_controls")),
    "s3/bucketLifecycleConfiguration": (s3("get_bucket_lifecycle_configuration"),),
    "s3/bucketLogging": (s3("get_bucket_logging"),),
    "s3/bucketObjectv2": (
        DescribeCall("s3", "head_object", {"Bucket": "{Bucket}", "Key": "{Key}"}),
        DescribeCall("s3", "get_object_tagging", {"Bucket": "{Bucket}", "Key": "{Key}"}),
    ),
    "s3/bucketOwnershipControls": (s3("get_bucket_ownership_controls"),),
    "s3/bucketPolicy": (s3("get_bucket_policy"),),
    "s3/bucketPublicAccessBlock": (s3("get_public_access_block"),),
    "s3/bucketServerSideEncryptionConfiguration": (s3("get_bucket_encryption"),),
    "s3/bucketVersioning": (s3("get_bucket_versioning"),),
    "sns/topic": (
        DescribeCall("sns", "get_topic_attributes", {"TopicArn": "{id}"}),
        DescribeCall("sns", "list_tags_for_resource", {"ResourceArn": "{id}"}),
    ),
    "sns/topicPolicy": (DescribeCall("sns", "get_topic_attributes", {"TopicArn": "{TopicArn}"}),),
    "sns/topicSubscription": (
        DescribeCall("sns", "list_subscriptions_by_topic", {"TopicArn": "{TopicArn}"}),
    ),
    "vpc/securityGroupEgressRule": (ec2("describe_security_group_rules", "SecurityGroupRuleIds"),),
    "vpc/securityGroupIngressRule": (ec2("describe_security_group_rules", "SecurityGroupRuleIds"),),
    "wafv2/ipSet": (
        DescribeCall("wafv2", "get_ip_set", {"Name": "{Name}", "Scope": "{Scope}", "Id": "{id}"}),
        DescribeCall("wafv2", "list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    "wafv2/webAcl": (
        DescribeCall("wafv2", "get_web_acl", {"Name": "{Name}", "Scope": "{Scope}", "Id": "{id}"}),
        DescribeCall("wafv2", "list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    "wafv2/webAclAssociation": (
        DescribeCall("wafv2", "get_web_acl_for_resource", {"ResourceArn": "{ResourceArn}"}),
    ),
    "wafv2/webAclLoggingConfiguration": (
        DescribeCall("wafv2", "get_logging_configuration", {"ResourceArn": "{id}"}),
    ),
}
"""Calls by resource type, without provider and class."""


SAME: Final[Mapping[str, Mapping[str, str]]] = {
    "apigateway/integration": {"integrationhttpmethod": "httpmethod"},
    "apigateway/methodSettings": {
        "burstlimit": "throttlingburstlimit",
        "datatrace": "datatraceenabled",
        "loglevel": "logginglevel",
        "ratelimit": "throttlingratelimit",
    },
    "autoscaling/group": {"metrics": "metric"},
    "ec2/flowLog": {"resourceids": "resourceid"},
    "ec2/vpcEndpoint": {"securitygroupids": "groupid"},
    "lambda/permission": {"principal": "service", "sourcearn": "awssourcearn", "statementid": "sid"},
    "lambda/provisionedConcurrencyConfig": {
        "provisionedconcurrentexecutions": "requestedprovisionedconcurrentexecutions"
    },
    "lb/loadBalancer": {"name": "loadbalancername", "subnets": "subnetid"},
    "lb/targetGroup": {"name": "targetgroupname"},
    "sns/topicPolicy": {"attributevalue": "policy"},
    "vpc/securityGroupEgressRule": {"cidrip": "cidripv4"},
    "vpc/securityGroupIngressRule": {"cidrip": "cidripv4"},
    "wafv2/webAclAssociation": {"webaclarn": "arn"},
}
"""Field of a request -> its name in the description."""

FORGETS_TAGS: Final[Mapping[str, str]] = dict.fromkeys(
    ("owner", "project", "stack"), "LocalStack forgets these tags"
)

MISSING: Final[Mapping[str, Mapping[str, str]]] = {
    "apigateway/domainName": FORGETS_TAGS,
    "appautoscaling/target": FORGETS_TAGS,
    "budgets/budget": {
        **FORGETS_TAGS,
        "address": "LocalStack forgets the subscribers",
        "subscriptiontype": "the same",
    },
    "ec2/vpcEndpoint": {"version": "LocalStack replaces the policy's version"},
    "guardduty/detector": {"enable": "is described as its status"},
    "lambda/function": {
        "publish": "is an action",
        "s3bucket": "AWS stores the code, but not its source",
        "s3key": "the same",
        "s3objectversion": "the same",
    },
    "lb/listenerRule": {"listenerarn": "is part of the rule's own ARN"},
    "route53/record": {"action": "is an action"},
    "sns/topicPolicy": {"attributename": "names the attribute"},
    "vpc/securityGroupEgressRule": {"description": "LocalStack forgets it if a rule names a group"},
    "vpc/securityGroupIngressRule": {"description": "the same"},
}
"""Field that is missing in the description -> reason."""
