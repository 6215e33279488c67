"""Virtual environments of the measured servers, whose dependencies conflict with this project's."""

from __future__ import annotations

import hashlib
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

from scripts.packaging.wheels import InstallError, run_uv

REQUIREMENTS: Final = Path(__file__).resolve().parent / "requirements"
"""Folder of the pinned requirements with hashes, one file per server."""


class EnvironmentInstallError(Exception):
    """The dependencies of a server can't be installed."""


def version_of(distribution: str) -> str:
    """Return the version of a distribution in its own pinned requirements, or else in this environment."""
    pins = REQUIREMENTS / f"{distribution}.txt"
    if not pins.exists():
        return version(distribution)
    prefix = f"{distribution}=="
    lines = (line.split() for line in pins.read_text(encoding="utf-8").splitlines())
    return next(words[0].removeprefix(prefix) for words in lines if words and words[0].startswith(prefix))


def python_of(name: str, folder: Path) -> Path:
    """Return the interpreter of an environment with `requirements/<name>.txt`; create it first if missing.

    Raises:
        EnvironmentInstallError: The message is one line.
    """
    pins = REQUIREMENTS / f"{name}.txt"
    digest = hashlib.sha256(pins.read_bytes()).hexdigest()[:12]
    environment = folder / f"{name}-{digest}"
    installed = environment / "installed"
    if not installed.exists():
        try:
            run_uv("venv", "--quiet", "--clear", "--no-project", "--python", sys.executable, environment)
            run_uv("pip", "sync", "--quiet", "--python", environment, "--require-hashes", pins)
        except InstallError as error:
            raise EnvironmentInstallError(f"{name} can't be installed: {error}") from error
        installed.touch()
    return environment / "bin" / "python"
