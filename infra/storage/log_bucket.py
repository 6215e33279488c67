"""Where AWS leaves the logs that are too many for CloudWatch: who asked, who knocked, who read an archive."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.depends_on import once
from infra.storage.private_bucket import Statement, make_private_bucket

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCESS: Final = "access"
"""The load balancer's requests."""

CONNECTIONS: Final = "connections"
"""The load balancer's connections."""

FLOWS: Final = "flows"
"""The network's traffic."""

BUCKETS: Final = "buckets"
"""Requests to other buckets."""


@dataclass(frozen=True, kw_only=True)
class LogBucketArgs:
    """How long to keep what, and whose."""

    region: pulumi.Input[str]
    retention_days: int
    protected: bool
    """Refuse to destroy it while it holds something."""
    tags: Mapping[str, str]
    """On everything that takes tags."""


class LogBucket(pulumi.ComponentResource):
    """Takes logs from AWS's services of this account alone, and drops them when their time is over."""

    bucket: pulumi.Output[str]
    """Its name, known once services may write to it."""
    flows_arn: pulumi.Output[str]
    """Where flow logs go, known at the same time."""

    def __init__(self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:LogBucket", name, None, opts)
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        made = make_private_bucket(
            f"{name}-logs",
            allow=lambda arn: _writers(arn, account, args.region),
            protected=args.protected,
            tags=args.tags,
            parent=self,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-logs-lifecycle",
            bucket=made.bucket.bucket,
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
            opts=pulumi.ResourceOptions(parent=self, depends_on=[made.policy]),
        )
        # A service that is told to write tries at once, and refuses to do so later where it may not.
        self.bucket = once(made.bucket.bucket, made.policy, made.encryption)
        self.flows_arn = once(pulumi.Output.concat(made.bucket.arn, "/", FLOWS), made.policy, made.encryption)
        self.register_outputs({"bucket": self.bucket})


def _writers(
    bucket_arn: pulumi.Output[str], account: pulumi.Output[str], region: pulumi.Input[str]
) -> list[Statement]:
    """Let each service write below its own prefix, for this account."""
    below = partial(pulumi.Output.concat, bucket_arn, "/")
    ours: Statement = {"StringEquals": {"aws:SourceAccount": account}}
    flow_logs: Statement = {
        **ours,
        "ArnLike": {"aws:SourceArn": pulumi.Output.concat("arn:aws:logs:", region, ":", account, ":*")},
    }
    return [
        {
            # The account is part of the path, and the balancer writes it: nobody else's comes here (ELB user
            # guide, "Enable access logs").
            "Sid": "BalancerLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": [below(prefix, "/AWSLogs/", account, "/*") for prefix in (ACCESS, CONNECTIONS)],
        },
        {
            # As Amazon VPC would write it by itself (VPC user guide, "Amazon S3 bucket permissions for flow
            # logs").
            "Sid": "FlowLogs",
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": [below(FLOWS, "/AWSLogs/", account, "/*")],
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
            "Resource": [below(BUCKETS, "/*")],
            "Condition": ours,
        },
    ]
