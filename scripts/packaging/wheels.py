"""Installs what the service depends on, for any platform, from wheels whose hashes are known."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uv

_PINS: Final = Path(__file__).resolve().parents[2] / "requirements"

REQUIREMENTS: Final = _PINS / "service.txt"
"""Every distribution that the service needs, with its version and hashes."""

FUNCTION_REQUIREMENTS: Final = _PINS / "function.txt"
"""Those of them that it needs where API Gateway and Lambda are its server."""


class InstallError(Exception):
    """A distribution cannot be had: no network, no wheel for the platform, or a hash that differs."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What a wheel is to run on, where that is not this machine."""

    name: str
    """As uv calls it."""
    python: str


AWS_PYTHON: Final = "3.13"
"""Python of the instances (package python3.13 of Amazon Linux 2023) and of the Lambda runtime python3.13."""

AWS_GLIBC: Final = "manylinux_2_34"
"""Amazon Linux 2023 has glibc 2.34, on instances and in Lambda's python3.13."""


def install(folder: Path, requirements: Path, platform: Platform | None) -> None:
    """Install what is required into an empty folder, flat, for a platform or (None) for this interpreter.

    Only wheels: to build one could run anything, and would be for this machine.

    Raises:
        InstallError: in one line.
    """
    elsewhere = ["--python-platform", platform.name, "--python-version", platform.python] if platform else []
    try:
        program = uv.find_uv_bin()
    except FileNotFoundError as error:
        raise InstallError("uv is not where its package should have put it") from error
    installed = subprocess.run(  # noqa: S603 (the uv that our own requirements pin)
        [
            *(program, "pip", "install", "--quiet", "--python", sys.executable),
            *("--target", str(folder), *elsewhere),
            *("--only-binary", ":all:", "--require-hashes", "--no-deps", "--requirement", str(requirements)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        raise InstallError(_in_one_line(installed.stderr))


def _in_one_line(stderr: str) -> str:
    """Join the error of uv and its chain of causes, and leave out its hints and listings."""
    lines = [line.strip() for line in stderr.splitlines()]
    told = [line.partition(": ")[2] for line in lines if line.startswith(("error: ", "cause: "))]
    return ": ".join(told) or " ".join(stderr.split())
