"""The boot script really runs here, in a folder that stands for a new instance.

Only what comes from AWS or its image is stood in for, because it is not here: the package manager, the AWS
CLI, the metadata service, systemd and the user database. Each stand-in writes down how it was called.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pytest

from infra.user_data import BootSettings, boot_script

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS: Final = BootSettings(
    archive_uri="s3://archives/service.zip",
    archive_version="3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY",
    archive_sha256="0" * 64,
    region="eu-west-1",
    service_port=8080,
    workers=2,
    keep_alive_seconds=75,
)

SYSTEMD_ANALYZE: Final = shutil.which("systemd-analyze") or ""

STAND_INS: Final = {
    "dnf": 'ln -s "$PYTHON" "$(dirname "$0")/python3.13"',
    "aws": """
if [ "$(grep -c "^aws " "$CALLS")" -le "${S3_IS_LATE:-0}" ]; then exit 254; fi
cp "$UPLOADED" "${@: -1}" """,
    "curl": """
case "$*" in
  *"--request PUT"*/latest/api/token) echo secret-token ;;
  *"X-aws-ec2-metadata-token: secret-token"*/latest/meta-data/instance-id) echo i-0123456789abcdef0 ;;
  */readyz) exit "${NOT_READY:-0}" ;;
  *) exit 22 ;;
esac""",
    "journalctl": "echo 'ImportError: no module named service'",
    "sleep": ":",
    "systemctl": ":",
    "useradd": ":",
}


@dataclass(frozen=True)
class Boot:
    """How a boot went."""

    root: Path
    status: int
    errors: str
    calls: list[str]

    def file(self, path: str) -> str:
        return (self.root / path).read_text()


@dataclass
class Instance:
    """A folder that stands for the root of a new instance."""

    root: Path

    def __post_init__(self) -> None:
        for folder in ("bin", "opt", "etc/systemd/system"):
            (self.root / folder).mkdir(parents=True)
        for name, behaviour in STAND_INS.items():
            command = self.root / "bin" / name
            command.write_text(f'#!/bin/bash\necho "{name} $*" >>"$CALLS"\n{behaviour}\n')
            command.chmod(0o755)
        with zipfile.ZipFile(self.root / "uploaded.zip", "w") as archive:
            archive.writestr("service/__init__.py", "")
            archive.writestr("service/main.py", "print('serving')\n")
        self.sha256 = hashlib.sha256((self.root / "uploaded.zip").read_bytes()).hexdigest()

    def boot(self, boot: BootSettings, **environment: str) -> Boot:
        calls = self.root / "calls"
        calls.touch()
        script = re.sub(r"(?<![\w.])/(opt|etc)/", rf"{self.root}/\1/", boot_script(boot))
        ran = subprocess.run(
            ["/bin/bash", "-c", script],
            env={
                "PATH": f"{self.root}/bin:{os.defpath}",
                "CALLS": str(calls),
                "PYTHON": sys.executable,
                "UPLOADED": str(self.root / "uploaded.zip"),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Boot(self.root, ran.returncode, ran.stderr, calls.read_text().splitlines())


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path / "instance")


def test_a_boot_ends_with_the_service_running_from_the_verified_archive(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    assert (boot.status, boot.errors) == (0, "")
    assert boot.file(f"opt/iris/{instance.sha256}/service/main.py") == "print('serving')\n"
    assert "systemctl enable --now iris.service" in boot.calls
    assert boot.calls[-1].endswith("http://127.0.0.1:8080/readyz")


def test_a_boot_leaves_bytecode_for_a_service_that_may_not_write_its_own(instance: Instance):
    instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    assert list(instance.root.glob(f"opt/iris/{instance.sha256}/service/__pycache__/main.*.pyc"))


def test_a_boot_leaves_no_draft_behind(instance: Instance):
    instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    assert [path.name for path in (instance.root / "opt/iris").iterdir()] == [instance.sha256]


def test_the_archive_is_fetched_in_exactly_the_version_that_the_template_names(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    (fetch,) = [call for call in boot.calls if call.startswith("aws ")]
    assert fetch.startswith(
        "aws s3api get-object --region eu-west-1 --bucket archives --key service.zip "
        "--version-id 3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY "
    )


def test_the_service_gets_its_settings_and_the_instance_s_own_id(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256, workers=4))
    assert boot.file("etc/iris/service.env").splitlines() == [
        "IRIS_HOST=0.0.0.0",
        "IRIS_PORT=8080",
        "IRIS_INSTANCE_ID=i-0123456789abcdef0",
        "IRIS_WORKERS=4",
        "IRIS_KEEP_ALIVE_SECONDS=75",
    ]


def test_an_archive_with_another_hash_is_neither_unpacked_nor_run(instance: Instance):
    boot = instance.boot(SETTINGS)
    assert boot.status != 0
    assert "boot failed" in boot.errors
    assert "sha256sum" in boot.errors
    assert not list(instance.root.glob("opt/iris/**/service"))
    assert not [call for call in boot.calls if call.startswith(("systemctl", "useradd"))]


def test_an_archive_that_cannot_be_read_yet_is_asked_for_again(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256), S3_IS_LATE="2")
    assert boot.status == 0
    assert len([call for call in boot.calls if call.startswith("aws ")]) == 3


def test_an_archive_that_can_never_be_read_ends_the_boot_loudly(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256), S3_IS_LATE="99")
    assert boot.status != 0
    assert "boot failed" in boot.errors
    assert len([call for call in boot.calls if call.startswith("aws ")]) == 5
    assert not [call for call in boot.calls if call.startswith("systemctl")]


def test_a_service_that_does_not_get_ready_ends_the_boot_with_its_log(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256), NOT_READY="22")
    assert boot.status == 1
    assert "ImportError: no module named service" in boot.errors


def unit(instance: Instance) -> str:
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    return boot.file("etc/systemd/system/iris.service")


def test_the_service_runs_as_a_user_of_its_own_and_is_always_restarted(instance: Instance):
    lines = unit(instance).splitlines()
    assert {"User=iris", "Group=iris", "Restart=always", "ExecStart=/usr/bin/python3.13 -m service.main"} <= {
        *lines
    }
    assert f"WorkingDirectory={instance.root}/opt/iris/{instance.sha256}" in lines
    assert (
        "useradd --system --user-group --no-create-home --shell /sbin/nologin iris"
        in (instance.root / "calls").read_text().splitlines()
    )


def test_the_service_may_neither_write_nor_gain_privileges_nor_ask_for_the_instance_s_credentials(
    instance: Instance,
):
    lines = unit(instance).splitlines()
    assert {
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "CapabilityBoundingSet=",
        "SystemCallFilter=@system-service",
        "IPAddressDeny=169.254.169.254/32 fd00:ec2::254/128",
    } <= {*lines}


@pytest.mark.skipif(not SYSTEMD_ANALYZE, reason="systemd is not installed here")
def test_systemd_understands_the_unit_and_finds_it_little_exposed(instance: Instance):
    file = instance.root / "iris.service"
    # The interpreter of the image is not here; that one exists is all that is looked at.
    file.write_text(unit(instance).replace("/usr/bin/python3.13", sys.executable))
    verified = subprocess.run(
        [SYSTEMD_ANALYZE, "verify", str(file)], capture_output=True, text=True, check=False
    )
    assert str(file) not in verified.stderr
    assert verified.returncode == 0
    # From 0 (nothing can be attacked) to 100.
    rated = subprocess.run(
        [SYSTEMD_ANALYZE, "security", "--offline=yes", "--threshold=20", "--no-pager", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout[-2_000:]
