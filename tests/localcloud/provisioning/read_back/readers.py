"""How each type of resource is asked for: the calls that describe it, and the fields that they do not tell.

In braces stands what the resource's own calls named: `{id}`, or a parameter of a call that made it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Ask(NamedTuple):
    """A call that describes a resource."""

    service: str
    operation: str
    arguments: Mapping[str, Any]
    path: str = "@"
    """Where the answer has the resource (JMESPath)."""


def ec2(operation: str, by: str, filtered: str | None = None) -> Ask:
    """Ask EC2 for one of a kind, by its id or by a filter on it."""
    if filtered is None:
        return Ask("ec2", operation, {by: ["{id}"]})
    return Ask("ec2", operation, {by: [{"Name": filtered, "Values": ["{id}"]}]})


def s3(operation: str) -> Ask:
    """Ask for one of a bucket's settings."""
    return Ask("s3", operation, {"Bucket": "{Bucket}"})


def api(operation: str, **more: str) -> Ask:
    """Ask API Gateway for something of a REST API."""
    return Ask("apigateway", operation, {"restApiId": "{restApiId}", **more})


ELBV2_TAGS: Final = Ask("elbv2", "describe_tags", {"ResourceArns": ["{id}"]})

STAGE: Final = api("get_stage", stageName="{stageName}")

