"""Where the packed service lies: a private, versioned bucket with one object for each shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.private_bucket import make_private_bucket

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


class Artifact(pulumi.ComponentResource):
    """Keeps the archives: encrypted, never public, read over TLS alone."""

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
        # Only then do the bytes get a version and encryption.
        ready = pulumi.ResourceOptions(parent=self, depends_on=[versioning, made.encryption])
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
