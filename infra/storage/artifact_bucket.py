"""Where the packed service lies: a private, versioned bucket with one object for each shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.storage.private_bucket import make_private_bucket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.storage.archive import Archive

SERVICE: Final = "service.zip"
"""The service packed for instances."""

FUNCTION: Final = "function.zip"
"""The service packed for a function."""


OLD_DAYS: Final = 90
"""A version that has been followed by another for less stays in any case: it may be what runs."""


@dataclass(frozen=True, kw_only=True)
class ArtifactArgs:
    """What to keep."""

    archives: Mapping[str, Archive]
    """Key of the object -> the file to upload. A key has a version for each archive: whoever may read it can
    go back, and can read nothing else."""
    versions: Mapping[str, str]
    """Key of the object -> the version to run in place of what is uploaded, where there is one."""
    kept_archives: int
    """How many earlier versions of each are kept."""
    log_bucket: pulumi.Input[str]
    log_prefix: str
    """Where requests to the bucket are noted."""
    protected: bool
    """Refuse to destroy the bucket while it holds something."""
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
    sha256: pulumi.Output[str]
    """Of these bytes, in hexadecimal."""


class Artifact(pulumi.ComponentResource):
    """Keeps the archives, and those before them: encrypted, never public, read over TLS alone."""

    bucket: pulumi.Output[str]
    """Name of the bucket."""
    kept: Mapping[str, Kept]
    """By the key of the object."""

    def __init__(self, name: str, args: ArtifactArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Artifact", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        made = make_private_bucket(
            f"{name}-archives",
            allow=lambda _arn: (),
            protected=args.protected,
            tags=args.tags,
            parent=self,
        )
        bucket = made.bucket
        versioning = aws.s3.BucketVersioning(
            f"{name}-archives-versions",
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        self._forget(f"{name}-archives", args, bucket, [versioning, made.policy])
        aws.s3.BucketLogging(
            f"{name}-archives-requests",
            bucket=bucket.bucket,
            target_bucket=args.log_bucket,
            target_prefix=args.log_prefix,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[made.policy]),
        )
        # Only then do the bytes get a version and encryption.
        ready = pulumi.ResourceOptions(parent=self, depends_on=[versioning, made.encryption])
        self.bucket = bucket.bucket
        self.kept = {
            key: self._keep(f"{name}-{key.removesuffix('.zip')}-archive", args, bucket, key, ready)
            for key in args.archives
        }
        self.register_outputs({"bucket": self.bucket})

    def _forget(
        self, name: str, args: ArtifactArgs, bucket: aws.s3.Bucket, after: list[pulumi.Resource]
    ) -> None:
        """Drop what is both old and followed by many, unless something old is run on purpose."""
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="forget",
                    status="Disabled" if args.versions else "Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                        newer_noncurrent_versions=args.kept_archives, noncurrent_days=OLD_DAYS
                    ),
                    abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=1
                    ),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _keep(
        self, name: str, args: ArtifactArgs, bucket: aws.s3.Bucket, key: str, opts: pulumi.ResourceOptions
    ) -> Kept:
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
        sha256 = pulumi.Output.from_input(args.archives[key].sha256)
        if (chosen := args.versions.get(key)) is not None:
            earlier = aws.s3.get_object_output(
                bucket=uploaded.bucket,
                key=uploaded.key,
                version_id=chosen,
                opts=pulumi.InvokeOutputOptions(parent=self),
            )
            version = earlier.version_id
            sha256 = earlier.metadata.apply(lambda noted: _noted_hash(noted, chosen))
        return Kept(
            uri=pulumi.Output.concat("s3://", uploaded.bucket, "/", uploaded.key),
            object_arn=pulumi.Output.concat(bucket.arn, "/", uploaded.key),
            version=version,
            sha256=sha256,
        )


def _noted_hash(metadata: Mapping[str, str], version: str) -> str:
    if "sha256" not in metadata:
        raise pulumi.RunError(f"The version {version} was not uploaded by this project: it has no hash.")
    return metadata["sha256"]
