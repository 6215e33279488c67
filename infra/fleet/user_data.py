"""User data of the instances: a boot script, built from its settings and the files in `boot/`.

Its first lines are plain assignments, so that the local cloud reads the settings of its instances from the
same launch template.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

MAXIMUM_BYTES: Final = 16_384
"""Maximum size of user data before base64 (EC2 user guide, "User data")."""

LAUNCH_HOOK: Final = "launched"
TERMINATION_HOOK: Final = "terminated"
"""Names of the lifecycle hooks that an instance completes."""

_ASSIGNMENT: Final = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)

_BOOT_FOLDER: Final = Path(__file__).with_name("boot")

_PLACEHOLDER: Final = re.compile(r"^@@(\S+)@@$", re.MULTILINE)
"""Line of the script that is replaced by another file."""


@dataclass(frozen=True, kw_only=True)
class BootSettings:
    """Settings of the boot script; each field is an assignment in it, with its name in capitals."""

    archive_uri: str
    """URI of the packed service, `s3://<bucket>/<key>`."""
    archive_version: str
    """S3 version of the archive: an older version of the template keeps its archive after a rollback."""
    archive_sha256: str
    """SHA-256 of the archive, in hexadecimal; the boot fails on a mismatch."""
    region: str
    """AWS Region of the bucket and the instance, such as `us-east-1`."""
    service_port: int
    workers: int
    """Worker processes, one per vCPU."""
    keep_alive_seconds: int
    """Idle timeout of connections to the service, in seconds."""
    log_group: str = ""
    """CloudWatch log group; empty for logs in the journal only, without access to CloudWatch Logs."""
    docs: Literal["on", "off"] = "on"
    """Whether the service documents itself at `/docs`; off where clients do not reach it."""
    hooks: Literal["yes", "no"] = "no"
    """Whether the instance reaches Auto Scaling and completes its lifecycle hooks."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if re.search(r"[\x00-\x1f\x7f]", str(value)):
                raise ValueError(f"{name} has a control character: {value!r}")


def render_boot_script(settings: BootSettings) -> str:
    """Return the script that cloud-init runs once as root, on Amazon Linux 2023.

    Raises:
        ValueError: The script exceeds the maximum size of user data.
    """
    assignments = [f"{name.upper()}={shlex.quote(str(value))}" for name, value in asdict(settings).items()]
    script = "\n".join(["#!/bin/bash", *assignments, _steps()])
    if len(script.encode()) > MAXIMUM_BYTES:
        raise ValueError(f"the boot script has {len(script.encode()):,} bytes, EC2 accepts {MAXIMUM_BYTES:,}")
    return script


def _steps() -> str:
    """Return the steps, with the files that they write in place of the placeholders."""
    return _PLACEHOLDER.sub(lambda match: _boot_file(match[1]).rstrip("\n"), _boot_file("steps.sh"))


def _boot_file(name: str) -> str:
    return (_BOOT_FOLDER / name).read_text(encoding="utf-8")


def parse_boot_settings(script: str) -> dict[str, str]:
    """Return the assignments at the beginning of a script of `render_boot_script`."""
    # The lexer handles quotes and comments as the shell does.
    words = shlex.shlex(script, posix=True, punctuation_chars=False)
    words.whitespace_split = True
    settings: dict[str, str] = {}
    for word in words:
        assignment = _ASSIGNMENT.fullmatch(word)
        if assignment is None:
            break
        settings[assignment[1]] = assignment[2]
    return settings
