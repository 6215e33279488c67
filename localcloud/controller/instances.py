"""Plays EC2: one process an instance, from the archive and with the settings its launch template names."""

from __future__ import annotations

import base64
import hashlib
import shutil
import sys
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from infra.fleet.user_data import read_settings
from localcloud import processes

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

    from localcloud.aws.clients import Api
    from localcloud.environment import Identity
    from localcloud.state_dir import Layout

INSTANCE_ID: Final = "IRIS_INSTANCE_ID"
PORT: Final = "IRIS_PORT"


class ArchiveError(RuntimeError):
    """The archive that a launch template names is not what it says."""


@dataclass(frozen=True)
class Boot:
    """What an instance needs to start, as its launch template says."""

    archive: str
    """`s3://bucket/key`"""
    version: str
    """Of the object, as S3 names it."""
    sha256: str
    """Hexadecimal, of the archive."""
    keep_alive_seconds: str


def boot_of(api: Api, template_id: str, version: str) -> Boot:
    """Read from a launch template what its boot script would fetch and run."""
    versions = api.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=template_id, Versions=[version]
    )
    user_data: str = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]["UserData"]
    settings = read_settings(base64.b64decode(user_data).decode())
    return Boot(
        archive=settings["ARCHIVE_URI"],
        version=settings["ARCHIVE_VERSION"],
        sha256=settings["ARCHIVE_SHA256"],
        keep_alive_seconds=settings["KEEP_ALIVE_SECONDS"],
    )


def unpack(api: Api, boot: Boot, layout: Layout) -> Path:
    """Fetch the archive from S3, check its hash and unpack it, once; return the folder.

    Raises:
        ArchiveError: what lies in S3 has another hash.
    """
    folder = layout.archives / boot.sha256
    if folder.exists():
        return folder
    location = urlsplit(boot.archive)
    stored = api.client("s3").get_object(
        Bucket=location.netloc, Key=location.path.lstrip("/"), VersionId=boot.version
    )
    body: bytes = stored["Body"].read()
    found = hashlib.sha256(body).hexdigest()
    if found != boot.sha256:
        raise ArchiveError(f"{boot.archive} has sha256 {found}, the launch template names {boot.sha256}")
    draft = folder.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    with zipfile.ZipFile(BytesIO(body)) as archive:
        archive.extractall(draft)
    draft.rename(folder)
    return folder


def launch(
    layout: Layout, identity: Identity, instance_id: str, boot: Boot, folder: Path, port: int
) -> psutil.Process:
    """Start the process of an instance on a port of 127.0.0.1.

    It runs on the standard library and the archive alone: `-S` hides the packages of our own environment. It
    has one worker whatever the instance type, because all instances share this machine's cores.
    """
    return processes.start(
        [sys.executable, "-S", "-E", "-m", "service.main"],
        home=layout.home,
        role="instance",
        log=layout.logs / f"{instance_id}.log",
        environment=identity.environment()
        | {
            INSTANCE_ID: instance_id,
            PORT: str(port),
            "IRIS_HOST": "127.0.0.1",
            "IRIS_KEEP_ALIVE_SECONDS": boot.keep_alive_seconds,
        },
        folder=folder,
    )
