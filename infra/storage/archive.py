"""Which archives are deployed: the files that the configuration names, or what is packed now."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
"""The project's folder; Pulumi starts the program in another one."""


class ArchiveError(RuntimeError):
    """There is no archive to deploy; the text says why and what helps."""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """The packed service as one file."""

    path: Path
    sha256: str
    """Of its bytes, in hexadecimal."""


def find_archive(named: Path | None, *, key: str, target: str, project: Path = PROJECT) -> Archive:
    """Find the archive to deploy, and pack one when none is named.

    Args:
        named: From the project's folder or absolute.
        key: What the configuration calls it.
        target: What a fresh archive is packed for, as `iris pack` calls it.
        project: Where relative paths begin.

    Raises:
        ArchiveError: When the file is missing or packing fails.
    """
    path = project / (named or _pack(target, project))
    if not path.is_file():
        raise ArchiveError(
            f"There is no archive at {path}: "
            f"pack one with `iris pack --target {target}`, or leave `{key}` empty."
        )
    with path.open("rb") as file:
        return Archive(path=path, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _pack(target: str, project: Path) -> Path:
    # Not `iris`: an environment that Pulumi made has none, and one on the PATH may be another project's.
    command = [sys.executable, "-m", "scripts", "pack", "--target", target]
    try:
        # Its progress goes to our own standard error; the only line of its output is the path.
        packed = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 (our own command, no shell)
    except subprocess.CalledProcessError as error:
        raise ArchiveError(
            f"`iris pack --target {target}` ended with status {error.returncode}; the reason is above."
        ) from None
    return Path(packed.stdout.strip())
