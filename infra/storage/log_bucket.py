"""S3 bucket for the logs of load balancer, VPC and buckets, which are too large for CloudWatch Logs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.depends_on import available_after
from infra.storage.private_bucket import Statement, create_private_bucket

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCESS_PREFIX: Final = "access"
"""Key prefix of the load balancer's access logs."""

CONNECTIONS_PREFIX: Final = "connections"
"""Key prefix of the load balancer's connection logs."""

FLOW_LOGS_PREFIX: Final = "flows"
"""Key prefix of the VPC flow logs."""

BUCKET_LOGS_PREFIX: Final = "buckets"
"""Key prefix of the server access logs of other buckets."""


@dataclass(frozen=True, kw_only=True)
class LogBucketArgs:
    """Arguments of the log bucket."""

    region: pulumi.Input[str]
    retention_days: int
    """Days before a log expires."""
    protected: bool
    """Whether to refuse the deletion of a bucket with objects."""
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class LogBucket(pulumi.ComponentResource):
    """Private S3 bucket for logs of AWS services in this account, and its lifecycle rule."""

    bucket: pulumi.Output[str]
    """Name of the bucket; resolves after the creation of its policy."""
    flows_arn: pulumi.Output[str]
    """ARN of the flow logs' destination; resolves after the creation of the policy."""

    def __init__(self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:LogBucket", name, None, opts)
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        private = create_private_bucket(
            f"{name}-logs",
            allow=lambda arn: _log_delivery_statements(arn, account, args.region),
            protected=args.protected,
            tags=args.tags,
            parent=self,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-logs-lifecycle",
            bucket=private.bucket.bucket,
            rules=[
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="forget",
                    status="Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(
                        days=args.retention_days
                    ),
                    abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=1
                    ),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[private.policy]),
        )
        # A service tests its access when logging is configured, and fails without the policy.
        self.bucket = available_after(private.bucket.bucket, private.policy, private.encryption)
        self.flows_arn = available_after(
            pulumi.Output.concat(private.bucket.arn, "/", FLOW_LOGS_PREFIX),
            private.policy,
            private.encryption,
        )
        self.register_outputs({"bucket": self.bucket})


def _log_delivery_statements(
    bucket_arn: pulumi.Output[str], account: pulumi.Output[str], region: pulumi.Input[str]
) -> list[Statement]:
    """Return the statements with which each service writes under its own prefix, for this account."""
    object_arn = partial(pulumi.Output.concat, bucket_arn, "/")
    own_account: Statement = {"StringEquals": {"aws:SourceAccount": account}}
    flow_logs: Statement = {
        **own_account,
        "ArnLike": {"aws:SourceArn": pulumi.Output.concat("arn:aws:logs:", region, ":", account, ":*")},
    }
    return [
        {
            # The load balancer writes the account into the path, which excludes other accounts (ELB user
            # guide, "Enable access logs").
            "Sid": "BalancerLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": [
                object_arn(prefix, "/AWSLogs/", account, "/*")
                for prefix in (ACCESS_PREFIX, CONNECTIONS_PREFIX)
            ],
        },
        {
            # As Amazon VPC would add it itself ("Amazon S3 bucket permissions for flow logs", VPC guide).
            "Sid": "FlowLogs",
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": [object_arn(FLOW_LOGS_PREFIX, "/AWSLogs/", account, "/*")],
            "Condition": flow_logs,
        },
        {
            "Sid": "FlowLogsLook",
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": "s3:GetBucketAcl",
            "Resource": bucket_arn,
            "Condition": flow_logs,
        },
        {
            "Sid": "BucketLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": [object_arn(BUCKET_LOGS_PREFIX, "/*")],
            "Condition": own_account,
        },
    ]
