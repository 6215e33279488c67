"""Where the packed service lies: a private, versioned bucket with one object for each shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.archive import Archive

SERVICE: Final = "service.zip"
"""The service packed for instances."""

FUNCTION: Final = "function.zip"
"""The service packed for a function."""


@dataclass(frozen=True, kw_only=True)
class ArtifactArgs:
    """What to keep."""

    archives: Mapping[str, Archive]
    """Key of the object -> the file to upload. A key has a version for each archive: whoever may read it can
    go back, and can read nothing else."""
    tags: Mapping[str, str]
    """On everything that takes tags."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An archive in the bucket."""

    uri: pulumi.Output[str]
    """Of the object, as `s3://<bucket>/<key>`."""
    object_arn: pulumi.Output[str]
    version: pulumi.Output[str]
    """S3's name for exactly these bytes."""


class Artifact(pulumi.ComponentResource):
    """Keeps the archives: encrypted, never public, read over TLS alone."""

    bucket: pulumi.Output[str]
    """Name of the bucket."""
    kept: Mapping[str, Kept]
    """By the key of the object."""

    def __init__(self, name: str, args: ArtifactArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Artifact", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Archives can be packed again, so the bucket goes with the stack and leaves nothing to pay for.
        bucket = aws.s3.Bucket(f"{name}-archives", force_destroy=True, tags=args.tags, opts=child)
        versioning = aws.s3.BucketVersioning(
            f"{name}-archives-versions",
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-archives-encryption",
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="AES256"
                    )
                )
            ],
            opts=child,
        )
        ownership = aws.s3.BucketOwnershipControls(
            f"{name}-archives-ownership",
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=child,
        )
        privacy = aws.s3.BucketPublicAccessBlock(
            f"{name}-archives-privacy",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketPolicy(
            f"{name}-archives-policy",
            bucket=bucket.bucket,
            policy=pulumi.Output.json_dumps(_tls_only(bucket.arn)),
            # S3 refuses to change two of a bucket's settings at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[privacy, ownership]),
        )
        # Only then do the bytes get a version and encryption.
        ready = pulumi.ResourceOptions(parent=self, depends_on=[versioning, encryption])
        self.bucket = bucket.bucket
        self.kept = {
            key: _keep(f"{name}-{key.removesuffix('.zip')}-archive", bucket, key, archive, args.tags, ready)
            for key, archive in args.archives.items()
        }
        self.register_outputs({"bucket": self.bucket})


def _keep(
    name: str,
    bucket: aws.s3.Bucket,
    key: str,
    archive: Archive,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> Kept:
    uploaded = aws.s3.BucketObjectv2(
        name,
        bucket=bucket.bucket,
        key=key,
        source=pulumi.FileAsset(str(archive.path)),
        content_type="application/zip",
        metadata={"sha256": archive.sha256},
        tags=tags,
        opts=opts,
    )
    return Kept(
        uri=pulumi.Output.concat("s3://", uploaded.bucket, "/", uploaded.key),
        object_arn=pulumi.Output.concat(bucket.arn, "/", uploaded.key),
        version=uploaded.version_id,
    )


def _tls_only(bucket_arn: pulumi.Input[str]) -> dict[str, pulumi.Input[object]]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
