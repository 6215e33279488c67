"""How every bucket here is: encrypted, never public, its owner's alone, reached over TLS alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Statement: TypeAlias = "dict[str, pulumi.Input[object]]"
"""One of a policy's."""


@dataclass(frozen=True)
class PrivateBucket:
    """A bucket and what has to be there before it takes anything."""

    bucket: aws.s3.Bucket
    encryption: aws.s3.BucketServerSideEncryptionConfiguration
    policy: aws.s3.BucketPolicy


def make_private_bucket(
    name: str,
    *,
    allow: Callable[[pulumi.Output[str]], Sequence[Statement]],
    protected: bool,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> PrivateBucket:
    """Make a bucket whose settings are called after it.

    Args:
        name: Its logical name.
        allow: What its policy grants, given its ARN; what it forbids comes by itself.
        protected: Refuse to destroy it while it holds something.
        tags: On the bucket, which alone of all this takes some.
        parent: The component that it belongs to.
    """
    child = pulumi.ResourceOptions(parent=parent)
    bucket = aws.s3.Bucket(name, force_destroy=not protected, tags=tags, opts=child)
    encryption = aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.bucket,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                # S3's own keys: load balancers write their logs to no bucket that has another kind, and a key
                # of ours for the archives would cost more than they and keep nobody out.
                apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                    sse_algorithm="AES256"
                )
            )
        ],
        opts=child,
    )
    ownership = aws.s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket.bucket,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=child,
    )
    privacy = aws.s3.BucketPublicAccessBlock(
        f"{name}-privacy",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    policy = aws.s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.bucket,
        policy=pulumi.Output.json_dumps(
            {"Version": "2012-10-17", "Statement": [_tls_only(bucket.arn), *allow(bucket.arn)]}
        ),
        # S3 refuses to change two of a bucket's settings at once.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[privacy, ownership]),
    )
    return PrivateBucket(bucket, encryption, policy)


def _tls_only(bucket_arn: pulumi.Output[str]) -> Statement:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
