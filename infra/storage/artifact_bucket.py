"""Private, versioned S3 bucket with one archive of the service per shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.storage.private_bucket import create_private_bucket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.storage.archive import Archive

NONCURRENT_DAYS: Final = 90
"""Minimum days before a noncurrent version expires, since it may still be in use."""


@dataclass(frozen=True, kw_only=True)
class ArtifactBucketArgs:
    """Arguments of the archive bucket."""

    archives: Mapping[str, Archive]
    """S3 key -> file to upload. A key has a version per archive, so that a permission for the object includes
    its earlier versions and no other object."""
    versions: Mapping[str, str]
    """S3 key -> earlier version to run in place of the uploaded one."""
    kept_archives: int
    """Number of earlier versions that are kept of each archive."""
    log_bucket: pulumi.Input[str]
    """Name of the bucket for server access logs."""
    log_prefix: str
    """Key prefix of the logs."""
    protected: bool
    """Whether to refuse the deletion of a bucket with objects."""
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


@dataclass(frozen=True, kw_only=True)
class StoredArchive:
    """Archive in the bucket."""

    uri: pulumi.Output[str]
    """URI of the object, `s3://<bucket>/<key>`."""
    object_arn: pulumi.Output[str]
    version: pulumi.Output[str]
    """S3 version of the object."""
    sha256: pulumi.Output[str]
    """SHA-256 of this version, in hexadecimal."""


class ArtifactBucket(pulumi.ComponentResource):
    """Versioned, encrypted and private S3 bucket, the archives in it, its lifecycle rule and access log."""

    bucket: pulumi.Output[str]
    """Name of the bucket."""
    stored: Mapping[str, StoredArchive]
    """Archives by S3 key."""

    def __init__(
        self, name: str, args: ArtifactBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("scalable-models:aws:Artifact", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        private = create_private_bucket(
            f"{name}-archives",
            allow=lambda _arn: (),
            protected=args.protected,
            tags=args.tags,
            parent=self,
        )
        bucket = private.bucket
        versioning = aws.s3.BucketVersioning(
            f"{name}-archives-versions",
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        self._expire_old_versions(f"{name}-archives", args, bucket, [versioning, private.policy])
        aws.s3.BucketLogging(
            f"{name}-archives-requests",
            bucket=bucket.bucket,
            target_bucket=args.log_bucket,
            target_prefix=args.log_prefix,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[private.policy]),
        )
        ready = pulumi.ResourceOptions(
            parent=self,
            # Uploads must wait for versioning and encryption.
            depends_on=[versioning, private.encryption],
            # A deletion would include all versions, when a stack changes its shape.
            retain_on_delete=args.protected,
        )
        self.bucket = bucket.bucket
        self.stored = {
            key: self._upload(f"{name}-{key.removesuffix('.zip')}-archive", args, bucket, key, ready)
            for key in args.archives
        }
        self.register_outputs({"bucket": self.bucket})

    def _expire_old_versions(
        self, name: str, args: ArtifactBucketArgs, bucket: aws.s3.Bucket, after: list[pulumi.Resource]
    ) -> None:
        """Create the lifecycle rule for old versions, disabled while the stack runs an earlier version."""
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="forget",
                    status="Disabled" if args.versions else "Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                        newer_noncurrent_versions=args.kept_archives, noncurrent_days=NONCURRENT_DAYS
                    ),
                    abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=1
                    ),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _upload(
        self,
        name: str,
        args: ArtifactBucketArgs,
        bucket: aws.s3.Bucket,
        key: str,
        opts: pulumi.ResourceOptions,
    ) -> StoredArchive:
        uploaded = aws.s3.BucketObjectv2(
            name,
            bucket=bucket.bucket,
            key=key,
            source=pulumi.FileAsset(str(args.archives[key].path)),
            content_type="application/zip",
            metadata={"sha256": args.archives[key].sha256},
            tags=args.tags,
            opts=opts,
        )
        version = uploaded.version_id
        # From the same object as the version: a refresh finds the archive that a roll-out has uploaded.
        sha256 = pulumi.Output.all(uploaded.metadata, version).apply(lambda both: _recorded_hash(*both))
        if (version_id := args.versions.get(key)) is not None:
            earlier = aws.s3.get_object_output(
                bucket=uploaded.bucket,
                key=uploaded.key,
                version_id=version_id,
                opts=pulumi.InvokeOutputOptions(parent=self),
            )
            version = earlier.version_id
            sha256 = earlier.metadata.apply(lambda metadata: _recorded_hash(metadata, version_id))
        return StoredArchive(
            uri=pulumi.Output.concat("s3://", uploaded.bucket, "/", uploaded.key),
            object_arn=pulumi.Output.concat(bucket.arn, "/", uploaded.key),
            version=version,
            sha256=sha256,
        )


def _recorded_hash(metadata: Mapping[str, str] | None, version: str) -> str:
    if metadata is None or "sha256" not in metadata:
        raise pulumi.RunError(f"The version {version} was not uploaded by this project: it has no hash.")
    return metadata["sha256"]
