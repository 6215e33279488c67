"""Archives to deploy: the files that the configuration names, or freshly packed ones."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
"""Folder of the project; Pulumi runs the program in another one."""

SERVICE_KEY: Final = "service.zip"
"""S3 key of the service packed for instances."""

FUNCTION_KEY: Final = "function.zip"
"""S3 key of the service packed for Lambda."""


class MissingArchiveError(RuntimeError):
    """Missing archive; the message has the reason and a remedy."""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """The packed service as one file."""

    path: Path
    sha256: str
    """SHA-256 of the file, in hexadecimal."""


def find_archive(named: Path | None, *, key: str, target: str, project: Path = PROJECT) -> Archive:
    """Return the archive to deploy; pack one if the configuration names none.

    Args:
        named: Absolute path, or relative to the project.
        key: Configuration key of the path.
        target: Target of a fresh archive, as for `iris pack`.
        project: Folder of the project.

    Raises:
        MissingArchiveError: The file is missing or packing failed.
    """
    path = project / (named or _pack(target, project))
    if not path.is_file():
        raise MissingArchiveError(
            f"There is no archive at {path}: pack one with `iris pack --target {target}`, or leave `{key}` "
            "empty."
        )
    with path.open("rb") as file:
        return Archive(path=path, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _pack(target: str, project: Path) -> Path:
    # Not `iris`: an environment that Pulumi created has no such command, and the PATH may have another's.
    command = [sys.executable, "-m", "scripts", "pack", "--quiet", "--target", target]
    try:
        # Its errors and a line about a new archive go to standard error, which Pulumi shows. The only line of
        # its output is the path.
        packed = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 (a fixed command, no shell)
    except subprocess.CalledProcessError as error:
        raise MissingArchiveError(
            f"`iris pack --target {target}` ended with status {error.returncode}; the reason is above."
        ) from None
    return Path(packed.stdout.strip())