READERS: Final[Mapping[str, tuple[Ask, ...]]] = {
    "acm/certificate": (
        Ask("acm", "describe_certificate", {"CertificateArn": "{id}"}),
        Ask("acm", "list_tags_for_certificate", {"CertificateArn": "{id}"}),
    ),
    "acm/certificateValidation": (Ask("acm", "describe_certificate", {"CertificateArn": "{id}"}),),
    "apigateway/account": (Ask("apigateway", "get_account", {}),),
    "apigateway/basePathMapping": (
        Ask("apigateway", "get_base_path_mapping", {"domainName": "{domainName}", "basePath": "(none)"}),
        Ask("apigateway", "get_domain_name", {"domainName": "{domainName}"}),
    ),
    "apigateway/deployment": (api("get_deployment", deploymentId="{id}"),),
    "apigateway/domainName": (Ask("apigateway", "get_domain_name", {"domainName": "{id}"}),),
    "apigateway/integration": (
        api("get_integration", resourceId="{resourceId}", httpMethod="{httpMethod}"),
        api("get_method", resourceId="{resourceId}", httpMethod="{httpMethod}"),
    ),
    "apigateway/method": (api("get_method", resourceId="{resourceId}", httpMethod="{httpMethod}"),),
    "apigateway/methodSettings": (STAGE,),
    "apigateway/resource": (api("get_resource", resourceId="{id}"),),
    "apigateway/restApi": (Ask("apigateway", "get_rest_api", {"restApiId": "{id}"}),),
    "apigateway/stage": (STAGE,),
    "appautoscaling/policy": (
        Ask(
            "application-autoscaling",
            "describe_scaling_policies",
            {"ServiceNamespace": "{ServiceNamespace}", "ResourceId": "{ResourceId}"},
        ),
    ),
    "appautoscaling/target": (
        Ask(
            "application-autoscaling",
            "describe_scalable_targets",
            {"ServiceNamespace": "{ServiceNamespace}", "ResourceIds": ["{ResourceId}"]},
        ),
    ),
    "autoscaling/group": (
        Ask("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroupNames": ["{id}"]}),
    ),
    "autoscaling/lifecycleHook": (
        Ask(
            "autoscaling",
            "describe_lifecycle_hooks",
            {"AutoScalingGroupName": "{AutoScalingGroupName}", "LifecycleHookNames": ["{id}"]},
        ),
    ),
    "autoscaling/policy": (Ask("autoscaling", "describe_policies", {"PolicyNames": ["{id}"]}),),
    "autoscaling/schedule": (
        Ask("autoscaling", "describe_scheduled_actions", {"ScheduledActionNames": ["{id}"]}),
    ),
    "budgets/budget": (
        Ask("budgets", "describe_budget", {"AccountId": "{AccountId}", "BudgetName": "{id}"}),
        Ask(
            "budgets",
            "describe_notifications_for_budget",
            {"AccountId": "{AccountId}", "BudgetName": "{id}"},
        ),
    ),
    "cloudwatch/dashboard": (Ask("cloudwatch", "get_dashboard", {"DashboardName": "{DashboardName}"}),),
    "cloudwatch/eventRule": (
        Ask("events", "describe_rule", {"Name": "{id}"}),
        Ask("events", "list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    "cloudwatch/eventTarget": (Ask("events", "list_targets_by_rule", {"Rule": "{Rule}"}),),
    "cloudwatch/logGroup": (
        Ask("logs", "describe_log_groups", {"logGroupNamePrefix": "{id}"}),
        Ask("logs", "list_tags_log_group", {"logGroupName": "{id}"}),
    ),
    "cloudwatch/metricAlarm": (
        Ask("cloudwatch", "describe_alarms", {"AlarmNames": ["{id}"]}),
        Ask("cloudwatch", "list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    "ec2/defaultSecurityGroup": (ec2("describe_security_groups", "GroupIds"),),
    "ec2/eip": (ec2("describe_addresses", "AllocationIds"),),
    "ec2/flowLog": (ec2("describe_flow_logs", "FlowLogIds"),),
    "ec2/internetGateway": (ec2("describe_internet_gateways", "InternetGatewayIds"),),
    "ec2/launchTemplate": (
        Ask(
            "ec2",
            "describe_launch_template_versions",
            {"LaunchTemplateId": "{id}", "Versions": ["$Latest"]},
        ),
        ec2("describe_launch_templates", "LaunchTemplateIds"),
    ),
    "ec2/natGateway": (ec2("describe_nat_gateways", "NatGatewayIds"),),
    "ec2/route": (Ask("ec2", "describe_route_tables", {"RouteTableIds": ["{RouteTableId}"]}),),
    "ec2/routeTable": (ec2("describe_route_tables", "RouteTableIds"),),
    "ec2/routeTableAssociation": (
        ec2("describe_route_tables", "Filters", "association.route-table-association-id"),
    ),
    "ec2/securityGroup": (ec2("describe_security_groups", "GroupIds"),),
    "ec2/subnet": (ec2("describe_subnets", "SubnetIds"),),
    "ec2/vpc": (
        ec2("describe_vpcs", "VpcIds"),
        Ask("ec2", "describe_vpc_attribute", {"VpcId": "{id}", "Attribute": "enableDnsSupport"}),
        Ask("ec2", "describe_vpc_attribute", {"VpcId": "{id}", "Attribute": "enableDnsHostnames"}),
    ),
    "ec2/vpcEndpoint": (ec2("describe_vpc_endpoints", "VpcEndpointIds"),),
    "guardduty/detector": (Ask("guardduty", "get_detector", {"DetectorId": "{id}"}),),
    "iam/instanceProfile": (Ask("iam", "get_instance_profile", {"InstanceProfileName": "{id}"}),),
    "iam/role": (Ask("iam", "get_role", {"RoleName": "{id}"}),),
    "iam/rolePolicy": (Ask("iam", "get_role_policy", {"RoleName": "{RoleName}", "PolicyName": "{id}"}),),
    "iam/rolePolicyAttachment": (
        Ask("iam", "list_attached_role_policies", {"RoleName": "{RoleName}"}),
        Ask("iam", "get_role", {"RoleName": "{RoleName}"}),
    ),
    "kms/key": (
        Ask("kms", "describe_key", {"KeyId": "{id}"}),
        Ask("kms", "get_key_policy", {"KeyId": "{id}", "PolicyName": "default"}),
        Ask("kms", "list_resource_tags", {"KeyId": "{id}"}),
        Ask("kms", "get_key_rotation_status", {"KeyId": "{id}"}),
    ),
    "lambda/alias": (Ask("lambda", "get_alias", {"FunctionName": "{FunctionName}", "Name": "{Name}"}),),
    "lambda/function": (Ask("lambda", "get_function", {"FunctionName": "{id}", "Qualifier": "1"}),),
    "lambda/permission": (
        Ask("lambda", "get_policy", {"FunctionName": "{FunctionName}", "Qualifier": "{Qualifier}"}),
    ),
    "lambda/provisionedConcurrencyConfig": (
        Ask(
            "lambda",
            "get_provisioned_concurrency_config",
            {"FunctionName": "{FunctionName}", "Qualifier": "{Qualifier}"},
        ),
    ),
    "lb/listener": (Ask("elbv2", "describe_listeners", {"ListenerArns": ["{id}"]}), ELBV2_TAGS),
    "lb/listenerRule": (Ask("elbv2", "describe_rules", {"RuleArns": ["{id}"]}), ELBV2_TAGS),
    "lb/loadBalancer": (
        Ask("elbv2", "describe_load_balancers", {"LoadBalancerArns": ["{id}"]}),
        Ask("elbv2", "describe_load_balancer_attributes", {"LoadBalancerArn": "{id}"}),
        ELBV2_TAGS,
    ),
    "lb/targetGroup": (
        Ask("elbv2", "describe_target_groups", {"TargetGroupArns": ["{id}"]}),
        Ask("elbv2", "describe_target_group_attributes", {"TargetGroupArn": "{id}"}),
        ELBV2_TAGS,
    ),
    "route53/record": (
        Ask(
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
        Ask("s3", "head_object", {"Bucket": "{Bucket}", "Key": "{Key}"}),
        Ask("s3", "get_object_tagging", {"Bucket": "{Bucket}", "Key": "{Key}"}),
    ),
    "s3/bucketOwnershipControls": (s3("get_bucket_ownership_controls"),),
    "s3/bucketPolicy": (s3("get_bucket_policy"),),
    "s3/bucketPublicAccessBlock": (s3("get_public_access_block"),),
    "s3/bucketServerSideEncryptionConfiguration": (s3("get_bucket_encryption"),),
    "s3/bucketVersioning": (s3("get_bucket_versioning"),),
    "sns/topic": (
        Ask("sns", "get_topic_attributes", {"TopicArn": "{id}"}),
        Ask("sns", "list_tags_for_resource", {"ResourceArn": "{id}"}),
    ),
    "sns/topicPolicy": (Ask("sns", "get_topic_attributes", {"TopicArn": "{TopicArn}"}),),
    "sns/topicSubscription": (Ask("sns", "list_subscriptions_by_topic", {"TopicArn": "{TopicArn}"}),),
    "vpc/securityGroupEgressRule": (ec2("describe_security_group_rules", "SecurityGroupRuleIds"),),
    "vpc/securityGroupIngressRule": (ec2("describe_security_group_rules", "SecurityGroupRuleIds"),),
    "wafv2/ipSet": (
        Ask("wafv2", "get_ip_set", {"Name": "{Name}", "Scope": "{Scope}", "Id": "{id}"}),
        Ask("wafv2", "list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    "wafv2/webAcl": (
        Ask("wafv2", "get_web_acl", {"Name": "{Name}", "Scope": "{Scope}", "Id": "{id}"}),
        Ask("wafv2", "list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    "wafv2/webAclAssociation": (Ask("wafv2", "get_web_acl_for_resource", {"ResourceArn": "{ResourceArn}"}),),
    "wafv2/webAclLoggingConfiguration": (Ask("wafv2", "get_logging_configuration", {"ResourceArn": "{id}"}),),
}
"""Every type that the program makes, without provider and class."""


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
"""What AWS calls by another name when it tells it."""

FORGETS_TAGS: Final[Mapping[str, str]] = dict.fromkeys(
    ("owner", "project", "stack"), "LocalStack forgets these tags"
)

UNTOLD: Final[Mapping[str, Mapping[str, str]]] = {
    "apigateway/domainName": FORGETS_TAGS,
    "appautoscaling/target": FORGETS_TAGS,
    "budgets/budget": {
        **FORGETS_TAGS,
        "address": "LocalStack forgets who is told",
        "subscriptiontype": "the same",
    },
    "cloudwatch/metricAlarm": FORGETS_TAGS,
    "ec2/vpcEndpoint": {"version": "LocalStack writes the policy's version anew"},
    "guardduty/detector": {"enable": "is told as its status"},
    "lambda/function": {
        "publish": "is what is done",
        "s3bucket": "AWS keeps the code, and not where it came from",
        "s3key": "the same",
        "s3objectversion": "the same",
    },
    "lb/listenerRule": {"listenerarn": "is part of the rule's own ARN"},
    "route53/record": {"action": "is what is done"},
    "sns/topicPolicy": {"attributename": "is what is set"},
    "vpc/securityGroupEgressRule": {"description": "LocalStack forgets it where a rule names a group"},
    "vpc/securityGroupIngressRule": {"description": "the same"},
}
"""What is not told, and why."""
