"""IAM actions of the commands' own requests: checks, waiting, roll-outs, removal, demand from CloudWatch."""

from __future__ import annotations

from typing import Final

DOCTOR: Final = (
    "ec2:DescribeRegions ec2:DescribeInstanceTypeOfferings ec2:DescribeAvailabilityZones ec2:DescribeSubnets "
    "ec2:DescribeVpcs ec2:DescribeAddresses ec2:DescribeInstances ec2:DescribeNatGateways "
    "ec2:GetEbsDefaultKmsKeyId kms:DescribeKey kms:ListGrants kms:GetKeyPolicy "
    "route53:ListHostedZonesByName guardduty:ListDetectors guardduty:GetDetector "
    "servicequotas:GetServiceQuota servicequotas:GetAWSDefaultServiceQuota "
    "elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:DescribeTags tag:GetResources "
    "lambda:GetAlias lambda:GetFunctionConfiguration iam:GetRole iam:SimulatePrincipalPolicy"
)
DEPLOY: Final = (
    "elasticloadbalancing:DescribeTargetHealth autoscaling:DescribeAutoScalingGroups "
    "autoscaling:DescribeScalingActivities"
)
DESTROY: Final = (
    "ec2:DescribeVolumes ec2:DescribeVpcEndpoints ec2:DescribeNetworkInterfaces s3:ListBucket "
    "logs:DescribeLogGroups cloudwatch:DescribeAlarms cloudwatch:ListDashboards wafv2:GetWebACL "
    "lambda:ListProvisionedConcurrencyConfigs"
)
ROLLOUT: Final = (
    "autoscaling:StartInstanceRefresh autoscaling:DescribeInstanceRefreshes "
    "autoscaling:RollbackInstanceRefresh autoscaling:CancelInstanceRefresh ec2:CreateLaunchTemplateVersion "
    "ec2:DescribeLaunchTemplateVersions ec2:DescribeLaunchTemplates lambda:ListVersionsByFunction "
    "lambda:PublishVersion lambda:UpdateAlias lambda:UpdateFunctionCode s3:PutObject s3:GetObject "
    "s3:GetObjectTagging"
)
DEMAND: Final = "cloudwatch:GetMetricData apigateway:GET"

COMMAND_ACTIONS: Final = frozenset(f"{DOCTOR} {DEPLOY} {DESTROY} {ROLLOUT} {DEMAND}".split())
"""Actions of all commands that call AWS, but `iris prices`, which needs the price list only."""
