"""Emulation of EC2: one process per instance, started from the archive that its launch template names."""

from __future__ import annotations

import base64
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.fleet.user_data import parse_boot_settings
from localcloud import processes

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

    from localcloud.aws.clients import Api
    from localcloud.environment import Identity
    from localcloud.state_dir import StateDir

INSTANCE_ID: Final = "IRIS_INSTANCE_ID"
PORT: Final = "IRIS_PORT"


@dataclass(frozen=True)
class LaunchSettings:
    """Settings of an instance, from its launch template's user data."""

    archive: str
    """URI of the form `s3://bucket/key`."""
    version: str
    """Version id of the S3 object."""
    sha256: str
    """SHA-256 of the archive, in hexadecimal."""
    keep_alive_seconds: str
    docs: str


def read_launch_settings(api: Api, template_id: str, version: str) -> LaunchSettings:
    """Read the boot settings from a launch template's user data."""
    versions = api.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=template_id, Versions=[version]
    )
    user_data = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]["UserData"]
    settings = parse_boot_settings(base64.b64decode(user_data).decode())
    return LaunchSettings(
        archive=settings["ARCHIVE_URI"],
        version=settings["ARCHIVE_VERSION"],
        sha256=settings["ARCHIVE_SHA256"],
        keep_alive_seconds=settings["KEEP_ALIVE_SECONDS"],
        docs=settings.get("DOCS", "on"),  # templates of earlier releases have none
    )


def launch(
    state_dir: StateDir, identity: Identity, instance_id: str, boot: LaunchSettings, folder: Path, port: int
) -> psutil.Process:
    """Start the process of an instance on a port of 127.0.0.1.

    It uses only the standard library and the archive: `-S` hides the packages of our own environment. It has
    one worker, regardless of the instance type, because all instances share this machine's cores.
    """
    return processes.start(
        [sys.executable, "-S", "-E", "-m", "service.main"],
        home=state_dir.home,
        role="instance",
        log=state_dir.logs / f"{instance_id}.log",
        environment=identity.environment()
        | {
            INSTANCE_ID: instance_id,
            PORT: str(port),
            "IRIS_HOST": "127.0.0.1",
            "IRIS_KEEP_ALIVE_SECONDS": boot.keep_alive_seconds,
            "IRIS_REPORT_LOAD": "on",
            "IRIS_DOCS": boot.docs,
        },
        folder=folder,
    )
