"""What an instance does when it boots: a script as a pure function of its settings.

Its first lines are plain assignments, so that whoever plays an instance reads from the very same launch
template what to run. The files beside it in `boot/` are parts of it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

LARGEST_BYTES: Final = 16_384
"""EC2 takes no more user data than this, before it is encoded (EC2 user guide, "User data")."""

LAUNCHED: Final = "launched"
TERMINATED: Final = "terminated"
"""The lifecycle hooks that an instance answers."""

_ASSIGNMENT: Final = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)

_PARTS: Final = Path(__file__).with_name("boot")

_EMBEDDED: Final = re.compile(r"^@@(\S+)@@$", re.MULTILINE)
"""A line of the script in whose place another part stands."""


@dataclass(frozen=True, kw_only=True)
class BootSettings:
    """What differs from one stack to the next; each field is a setting of the script, in capitals."""

    archive_uri: str
    """Where the packed service lies, as `s3://<bucket>/<key>`."""
    archive_version: str
    """The object's S3 version: a template that is rolled back to still finds the archive that it named."""
    archive_sha256: str
    """In hexadecimal; an archive with another one is not unpacked."""
    region: str
    """Of the bucket and the instance, like `us-east-1`."""
    service_port: int
    workers: int
    """Processes that serve; one for each vCPU."""
    keep_alive_seconds: int
    """The service closes a connection that is silent for so long."""
    log_group: str = ""
    """CloudWatch's log group to write to; empty where it is out of reach, and the journal is all there is."""
    hooks: Literal["yes", "no"] = "no"
    """Whether Auto Scaling is in reach and waits to hear that the instance is ready, and later done."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if re.search(r"[\x00-\x1f\x7f]", str(value)):
                raise ValueError(f"{name} has a control character: {value!r}")


def boot_script(settings: BootSettings) -> str:
    """Write the script that cloud-init runs once as root, on Amazon Linux 2023.

    Raises:
        ValueError: When it is larger than EC2 takes.
    """
    assignments = [f"{name.upper()}={shlex.quote(str(value))}" for name, value in asdict(settings).items()]
    script = "\n".join(["#!/bin/bash", *assignments, _steps()])
    if len(script.encode()) > LARGEST_BYTES:
        raise ValueError(f"the boot script has {len(script.encode()):,} bytes, EC2 takes {LARGEST_BYTES:,}")
    return script


def _steps() -> str:
    """Read the steps, with the files that they write in the places where they write them."""
    return _EMBEDDED.sub(lambda found: _part(found[1]).rstrip("\n"), _part("steps.sh"))


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def read_settings(script: str) -> dict[str, str]:
    """Get the assignments back that a script of `boot_script` begins with."""
    # The lexer reads as the shell does: quotes are undone, comments are skipped.
    words = shlex.shlex(script, posix=True, punctuation_chars=False)
    words.whitespace_split = True
    settings: dict[str, str] = {}
    for word in words:
        assignment = _ASSIGNMENT.fullmatch(word)
        if assignment is None:
            break
        settings[assignment[1]] = assignment[2]
    return settings
