"""Systemd units of the service and of the lifecycle watcher."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from service.main import SPARE_FILES
from service.server.supervisor import LATE_SECONDS
from service.settings import Settings
from tests.infra.fleet.new_instance import HOOKED, Boot, Instance

if TYPE_CHECKING:
    from pathlib import Path

Unit = dict[str, dict[str, str]]

SANDBOX: Final = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
}
"""Sandbox of both units (systemd.exec(5), "Sandboxing" and "System Call Filtering")."""


@pytest.fixture
def boot(tmp_path: Path) -> Boot:
    instance = Instance(tmp_path / "instance")
    return instance.boot(replace(HOOKED, archive_sha256=instance.sha256))


def unit(boot: Boot, name: str) -> Unit:
    """Read a unit as systemd does: sections, directives, values; a directive is given once."""
    sections: Unit = {}
    directives: dict[str, str] = {}
    for line in boot.file(f"etc/systemd/system/{name}").splitlines():
        if line.startswith("["):
            directives = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            assert key not in directives
            directives[key] = value
    return sections


def test_the_service_s_unit_says_this_and_nothing_else(boot: Boot):
    (folder,) = (boot.root / "opt/iris").glob("?" * 64)
    assert unit(boot, "iris.service") == {
        "Unit": {
            "Description": "Iris prediction service",
            "Wants": "network-online.target",
            "After": "network-online.target",
            # In this section it counts; without it systemd gives up after five starts in ten seconds
            # (systemd.unit(5), systemd-system.conf(5)).
            "StartLimitIntervalSec": "0",
        },
        "Service": {
            **SANDBOX,
            "User": "iris",
            "Group": "iris",
            "WorkingDirectory": str(folder),
            "EnvironmentFile": f"{boot.root}/etc/iris/service.env",
            "ExecStart": "/usr/bin/python3.13 -m service.main",
            "Restart": "always",
            "RestartSec": "1",
            "TimeoutStopSec": "30",
            "LimitNOFILE": "65536",
            "UMask": "0077",
            "MemoryMax": "85%",
            "TasksMax": "192",
            # Of the metadata service (EC2 user guide, "Use the Instance Metadata Service").
            "IPAddressDeny": "169.254.169.254/32 fd00:ec2::254/128",
            "AmbientCapabilities": "",
            "ProtectHome": "yes",
            "ProtectProc": "invisible",
            "RemoveIPC": "yes",
            "SystemCallFilter": "@system-service",
            "SystemCallErrorNumber": "EPERM",
        },
        "Install": {"WantedBy": "multi-user.target"},
    }


def test_the_unit_of_who_watches_says_this_and_nothing_else(boot: Boot):
    assert unit(boot, "iris-lifecycle.service") == {
        "Unit": {
            "Description": "Completes the Auto Scaling lifecycle hooks of this instance",
            "After": "iris.service",
        },
        "Service": {
            **SANDBOX,
            "ExecStart": f"{boot.root}/opt/iris/lifecycle watch",
            # It ends by itself, and well, when the instance is done.
            "Restart": "on-failure",
            "RestartSec": "5",
            # The AWS CLI reads its own settings there.
            "ProtectHome": "read-only",
        },
        "Install": {"WantedBy": "multi-user.target"},
    }


def test_systemd_kills_the_service_only_after_it_would_have_ended_its_workers_itself(boot: Boot):
    settings = Settings()
    patience = int(unit(boot, "iris.service")["Service"]["TimeoutStopSec"])
    assert patience > settings.drain_seconds + LATE_SECONDS


def test_a_worker_may_open_a_file_for_each_connection(boot: Boot):
    most = int(unit(boot, "iris.service")["Service"]["LimitNOFILE"])
    assert most >= Settings().max_connections + SPARE_FILES
