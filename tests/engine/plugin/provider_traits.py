"""Traits of the AWS provider that Pulumi's schema for Python does not have: what replaces, and what stays.

Source: the Terraform provider itself, 5.100.0. For `REPLACING` it planned a change of each argument by itself
(`PlanResourceChange`, `requires_replace`); `RETAINED` are the arguments that its schema marks as optional and
computed. Alarms, topics, lifecycle rules and `cidrBlock` of a VPC, which it does not plan without the rest of
a configuration, are from its documentation ("Changing this forces a new resource").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

REPLACING: Final[Mapping[str, frozenset[str]]] = {
    "aws:acm/certificate:Certificate": frozenset(
        {
            "certificateAuthorityArn",
            "domainName",
            "keyAlgorithm",
            "subjectAlternativeNames",
            "validationMethod",
            "validationOptions",
        }
    ),
    "aws:acm/certificateValidation:CertificateValidation": frozenset(
        {"certificateArn", "validationRecordFqdns"}
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": frozenset({"domainName"}),
    "aws:apigateway/deployment:Deployment": frozenset({"restApi", "triggers", "variables"}),
    "aws:apigateway/domainName:DomainName": frozenset(
        {"certificateBody", "certificateChain", "certificatePrivateKey", "domainName"}
    ),
    "aws:apigateway/integration:Integration": frozenset(
        {
            "credentials",
            "httpMethod",
            "integrationHttpMethod",
            "passthroughBehavior",
            "resourceId",
            "restApi",
            "type",
        }
    ),
    "aws:apigateway/method:Method": frozenset({"httpMethod", "resourceId", "restApi"}),
    "aws:apigateway/methodSettings:MethodSettings": frozenset({"methodPath", "restApi", "stageName"}),
    "aws:apigateway/resource:Resource": frozenset({"restApi"}),
    "aws:apigateway/stage:Stage": frozenset({"restApi", "stageName"}),
    "aws:appautoscaling/policy:Policy": frozenset(
        {"name", "resourceId", "scalableDimension", "serviceNamespace"}
    ),
    "aws:appautoscaling/target:Target": frozenset({"resourceId", "scalableDimension", "serviceNamespace"}),
    "aws:autoscaling/group:Group": frozenset({"initialLifecycleHooks", "name"}),
    "aws:autoscaling/lifecycleHook:LifecycleHook": frozenset({"name"}),
    "aws:autoscaling/policy:Policy": frozenset({"autoscalingGroupName", "name"}),
    "aws:autoscaling/schedule:Schedule": frozenset({"autoscalingGroupName", "scheduledActionName"}),
    "aws:budgets/budget:Budget": frozenset({"accountId", "name"}),
    "aws:cloudwatch/dashboard:Dashboard": frozenset({"dashboardName"}),
    "aws:cloudwatch/eventRule:EventRule": frozenset({"eventBusName", "name"}),
    "aws:cloudwatch/eventTarget:EventTarget": frozenset({"eventBusName", "rule", "targetId"}),
    "aws:cloudwatch/logGroup:LogGroup": frozenset({"logGroupClass", "name"}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": frozenset({"name"}),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": frozenset({"vpcId"}),
    "aws:ec2/eip:Eip": frozenset({"address", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool"}),
    "aws:ec2/flowLog:FlowLog": frozenset(
        {
            "deliverCrossAccountRole",
            "destinationOptions",
            "eniId",
            "iamRoleArn",
            "logDestination",
            "logDestinationType",
            "logFormat",
            "maxAggregationInterval",
            "subnetId",
            "trafficType",
            "transitGatewayAttachmentId",
            "transitGatewayId",
            "vpcId",
        }
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": frozenset({"name"}),
    "aws:ec2/natGateway:NatGateway": frozenset({"allocationId", "connectivityType", "privateIp", "subnetId"}),
    "aws:ec2/route:Route": frozenset(
        {"destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId", "routeTableId"}
    ),
    "aws:ec2/routeTable:RouteTable": frozenset({"vpcId"}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": frozenset({"gatewayId", "subnetId"}),
    "aws:ec2/securityGroup:SecurityGroup": frozenset({"description", "name", "vpcId"}),
    "aws:ec2/subnet:Subnet": frozenset(
        {"availabilityZone", "availabilityZoneId", "cidrBlock", "ipv6Native", "outpostArn", "vpcId"}
    ),
    "aws:ec2/vpc:Vpc": frozenset({"cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"}),
    "aws:ec2/vpcEndpoint:VpcEndpoint": frozenset(
        {
            "resourceConfigurationArn",
            "serviceName",
            "serviceNetworkArn",
            "serviceRegion",
            "vpcEndpointType",
            "vpcId",
        }
    ),
    "aws:iam/instanceProfile:InstanceProfile": frozenset({"name", "path"}),
    "aws:iam/role:Role": frozenset({"name", "path"}),
    "aws:iam/rolePolicy:RolePolicy": frozenset({"name", "role"}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": frozenset({"policyArn", "role"}),
    "aws:kms/key:Key": frozenset(
        {"customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"}
    ),
    "aws:lambda/alias:Alias": frozenset({"functionName", "name"}),
    "aws:lambda/function:Function": frozenset({"name", "packageType"}),
    "aws:lambda/permission:Permission": frozenset(
        {
            "action",
            "eventSourceToken",
            "function",
            "functionUrlAuthType",
            "principal",
            "principalOrgId",
            "qualifier",
            "sourceAccount",
            "sourceArn",
            "statementId",
        }
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": frozenset(
        {"functionName", "qualifier"}
    ),
    "aws:lb/listener:Listener": frozenset({"loadBalancerArn"}),
    "aws:lb/listenerRule:ListenerRule": frozenset({"listenerArn"}),
    "aws:lb/loadBalancer:LoadBalancer": frozenset(
        {"customerOwnedIpv4Pool", "internal", "loadBalancerType", "name"}
    ),
    "aws:lb/targetGroup:TargetGroup": frozenset(
        {"ipAddressType", "name", "port", "protocol", "targetType", "vpcId"}
    ),
    "aws:route53/record:Record": frozenset({"name", "zoneId"}),
    "aws:s3/bucket:Bucket": frozenset({"bucket", "objectLockConfiguration", "objectLockEnabled"}),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": frozenset(
        {"bucket", "expectedBucketOwner"}
    ),
    "aws:s3/bucketLogging:BucketLogging": frozenset({"bucket", "expectedBucketOwner"}),
    "aws:s3/bucketObjectv2:BucketObjectv2": frozenset({"bucket", "key"}),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": frozenset({"bucket"}),
    "aws:s3/bucketPolicy:BucketPolicy": frozenset({"bucket"}),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": frozenset({"bucket"}),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": frozenset(
        {"bucket", "expectedBucketOwner"}
    ),
    "aws:s3/bucketVersioning:BucketVersioning": frozenset({"bucket", "expectedBucketOwner"}),
    "aws:sns/topic:Topic": frozenset({"fifoTopic", "name"}),
    "aws:sns/topicPolicy:TopicPolicy": frozenset({"arn"}),
    "aws:sns/topicSubscription:TopicSubscription": frozenset({"endpoint", "protocol", "topic"}),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": frozenset({"securityGroupId"}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": frozenset({"securityGroupId"}),
    "aws:wafv2/ipSet:IpSet": frozenset({"ipAddressVersion", "name", "scope"}),
    "aws:wafv2/webAcl:WebAcl": frozenset({"name", "scope"}),
    "aws:wafv2/webAclAssociation:WebAclAssociation": frozenset({"resourceArn", "webAclArn"}),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": frozenset(
        {"logDestinationConfigs", "resourceArn"}
    ),
}
"""Type -> inputs whose change replaces the resource."""

RETAINED: Final[Mapping[str, frozenset[str]]] = {
    "aws:acm/certificate:Certificate": frozenset(
        {"domainName", "keyAlgorithm", "subjectAlternativeNames", "validationMethod"}
    ),
    "aws:apigateway/account:Account": frozenset({"cloudwatchRoleArn"}),
    "aws:apigateway/domainName:DomainName": frozenset(
        {"ownershipVerificationCertificateArn", "securityPolicy"}
    ),
    "aws:apigateway/integration:Integration": frozenset({"cacheNamespace", "passthroughBehavior"}),
    "aws:apigateway/restApi:RestApi": frozenset(
        {
            "apiKeySource",
            "binaryMediaTypes",
            "description",
            "disableExecuteApiEndpoint",
            "minimumCompressionSize",
            "policy",
        }
    ),
    "aws:appautoscaling/target:Target": frozenset({"roleArn"}),
    "aws:autoscaling/group:Group": frozenset(
        {
            "availabilityZones",
            "defaultCooldown",
            "desiredCapacity",
            "healthCheckType",
            "loadBalancers",
            "name",
            "serviceLinkedRoleArn",
            "targetGroupArns",
            "vpcZoneIdentifiers",
        }
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": frozenset({"defaultResult"}),
    "aws:autoscaling/policy:Policy": frozenset({"metricAggregationType"}),
    "aws:autoscaling/schedule:Schedule": frozenset(
        {"desiredCapacity", "endTime", "maxSize", "minSize", "recurrence", "startTime", "timeZone"}
    ),
    "aws:budgets/budget:Budget": frozenset(
        {"accountId", "limitAmount", "limitUnit", "name", "timePeriodStart"}
    ),
    "aws:cloudwatch/eventRule:EventRule": frozenset({"name"}),
    "aws:cloudwatch/eventTarget:EventTarget": frozenset({"targetId"}),
    "aws:cloudwatch/logGroup:LogGroup": frozenset({"logGroupClass", "name"}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": frozenset({"evaluateLowSampleCountPercentiles"}),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": frozenset({"egress", "ingress", "vpcId"}),
    "aws:ec2/eip:Eip": frozenset(
        {"domain", "instance", "ipamPoolId", "networkBorderGroup", "networkInterface", "publicIpv4Pool"}
    ),
    "aws:ec2/flowLog:FlowLog": frozenset({"logDestination", "logFormat"}),
    "aws:ec2/internetGateway:InternetGateway": frozenset({"vpcId"}),
    "aws:ec2/launchTemplate:LaunchTemplate": frozenset({"defaultVersion", "name"}),
    "aws:ec2/natGateway:NatGateway": frozenset(
        {"privateIp", "secondaryPrivateIpAddressCount", "secondaryPrivateIpAddresses"}
    ),
    "aws:ec2/route:Route": frozenset({"networkInterfaceId"}),
    "aws:ec2/routeTable:RouteTable": frozenset({"propagatingVgws", "routes"}),
    "aws:ec2/securityGroup:SecurityGroup": frozenset({"egress", "ingress", "name", "vpcId"}),
    "aws:ec2/subnet:Subnet": frozenset(
        {"availabilityZone", "availabilityZoneId", "privateDnsHostnameTypeOnLaunch"}
    ),
    "aws:ec2/vpc:Vpc": frozenset(
        {
            "cidrBlock",
            "enableDnsHostnames",
            "enableNetworkAddressUsageMetrics",
            "ipv6CidrBlock",
            "ipv6CidrBlockNetworkBorderGroup",
        }
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": frozenset(
        {
            "ipAddressType",
            "policy",
            "privateDnsEnabled",
            "routeTableIds",
            "securityGroupIds",
            "serviceRegion",
            "subnetIds",
        }
    ),
    "aws:guardduty/detector:Detector": frozenset({"findingPublishingFrequency"}),
    "aws:iam/instanceProfile:InstanceProfile": frozenset({"name"}),
    "aws:iam/role:Role": frozenset({"managedPolicyArns", "name"}),
    "aws:iam/rolePolicy:RolePolicy": frozenset({"name"}),
    "aws:kms/key:Key": frozenset({"description", "multiRegion", "policy", "rotationPeriodInDays"}),
    "aws:lambda/function:Function": frozenset({"architectures", "sourceCodeHash"}),
    "aws:lambda/permission:Permission": frozenset({"statementId"}),
    "aws:lb/listener:Listener": frozenset(
        {
            "protocol",
            "routingHttpRequestXAmznMtlsClientcertHeaderName",
            "routingHttpRequestXAmznMtlsClientcertIssuerHeaderName",
            "routingHttpRequestXAmznMtlsClientcertLeafHeaderName",
            "routingHttpRequestXAmznMtlsClientcertSerialNumberHeaderName",
            "routingHttpRequestXAmznMtlsClientcertSubjectHeaderName",
            "routingHttpRequestXAmznMtlsClientcertValidityHeaderName",
            "routingHttpRequestXAmznTlsCipherSuiteHeaderName",
            "routingHttpRequestXAmznTlsVersionHeaderName",
            "routingHttpResponseAccessControlAllowCredentialsHeaderValue",
            "routingHttpResponseAccessControlAllowHeadersHeaderValue",
            "routingHttpResponseAccessControlAllowMethodsHeaderValue",
            "routingHttpResponseAccessControlAllowOriginHeaderValue",
            "routingHttpResponseAccessControlExposeHeadersHeaderValue",
            "routingHttpResponseAccessControlMaxAgeHeaderValue",
            "routingHttpResponseContentSecurityPolicyHeaderValue",
            "routingHttpResponseServerEnabled",
            "routingHttpResponseStrictTransportSecurityHeaderValue",
            "routingHttpResponseXContentTypeOptionsHeaderValue",
            "routingHttpResponseXFrameOptionsHeaderValue",
            "sslPolicy",
            "tcpIdleTimeoutSeconds",
        }
    ),
    "aws:lb/listenerRule:ListenerRule": frozenset({"priority"}),
    "aws:lb/loadBalancer:LoadBalancer": frozenset(
        {
            "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
            "internal",
            "ipAddressType",
            "name",
            "securityGroups",
            "subnets",
        }
    ),
    "aws:lb/targetGroup:TargetGroup": frozenset(
        {
            "connectionTermination",
            "ipAddressType",
            "loadBalancingAlgorithmType",
            "loadBalancingAnomalyMitigation",
            "loadBalancingCrossZoneEnabled",
            "name",
            "preserveClientIp",
            "protocolVersion",
        }
    ),
    "aws:route53/record:Record": frozenset({"allowOverwrite"}),
    "aws:s3/bucket:Bucket": frozenset(
        {"accelerationStatus", "acl", "bucket", "objectLockEnabled", "policy", "requestPayer"}
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": frozenset(
        {"expectedBucketOwner", "transitionDefaultMinimumObjectSize"}
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": frozenset(
        {"acl", "bucketKeyEnabled", "contentType", "etag", "kmsKeyId", "serverSideEncryption", "storageClass"}
    ),
    "aws:sns/topic:Topic": frozenset(
        {"fifoThroughputScope", "name", "policy", "signatureVersion", "tracingConfig"}
    ),
    "aws:sns/topicSubscription:TopicSubscription": frozenset({"filterPolicyScope"}),
    "aws:wafv2/ipSet:IpSet": frozenset({"name"}),
    "aws:wafv2/webAcl:WebAcl": frozenset({"name"}),
}
"""Type -> inputs that keep their value when a program leaves them out."""
