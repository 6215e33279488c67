"""Upload of an archive: a new version of its object in the stack's S3 bucket."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from infra.storage.archive import FUNCTION_KEY, SERVICE_KEY
from scripts.rollout.rollout_result import RolloutError

if TYPE_CHECKING:
    from pathlib import Path

    from types_boto3_s3 import S3Client

    from scripts.rollout.rollout_result import Shape


@dataclass(frozen=True, kw_only=True)
class PublishedArchive:
    """Archive in the stack's S3 bucket."""

    bucket: str
    key: str
    version: str
    """S3 version ID of exactly these bytes."""
    sha256: str
    """Hexadecimal digest."""


def archive_shape(archive: Path) -> Shape:
    """Return the shape that an archive was packed for.

    Raises:
        RolloutError: The file is no archive of `iris pack`.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            names = set(opened.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        raise RolloutError(f"{archive} is not an archive: {error}") from None
    if "service/lambda_handler.py" not in names:
        raise RolloutError(f"{archive} does not contain the service; pack one with `iris pack`")
    # Only an archive for instances contains a server.
    return "fleet" if "service/main.py" in names else "function"


def publish(s3: S3Client, bucket: str, archive: Path) -> PublishedArchive:
    """Upload an archive, unless the latest version in the bucket has the same content."""
    key = {"fleet": SERVICE_KEY, "function": FUNCTION_KEY}[archive_shape(archive)]
    body = archive.read_bytes()
    sha256 = hashlib.sha256(body).hexdigest()
    present = s3.head_object(Bucket=bucket, Key=key)
    version = present["VersionId"]
    if present["Metadata"].get("sha256") != sha256:
        # The new version keeps the content type and the tags that the Pulumi program gave the object.
        tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        version = s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType=present["ContentType"],
            Metadata={"sha256": sha256},
            Tagging=urlencode({tag["Key"]: tag["Value"] for tag in tags}),
        )["VersionId"]
    return PublishedArchive(bucket=bucket, key=key, version=version, sha256=sha256)
