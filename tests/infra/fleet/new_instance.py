"""A folder that stands for a new instance, in which the boot script really runs.

Only what comes from AWS or its image is stood in for, because it is not here: the package manager, the AWS
CLI, the metadata service, systemd and the user database. Each stand-in writes down how it was called.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Final

from infra.fleet.user_data import BootSettings, render_boot_script

SETTINGS: Final = BootSettings(
    archive_uri="s3://archives/service.zip",
    archive_version="3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY",
    archive_sha256="0" * 64,
    region="eu-west-1",
    service_port=8080,
    workers=2,
    keep_alive_seconds=75,
)

HOOKED: Final = replace(SETTINGS, hooks="yes")

AGENT: Final = PurePath("opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl")

STAND_INS: Final = {
    "dnf": 'ln -s "$PYTHON" "$(dirname "$0")/python3.13"',
    "aws": """
if [ "$(grep -c "^aws " "$CALLS")" -le "${AWS_IS_LATE:-0}" ]; then exit 254; fi
case "$*" in
  "s3api get-object "*) cp "$UPLOADED" "${@: -1}" ;;
esac""",
    "curl": """
case "$*" in
  *"--request PUT"*/latest/api/token) echo secret-token; exit "${NO_METADATA:-0}" ;;
  *"X-aws-ec2-metadata-token: secret-token"*/latest/meta-data/instance-id) echo i-0123456789abcdef0 ;;
  *"X-aws-ec2-metadata-token: secret-token"*/latest/meta-data/tags/instance/aws:autoscaling:groupName)
    echo iris-fleet-1 ;;
  */meta-data/autoscaling/target-lifecycle-state)
    state=$(head -1 "$STATES"); sed -i 1d "$STATES"; [ "$state" != unreachable ] || exit 22; echo "$state" ;;
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
    """Result of a boot."""

    root: Path
    status: int
    output: str
    errors: str
    calls: list[str]

    def file(self, path: str) -> str:
        return (self.root / path).read_text()


@dataclass
class Instance:
    """A folder that stands for the root of a new instance."""

    root: Path

    def __post_init__(self) -> None:
        for folder in ("bin", "opt", "etc/systemd/system", "etc/logrotate.d", "proc", AGENT.parent):
            (self.root / folder).mkdir(parents=True)
        (self.root / "proc/uptime").write_text("42.17 80.00\n")
        for name, behaviour in {**STAND_INS, AGENT.name: ":"}.items():
            self.stand_in(name, behaviour)
        self.upload(("service/__init__.py", ""), ("service/main.py", "print('serving')\n"))

    def upload(self, *files: tuple[str, str]) -> None:
        """Put another archive into the bucket."""
        with zipfile.ZipFile(self.root / "uploaded.zip", "w") as archive:
            for name, content in files:
                archive.writestr(name, content)
        self.sha256 = hashlib.sha256((self.root / "uploaded.zip").read_bytes()).hexdigest()

    def stand_in(self, name: str, behaviour: str) -> None:
        """Put a command in the place of one that is not here."""
        command = self.root / (AGENT if name == AGENT.name else f"bin/{name}")
        command.write_text(f'#!/bin/bash\necho "{name} $*" >>"$CALLS"\n{behaviour}\n')
        command.chmod(0o755)

    def boot(self, boot: BootSettings, *, umask: int = 0o022, **environment: str) -> Boot:
        calls = self.root / "calls"
        calls.touch()
        script = re.sub(r"(?<![\w.])/(opt|etc|var|proc)/", rf"{self.root}/\1/", render_boot_script(boot))
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
            timeout=120,
            umask=umask,
        )
        return Boot(self.root, ran.returncode, ran.stdout, ran.stderr, calls.read_text().splitlines())

    def watch(self, *states: str, **environment: str) -> list[str]:
        """Live through states that the metadata name, and return what was called meanwhile."""
        self.boot(replace(HOOKED, archive_sha256=self.sha256))
        calls, lifecycle_states = self.root / "calls", self.root / "states"
        calls.write_text("")
        lifecycle_states.write_text("".join(f"{state}\n" for state in states))
        subprocess.run(
            [self.root / "opt/iris/lifecycle", "watch"],
            env={
                "PATH": f"{self.root}/bin:{os.defpath}",
                "CALLS": str(calls),
                "STATES": str(lifecycle_states),
                **environment,
            },
            capture_output=True,
            check=True,
            timeout=120,
        )
        return calls.read_text().splitlines()


def answers(calls: list[str]) -> list[str]:
    """Hook and result of what Auto Scaling was told."""
    completions = [call for call in calls if call.startswith("aws autoscaling complete-lifecycle-action ")]
    assert all(
        "--auto-scaling-group-name iris-fleet-1 --instance-id i-0123456789abcdef0" in call
        for call in completions
    )
    return [
        " ".join(re.findall(r"--lifecycle-(?:hook-name|action-result) (\S+)", call)) for call in completions
    ]
