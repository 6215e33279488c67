"""Publishes an archive: a new version of its object in the stack's bucket."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from infra.storage.artifact_bucket import FUNCTION, SERVICE
from scripts.rollout.result import RolloutError

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.rollout.result import Shape


@dataclass(frozen=True, kw_only=True)
class Published:
    """An archive in the bucket."""

    bucket: str
    key: str
    version: str
    """S3's name for exactly these bytes."""
    sha256: str
    """Hexadecimal."""


def shape_of(archive: Path) -> Shape:
    """Tell what an archive was packed for.

    Raises:
        RolloutError: `iris pack` has not made it.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            names = set(opened.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        raise RolloutError(f"{archive} is not an archive: {error}") from None
    if "service/lambda_handler.py" not in names:
        raise RolloutError(f"{archive} does not hold the service; `iris pack` makes archives that do")
    # Only an archive for machines brings a server.
    return "fleet" if "service/main.py" in names else "function"


def publish(s3: Any, bucket: str, archive: Path) -> Published:  # noqa: ANN401 - boto3 makes a client's methods at run time
    """Upload an archive, unless the bucket's newest version is the very same."""
    key = {"fleet": SERVICE, "function": FUNCTION}[shape_of(archive)]
    body = archive.read_bytes()
    sha256 = hashlib.sha256(body).hexdigest()
    present = s3.head_object(Bucket=bucket, Key=key)
    version: str = present["VersionId"]
    if present["Metadata"].get("sha256") != sha256:
        # As the Pulumi program made the object, so is its next version.
        tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        version = s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType=present["ContentType"],
            Metadata={"sha256": sha256},
            Tagging=urlencode({tag["Key"]: tag["Value"] for tag in tags}),
        )["VersionId"]
    return Published(bucket=bucket, key=key, version=version, sha256=sha256)
