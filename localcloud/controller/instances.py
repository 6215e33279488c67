"""Emulation of EC2: one process per instance, started from the archive that its launch template names."""

from __future__ import annotations

import base64
import json
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from infra.fleet.user_data import parse_boot_settings
from localcloud import processes

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    import psutil

    from localcloud.aws.clients import Api
    from localcloud.environment import Identity
    from localcloud.state_dir import StateDir

INSTANCE_ID: Final = "IRIS_INSTANCE_ID"
PORT: Final = "IRIS_PORT"


State = Literal["booting", "initial", "healthy", "unhealthy", "unused", "draining"]

REASONS: Final[Mapping[State, str]] = {
    "booting": "Elb.RegistrationInProgress",
    "initial": "Elb.InitialHealthChecking",
    "unhealthy": "Target.FailedHealthChecks",
    "unused": "Target.NotRegistered",
    "draining": "Target.DeregistrationInProgress",
}
"""State of an instance -> reason code of `DescribeTargetHealth`."""

KNOWN: Final[frozenset[State]] = frozenset({"healthy", "unhealthy", "unused", "draining"})
"""States that outlast the controller; those of the boot are found out anew."""


@dataclass
class InstanceProcess:
    """Process of an instance."""

    instance_id: str
    process: psutil.Process
    port: int
    zone: str = ""
    """Availability zone; "" until its group is described."""
    state: State = "booting"
    started_at: float = field(default_factory=time.monotonic)
    registered_at: float = field(default_factory=time.monotonic)
    """Time since which the load balancer checks it, on the monotonic clock."""
    retired_at: float = 0
    """Time of its deregistration, on the monotonic clock."""
    terminated: bool = False
    detached: bool = False
    """True if EC2 runs it out of its group."""


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


def find_survivors(state_dir: StateDir, detached: Container[str]) -> list[InstanceProcess]:
    """Return the instances that an earlier controller left running, in the states that it published.

    Args:
        state_dir: folder of the cloud.
        detached: ids of those that EC2 runs out of their group.
    """
    published = _published_states(state_dir)
    return [
        InstanceProcess(
            instance_id=(name := cloud_process.environment[INSTANCE_ID]),
            process=cloud_process.process,
            port=int(cloud_process.environment[PORT]),
            state=published.get(name, "booting"),
            # The time since which one has been draining is not published.
            retired_at=time.monotonic(),
            detached=name in detached,
        )
        for cloud_process in processes.find(state_dir.home)
        if cloud_process.role == "instance"
    ]


def _published_states(state_dir: StateDir) -> dict[str, State]:
    """Return the states of instances whose boot has ended, by id; none from a broken file."""
    try:
        published = json.loads(state_dir.target_health.read_text(encoding="utf-8"))
        return {name: each["state"] for name, each in published.items() if each["state"] in KNOWN}
    except (FileNotFoundError, AttributeError, KeyError, TypeError, ValueError):
        return {}
