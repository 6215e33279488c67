"""IAM actions of the AWS provider, by the type of the resource that it creates, reads, updates or deletes.

Sources: the calls of the Terraform AWS provider that Pulumi's is made from, recorded while it created,
changed and deleted each type; the Service Authorization Reference for a call's action and those it depends
on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

EC2_TAGS: Final = "ec2:CreateTags ec2:DeleteTags"
ELB_TAGS: Final = (
    "elasticloadbalancing:AddTags elasticloadbalancing:RemoveTags elasticloadbalancing:DescribeTags"
)
LOG_DELIVERY: Final = (
    "logs:CreateLogDelivery logs:GetLogDelivery logs:UpdateLogDelivery logs:DeleteLogDelivery "
    "logs:ListLogDeliveries logs:PutResourcePolicy logs:DescribeResourcePolicies"
)
"""Actions that a service asks for when it delivers logs for the caller (CloudWatch Logs user guide, "Enable
logging from AWS services")."""

API_GATEWAY: Final = "apigateway:GET apigateway:POST apigateway:PUT apigateway:PATCH apigateway:DELETE"
"""Actions of API Gateway, which are those of HTTP."""

BUCKET: Final = "s3:ListBucket"
"""Action of HeadBucket, with which the provider waits for a bucket."""

_ACTIONS: Final[Mapping[str, str]] = {
    "aws:acm/certificate:Certificate": (
        "acm:RequestCertificate acm:DescribeCertificate acm:DeleteCertificate acm:UpdateCertificateOptions "
        "acm:AddTagsToCertificate acm:RemoveTagsFromCertificate acm:ListTagsForCertificate"
    ),
    "aws:acm/certificateValidation:CertificateValidation": "acm:DescribeCertificate",
    "aws:apigateway/account:Account": "apigateway:GET apigateway:PATCH iam:PassRole",
    "aws:apigateway/basePathMapping:BasePathMapping": API_GATEWAY,
    "aws:apigateway/deployment:Deployment": API_GATEWAY,
    "aws:apigateway/domainName:DomainName": f"{API_GATEWAY} acm:DescribeCertificate",
    "aws:apigateway/integration:Integration": API_GATEWAY,
    "aws:apigateway/method:Method": API_GATEWAY,
    "aws:apigateway/methodSettings:MethodSettings": API_GATEWAY,
    "aws:apigateway/resource:Resource": API_GATEWAY,
    "aws:apigateway/restApi:RestApi": f"{API_GATEWAY} apigateway:UpdateRestApiPolicy",
    "aws:apigateway/stage:Stage": f"{API_GATEWAY} {LOG_DELIVERY}",
    "aws:appautoscaling/policy:Policy": (
        "application-autoscaling:PutScalingPolicy application-autoscaling:DescribeScalingPolicies "
        "application-autoscaling:DeleteScalingPolicy cloudwatch:PutMetricAlarm cloudwatch:DeleteAlarms "
        "cloudwatch:DescribeAlarms"
    ),
    "aws:appautoscaling/target:Target": (
        "application-autoscaling:RegisterScalableTarget application-autoscaling:DescribeScalableTargets "
        "application-autoscaling:DeregisterScalableTarget application-autoscaling:ListTagsForResource "
        "application-autoscaling:TagResource application-autoscaling:UntagResource "
        "lambda:GetProvisionedConcurrencyConfig lambda:PutProvisionedConcurrencyConfig "
        "lambda:DeleteProvisionedConcurrencyConfig"
    ),
    # A group with a launch template asks for the rights of RunInstances (EC2 Auto Scaling user guide,
    # "Control Amazon EC2 launch template usage in Auto Scaling groups").
    "aws:autoscaling/group:Group": (
        "autoscaling:CreateAutoScalingGroup autoscaling:UpdateAutoScalingGroup "
        "autoscaling:DeleteAutoScalingGroup autoscaling:DescribeAutoScalingGroups "
        "autoscaling:DescribeScalingActivities autoscaling:CreateOrUpdateTags autoscaling:DeleteTags "
        "autoscaling:DescribeTags autoscaling:EnableMetricsCollection autoscaling:DisableMetricsCollection "
        "autoscaling:AttachLoadBalancerTargetGroups autoscaling:DetachLoadBalancerTargetGroups "
        "autoscaling:DescribeLoadBalancerTargetGroups autoscaling:AttachTrafficSources "
        "autoscaling:DetachTrafficSources autoscaling:DescribeTrafficSources autoscaling:PutWarmPool "
        "autoscaling:DescribeWarmPool autoscaling:DeleteWarmPool autoscaling:SetInstanceProtection "
        "autoscaling:SuspendProcesses autoscaling:ResumeProcesses autoscaling:PutLifecycleHook "
        "autoscaling:DescribeLifecycleHooks autoscaling:DescribeInstanceRefreshes "
        "autoscaling:CancelInstanceRefresh ec2:RunInstances ec2:CreateTags iam:PassRole "
        "elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeTargetHealth"
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": (
        "autoscaling:PutLifecycleHook autoscaling:DescribeLifecycleHooks autoscaling:DeleteLifecycleHook"
    ),
    "aws:autoscaling/policy:Policy": (
        "autoscaling:PutScalingPolicy autoscaling:DescribePolicies autoscaling:DeletePolicy "
        "cloudwatch:PutMetricAlarm cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms "
        "cloudwatch:GetMetricData cloudwatch:ListMetrics autoscaling:GetPredictiveScalingForecast"
    ),
    "aws:autoscaling/schedule:Schedule": (
        "autoscaling:PutScheduledUpdateGroupAction autoscaling:DescribeScheduledActions "
        "autoscaling:DeleteScheduledAction"
    ),
    "aws:budgets/budget:Budget": (
        "budgets:ViewBudget budgets:ModifyBudget budgets:ListTagsForResource budgets:TagResource "
        "budgets:UntagResource"
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        "cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards"
    ),
    "aws:cloudwatch/eventRule:EventRule": (
        "events:PutRule events:DescribeRule events:DeleteRule events:ListTagsForResource events:TagResource "
        "events:UntagResource"
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        "events:PutTargets events:ListTargetsByRule events:RemoveTargets"
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        "logs:CreateLogGroup logs:DescribeLogGroups logs:DeleteLogGroup logs:PutRetentionPolicy "
        "logs:DeleteRetentionPolicy logs:ListTagsForResource logs:TagResource logs:UntagResource"
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": (
        "logs:PutMetricFilter logs:DescribeMetricFilters logs:DeleteMetricFilter"
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        "cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms "
        "cloudwatch:ListTagsForResource cloudwatch:TagResource cloudwatch:UntagResource"
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": (
        "ec2:DescribeSecurityGroups ec2:DescribeSecurityGroupRules ec2:RevokeSecurityGroupIngress "
        f"ec2:RevokeSecurityGroupEgress {EC2_TAGS}"
    ),
    "aws:ec2/eip:Eip": (
        "ec2:AllocateAddress ec2:DescribeAddresses ec2:DescribeAddressesAttribute ec2:DisassociateAddress "
        f"ec2:ReleaseAddress {EC2_TAGS}"
    ),
    "aws:ec2/flowLog:FlowLog": (
        f"ec2:CreateFlowLogs ec2:DescribeFlowLogs ec2:DeleteFlowLogs {EC2_TAGS} {LOG_DELIVERY}"
    ),
    "aws:ec2/internetGateway:InternetGateway": (
        "ec2:CreateInternetGateway ec2:AttachInternetGateway ec2:DetachInternetGateway "
        f"ec2:DescribeInternetGateways ec2:DeleteInternetGateway {EC2_TAGS}"
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": (
        "ec2:CreateLaunchTemplate ec2:CreateLaunchTemplateVersion ec2:DescribeLaunchTemplates "
        f"ec2:DescribeLaunchTemplateVersions ec2:ModifyLaunchTemplate ec2:DeleteLaunchTemplate {EC2_TAGS}"
    ),
    "aws:ec2/natGateway:NatGateway": (
        f"ec2:CreateNatGateway ec2:DescribeNatGateways ec2:DeleteNatGateway {EC2_TAGS}"
    ),
    "aws:ec2/route:Route": "ec2:CreateRoute ec2:ReplaceRoute ec2:DeleteRoute ec2:DescribeRouteTables",
    "aws:ec2/routeTable:RouteTable": (
        "ec2:CreateRouteTable ec2:DescribeRouteTables ec2:DeleteRouteTable ec2:DisassociateRouteTable "
        f"{EC2_TAGS}"
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (
        "ec2:AssociateRouteTable ec2:ReplaceRouteTableAssociation ec2:DisassociateRouteTable "
        "ec2:DescribeRouteTables"
    ),
    # The provider also deletes interfaces that functions leave behind; ours are in no VPC.
    "aws:ec2/securityGroup:SecurityGroup": (
        "ec2:CreateSecurityGroup ec2:DescribeSecurityGroups ec2:DeleteSecurityGroup "
        "ec2:RevokeSecurityGroupEgress ec2:RevokeSecurityGroupIngress ec2:DescribeNetworkInterfaces "
        f"{EC2_TAGS}"
    ),
    "aws:ec2/subnet:Subnet": (
        "ec2:CreateSubnet ec2:DescribeSubnets ec2:ModifySubnetAttribute ec2:DeleteSubnet "
        f"ec2:DescribeNetworkInterfaces {EC2_TAGS}"
    ),
    "aws:ec2/vpc:Vpc": (
        "ec2:CreateVpc ec2:DescribeVpcs ec2:DescribeVpcAttribute ec2:ModifyVpcAttribute ec2:DeleteVpc "
        f"ec2:DescribeNetworkAcls ec2:DescribeRouteTables ec2:DescribeSecurityGroups {EC2_TAGS}"
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        "ec2:CreateVpcEndpoint ec2:DescribeVpcEndpoints ec2:ModifyVpcEndpoint ec2:DeleteVpcEndpoints "
        f"ec2:DescribePrefixLists ec2:DescribeNetworkInterfaces {EC2_TAGS}"
    ),
    "aws:guardduty/detector:Detector": (
        "guardduty:CreateDetector guardduty:GetDetector guardduty:UpdateDetector guardduty:DeleteDetector "
        "guardduty:ListTagsForResource guardduty:TagResource guardduty:UntagResource"
    ),
    "aws:iam/instanceProfile:InstanceProfile": (
        "iam:CreateInstanceProfile iam:GetInstanceProfile iam:DeleteInstanceProfile iam:GetRole "
        "iam:AddRoleToInstanceProfile iam:RemoveRoleFromInstanceProfile iam:PassRole "
        "iam:TagInstanceProfile iam:UntagInstanceProfile iam:ListInstanceProfileTags"
    ),
    "aws:iam/role:Role": (
        "iam:CreateRole iam:GetRole iam:GetRolePolicy iam:UpdateRole iam:UpdateRoleDescription "
        "iam:UpdateAssumeRolePolicy "
        "iam:DeleteRole iam:ListRolePolicies iam:ListAttachedRolePolicies iam:ListInstanceProfilesForRole "
        "iam:TagRole iam:UntagRole iam:ListRoleTags"
    ),
    "aws:iam/rolePolicy:RolePolicy": "iam:PutRolePolicy iam:GetRolePolicy iam:DeleteRolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        "iam:AttachRolePolicy iam:ListAttachedRolePolicies iam:DetachRolePolicy"
    ),
    "aws:kms/key:Key": (
        "kms:CreateKey kms:DescribeKey kms:GetKeyPolicy kms:PutKeyPolicy kms:GetKeyRotationStatus "
        "kms:EnableKeyRotation kms:DisableKeyRotation kms:UpdateKeyDescription kms:ScheduleKeyDeletion "
        "kms:ListResourceTags kms:TagResource kms:UntagResource"
    ),
    "aws:lambda/alias:Alias": "lambda:CreateAlias lambda:GetAlias lambda:UpdateAlias lambda:DeleteAlias",
    "aws:lambda/function:Function": (
        "lambda:CreateFunction lambda:GetFunction lambda:GetFunctionConfiguration "
        "lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:PublishVersion "
        "lambda:ListVersionsByFunction lambda:DeleteFunction lambda:GetFunctionCodeSigningConfig "
        "lambda:PutFunctionConcurrency lambda:DeleteFunctionConcurrency lambda:ListTags lambda:TagResource "
        "lambda:UntagResource iam:PassRole s3:GetObject s3:GetObjectVersion"
    ),
    "aws:lambda/permission:Permission": "lambda:AddPermission lambda:GetPolicy lambda:RemovePermission",
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        "lambda:PutProvisionedConcurrencyConfig lambda:GetProvisionedConcurrencyConfig "
        "lambda:DeleteProvisionedConcurrencyConfig"
    ),
    "aws:lb/listener:Listener": (
        "elasticloadbalancing:CreateListener elasticloadbalancing:DescribeListeners "
        "elasticloadbalancing:ModifyListener elasticloadbalancing:DeleteListener "
        "elasticloadbalancing:DescribeListenerAttributes elasticloadbalancing:ModifyListenerAttributes "
        f"{ELB_TAGS}"
    ),
    "aws:lb/listenerRule:ListenerRule": (
        "elasticloadbalancing:CreateRule elasticloadbalancing:DescribeRules elasticloadbalancing:ModifyRule "
        f"elasticloadbalancing:SetRulePriorities elasticloadbalancing:DeleteRule {ELB_TAGS}"
    ),
    "aws:lb/loadBalancer:LoadBalancer": (
        "elasticloadbalancing:CreateLoadBalancer elasticloadbalancing:DescribeLoadBalancers "
        "elasticloadbalancing:DescribeLoadBalancerAttributes "
        "elasticloadbalancing:ModifyLoadBalancerAttributes elasticloadbalancing:DeleteLoadBalancer "
        "elasticloadbalancing:SetSecurityGroups elasticloadbalancing:SetSubnets "
        "elasticloadbalancing:SetIpAddressType elasticloadbalancing:DescribeCapacityReservation "
        f"ec2:DescribeNetworkInterfaces {ELB_TAGS}"
    ),
    "aws:lb/targetGroup:TargetGroup": (
        "elasticloadbalancing:CreateTargetGroup elasticloadbalancing:DescribeTargetGroups "
        "elasticloadbalancing:DescribeTargetGroupAttributes elasticloadbalancing:ModifyTargetGroup "
        f"elasticloadbalancing:ModifyTargetGroupAttributes elasticloadbalancing:DeleteTargetGroup {ELB_TAGS}"
    ),
    "aws:route53/record:Record": (
        "route53:ChangeResourceRecordSets route53:ListResourceRecordSets route53:GetHostedZone "
        "route53:GetChange"
    ),
    # The provider reads every property of a bucket, also of those that have a resource of their own.
    "aws:s3/bucket:Bucket": (
        f"s3:CreateBucket s3:DeleteBucket {BUCKET} s3:ListBucketVersions s3:DeleteObject "
        "s3:DeleteObjectVersion s3:GetAccelerateConfiguration s3:GetBucketAcl s3:GetBucketCORS "
        "s3:GetBucketLogging s3:GetBucketObjectLockConfiguration s3:GetBucketPolicy "
        "s3:GetBucketRequestPayment s3:GetBucketTagging s3:GetBucketVersioning s3:GetBucketWebsite "
        "s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration s3:GetReplicationConfiguration "
        "s3:PutBucketTagging s3:ListTagsForResource s3:TagResource s3:UntagResource"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        f"s3:GetLifecycleConfiguration s3:PutLifecycleConfiguration {BUCKET}"
    ),
    "aws:s3/bucketLogging:BucketLogging": f"s3:GetBucketLogging s3:PutBucketLogging {BUCKET}",
    "aws:s3/bucketObjectv2:BucketObjectv2": (
        "s3:PutObject s3:GetObject s3:GetObjectVersion s3:DeleteObject s3:DeleteObjectVersion "
        "s3:GetObjectTagging s3:PutObjectTagging s3:AbortMultipartUpload s3:ListBucketVersions "
        f"{BUCKET}"
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        f"s3:GetBucketOwnershipControls s3:PutBucketOwnershipControls {BUCKET}"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": (
        f"s3:GetBucketPolicy s3:PutBucketPolicy s3:DeleteBucketPolicy {BUCKET}"
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        f"s3:GetBucketPublicAccessBlock s3:PutBucketPublicAccessBlock {BUCKET}"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        f"s3:GetEncryptionConfiguration s3:PutEncryptionConfiguration {BUCKET}"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": f"s3:GetBucketVersioning s3:PutBucketVersioning {BUCKET}",
    "aws:sns/topic:Topic": (
        "sns:CreateTopic sns:GetTopicAttributes sns:SetTopicAttributes sns:DeleteTopic "
        "sns:ListTagsForResource sns:TagResource sns:UntagResource"
    ),
    "aws:sns/topicPolicy:TopicPolicy": "sns:GetTopicAttributes sns:SetTopicAttributes",
    "aws:sns/topicSubscription:TopicSubscription": (
        "sns:Subscribe sns:Unsubscribe sns:GetSubscriptionAttributes sns:SetSubscriptionAttributes "
        "sns:ListSubscriptionsByTopic"
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (
        "ec2:AuthorizeSecurityGroupEgress ec2:DescribeSecurityGroupRules ec2:ModifySecurityGroupRules "
        f"ec2:RevokeSecurityGroupEgress {EC2_TAGS}"
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        "ec2:AuthorizeSecurityGroupIngress ec2:DescribeSecurityGroupRules ec2:ModifySecurityGroupRules "
        f"ec2:RevokeSecurityGroupIngress {EC2_TAGS}"
    ),
    "aws:wafv2/ipSet:IpSet": (
        "wafv2:CreateIPSet wafv2:GetIPSet wafv2:UpdateIPSet wafv2:DeleteIPSet wafv2:ListTagsForResource "
        "wafv2:TagResource wafv2:UntagResource"
    ),
    "aws:wafv2/webAcl:WebAcl": (
        "wafv2:CreateWebACL wafv2:GetWebACL wafv2:UpdateWebACL wafv2:DeleteWebACL "
        "wafv2:ListTagsForResource wafv2:TagResource wafv2:UntagResource"
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": (
        "wafv2:AssociateWebACL wafv2:DisassociateWebACL wafv2:GetWebACL wafv2:GetWebACLForResource "
        "elasticloadbalancing:SetWebACL elasticloadbalancing:CreateWebACLAssociation "
        "elasticloadbalancing:DeleteWebACLAssociation elasticloadbalancing:GetLoadBalancerWebACL "
        "apigateway:SetWebACL"
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (
        "wafv2:PutLoggingConfiguration wafv2:GetLoggingConfiguration wafv2:DeleteLoggingConfiguration "
        f"{LOG_DELIVERY} logs:DescribeLogGroups"
    ),
}

RESOURCE_ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset(actions.split()) for kind, actions in _ACTIONS.items()
}
"""Type -> actions of its whole life."""

LOOKUP_ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "aws:autoscaling/getAmiIds:getAmiIds": frozenset({"autoscaling:DescribeTags"}),
    "aws:autoscaling/getGroup:getGroup": frozenset({"autoscaling:DescribeAutoScalingGroups"}),
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": frozenset(
        {"ec2:DescribeInstanceTypeOfferings"}
    ),
    "aws:index/getAvailabilityZones:getAvailabilityZones": frozenset({"ec2:DescribeAvailabilityZones"}),
    # Needs no permission (STS API reference, GetCallerIdentity).
    "aws:index/getCallerIdentity:getCallerIdentity": frozenset(),
    "aws:index/getRegion:getRegion": frozenset(),
    "aws:route53/getZone:getZone": frozenset(
        {
            "route53:GetHostedZone",
            "route53:ListHostedZones",
            "route53:ListResourceRecordSets",
            "route53:ListTagsForResource",
        }
    ),
    "aws:s3/getObject:getObject": frozenset(
        {"s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"}
    ),
    "aws:ssm/getParameter:getParameter": frozenset({"ssm:GetParameter"}),
}
"""Data source -> its actions."""

SERVICE_LINKED_ROLES: Final = (
    "autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "guardduty.amazonaws.com",
    "lambda.application-autoscaling.amazonaws.com",
    "ops.apigateway.amazonaws.com",
    "spot.amazonaws.com",
    "wafv2.amazonaws.com",
)
"""Services that create a role of their own at the first use in an account, in the caller's name (IAM user
guide, "AWS services that work with IAM")."""

PASSED_TO: Final = ("apigateway.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com")
"""Services to which the program passes roles: the account of API Gateway, the instances, the function."""

ATTACHED_POLICIES: Final = ("arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",)
"""Managed policies that the program attaches to roles."""
