from __future__ import annotations

import warnings
from typing import Final

import pulumi_aws as aws

# A module of pulumi_aws is loaded when something in it is looked up; some then warn of their own old names.
# Once that is over, a warning means that we ask for something deprecated, and fails the test.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    LOADED: Final = (
        aws.acm.Certificate,
        aws.apigateway.RestApi,
        aws.appautoscaling.Target,
        aws.autoscaling.Group,
        aws.budgets.Budget,
        aws.cloudwatch.MetricAlarm,
        aws.ec2.Vpc,
        aws.guardduty.Detector,
        aws.iam.Role,
        aws.kms.Key,
        aws.lambda_.Function,
        aws.lb.LoadBalancer,
        aws.route53.Record,
        aws.s3.Bucket,
        aws.sns.Topic,
        aws.ssm.get_parameter_output,
        aws.vpc.SecurityGroupIngressRule,
        aws.wafv2.WebAcl,
    )
