"""Deletion of resources on LocalStack: one or more API calls for each type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localcloud.aws.clients import Api
    from tests.engine.plugin.account import StoredResource

    Values = Mapping[str, Any]
    """Inputs and outputs of a resource, `id` among them."""

GONE: Final = ("NotFound", "NoSuch", "404")
"""Parts of the error codes for what went with another resource already."""

CALLS: Final[Mapping[str, tuple[str, str, Mapping[str, str]]]] = {
    "aws:acm/certificate:Certificate": ("acm", "delete_certificate", {"CertificateArn": "id"}),
    "aws:apigateway/basePathMapping:BasePathMapping": (
        "apigateway", "delete_base_path_mapping", {"domainName": "domainName", "basePath": "basePath"},
    ),
    "aws:apigateway/domainName:DomainName": ("apigateway", "delete_domain_name", {"domainName": "id"}),
    "aws:apigateway/restApi:RestApi": ("apigateway", "delete_rest_api", {"restApiId": "id"}),
    "aws:apigateway/stage:Stage": (
        "apigateway", "delete_stage", {"restApiId": "restApi", "stageName": "stageName"},
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": (
        "autoscaling",
        "delete_lifecycle_hook",
        {"AutoScalingGroupName": "autoscalingGroupName", "LifecycleHookName": "id"},
    ),
    "aws:autoscaling/policy:Policy": (
        "autoscaling", "delete_policy", {"AutoScalingGroupName": "autoscalingGroupName", "PolicyName": "id"},
    ),
    "aws:cloudwatch/eventRule:EventRule": ("events", "delete_rule", {"Name": "id"}),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "delete_log_group", {"logGroupName": "id"}),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": (
        "logs", "delete_metric_filter", {"logGroupName": "logGroupName", "filterName": "id"},
    ),
    "aws:ec2/eip:Eip": ("ec2", "release_address", {"AllocationId": "id"}),
    "aws:ec2/launchTemplate:LaunchTemplate": ("ec2", "delete_launch_template", {"LaunchTemplateId": "id"}),
    "aws:ec2/natGateway:NatGateway": ("ec2", "delete_nat_gateway", {"NatGatewayId": "id"}),
    "aws:ec2/route:Route": (
        "ec2",
        "delete_route",
        {"RouteTableId": "routeTableId", "DestinationCidrBlock": "destinationCidrBlock"},
    ),
    "aws:ec2/routeTable:RouteTable": ("ec2", "delete_route_table", {"RouteTableId": "id"}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (
        "ec2", "disassociate_route_table", {"AssociationId": "id"},
    ),
    "aws:ec2/securityGroup:SecurityGroup": ("ec2", "delete_security_group", {"GroupId": "id"}),
    "aws:ec2/subnet:Subnet": ("ec2", "delete_subnet", {"SubnetId": "id"}),
    "aws:guardduty/detector:Detector": ("guardduty", "delete_detector", {"DetectorId": "id"}),
    "aws:iam/role:Role": ("iam", "delete_role", {"RoleName": "id"}),
    "aws:iam/rolePolicy:RolePolicy": ("iam", "delete_role_policy", {"RoleName": "role", "PolicyName": "id"}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        "iam", "detach_role_policy", {"RoleName": "role", "PolicyArn": "policyArn"},
    ),
    "aws:kms/key:Key": ("kms", "schedule_key_deletion", {"KeyId": "id"}),
    "aws:lambda/alias:Alias": ("lambda", "delete_alias", {"FunctionName": "functionName", "Name": "name"}),
    "aws:lambda/function:Function": ("lambda", "delete_function", {"FunctionName": "id"}),
    "aws:lambda/permission:Permission": (
        "lambda",
        "remove_permission",
        {"FunctionName": "function", "StatementId": "id", "Qualifier": "qualifier"},
    ),
    "aws:lb/listener:Listener": ("elbv2", "delete_listener", {"ListenerArn": "id"}),
    "aws:lb/listenerRule:ListenerRule": ("elbv2", "delete_rule", {"RuleArn": "id"}),
    "aws:lb/loadBalancer:LoadBalancer": ("elbv2", "delete_load_balancer", {"LoadBalancerArn": "id"}),
    "aws:lb/targetGroup:TargetGroup": ("elbv2", "delete_target_group", {"TargetGroupArn": "id"}),
    "aws:sns/topic:Topic": ("sns", "delete_topic", {"TopicArn": "id"}),
    "aws:wafv2/webAclAssociation:WebAclAssociation": (
        "wafv2", "disassociate_web_acl", {"ResourceArn": "resourceArn"},
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (
        "wafv2", "delete_logging_configuration", {"ResourceArn": "id"},
    ),
}  # fmt: skip
"""Type -> service, operation, and its parameters with the property of the resource that each one takes."""


def delete_on(api: Api, identifier: str, resource: StoredResource) -> None:
    """Delete a resource; one that went with another is no error."""
    values = {**resource.outputs, **resource.inputs, "id": identifier}
    try:
        if call := CALLS.get(resource.type):
            service, operation, parameters = call
            client: Any = api.client_by_name(service)
            getattr(client, operation)(**{key: values[name] for key, name in parameters.items()})
        elif resource.type in _OTHERS:
            _OTHERS[resource.type](api, values)
        elif resource.type not in PARTS_OF_OTHERS:
            raise NotImplementedError(f"{resource.name}: no deletion of {resource.type} on LocalStack")
    except ClientError as error:
        if not any(part in error.response.get("Error", {}).get("Code", "") for part in GONE):
            raise


PARTS_OF_OTHERS: Final = frozenset(
    {
        "aws:acm/certificateValidation:CertificateValidation",
        "aws:apigateway/account:Account",
        "aws:apigateway/deployment:Deployment",
        "aws:apigateway/integration:Integration",
        "aws:apigateway/method:Method",
        "aws:apigateway/methodSettings:MethodSettings",
        "aws:apigateway/resource:Resource",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketLogging:BucketLogging",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    }
)
"""Types that go with the resource that they are part of."""


def _group(api: Api, values: Values) -> None:
    api.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=values["id"], ForceDelete=True)


def _alarm(api: Api, values: Values) -> None:
    api.client("cloudwatch").delete_alarms(AlarmNames=[values["id"]])


def _dashboard(api: Api, values: Values) -> None:
    api.client("cloudwatch").delete_dashboards(DashboardNames=[values["id"]])


def _budget(api: Api, values: Values) -> None:
    account = api.client("sts").get_caller_identity()["Account"]
    cast("Any", api.client_by_name("budgets")).delete_budget(AccountId=account, BudgetName=values["id"])


def _flow_log(api: Api, values: Values) -> None:
    api.client("ec2").delete_flow_logs(FlowLogIds=[values["id"]])


def _vpc(api: Api, values: Values) -> None:
    ec2 = api.client("ec2")
    # LocalStack's interfaces remain without their instances and load balancers; those of AWS go with them.
    listed = ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [values["id"]]}])
    for interface in listed["NetworkInterfaces"]:
        ec2.delete_network_interface(NetworkInterfaceId=interface.get("NetworkInterfaceId", ""))
    ec2.delete_vpc(VpcId=values["id"])


def _vpc_endpoint(api: Api, values: Values) -> None:
    api.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[values["id"]])


def _internet_gateway(api: Api, values: Values) -> None:
    ec2 = api.client("ec2")
    ec2.detach_internet_gateway(InternetGatewayId=values["id"], VpcId=values["vpcId"])
    ec2.delete_internet_gateway(InternetGatewayId=values["id"])


def _instance_profile(api: Api, values: Values) -> None:
    iam = api.client("iam")
    iam.remove_role_from_instance_profile(InstanceProfileName=values["id"], RoleName=values["role"])
    iam.delete_instance_profile(InstanceProfileName=values["id"])


def _bucket(api: Api, values: Values) -> None:
    s3 = api.client("s3")
    if values.get("forceDestroy"):
        listed = s3.list_object_versions(Bucket=values["id"])
        for one in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=values["id"], Key=one.get("Key", ""), VersionId=one.get("VersionId", ""))
    s3.delete_bucket(Bucket=values["id"])


def _web_acl(api: Api, values: Values) -> None:
    named: Any = {"Name": values["name"], "Id": values["id"], "Scope": values["scope"]}
    waf = api.client("wafv2")
    waf.delete_web_acl(**named, LockToken=waf.get_web_acl(**named)["LockToken"])


_OTHERS: Final[Mapping[str, Callable[[Api, Values], None]]] = {
    "aws:autoscaling/group:Group": _group,
    "aws:budgets/budget:Budget": _budget,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:ec2/flowLog:FlowLog": _flow_log,
    "aws:ec2/internetGateway:InternetGateway": _internet_gateway,
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _vpc_endpoint,
    "aws:iam/instanceProfile:InstanceProfile": _instance_profile,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:wafv2/webAcl:WebAcl": _web_acl,
}
