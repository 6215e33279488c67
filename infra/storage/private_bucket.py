"""Private S3 bucket: encrypted, without public access or ACLs, over TLS only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Statement: TypeAlias = "dict[str, pulumi.Input[object]]"
"""Statement of a policy."""


@dataclass(frozen=True)
class PrivateBucket:
    """Bucket, and the settings that must exist before the first upload."""

    bucket: aws.s3.Bucket
    encryption: aws.s3.BucketServerSideEncryptionConfiguration
    policy: aws.s3.BucketPolicy


def create_private_bucket(
    name: str,
    *,
    allow: Callable[[pulumi.Output[str]], Sequence[Statement]],
    protected: bool,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> PrivateBucket:
    """Create a bucket and its settings.

    Args:
        name: Logical name of the bucket, and prefix of the names of its settings.
        allow: Returns the `Allow` statements of its policy, given its ARN.
        protected: Whether to refuse the deletion of a bucket with objects.
        tags: Tags of the bucket.
        parent: Component of the bucket.
    """
    child = pulumi.ResourceOptions(parent=parent)
    bucket = aws.s3.Bucket(
        name,
        force_destroy=not protected,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, protect=protected),
    )
    encryption = aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.bucket,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                # Keys of S3: load balancers support no other kind for their logs, and a KMS key for the
                # archives would cost more than the archives, without excluding any principal.
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
        # S3 refuses concurrent changes to the settings of a bucket.
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
