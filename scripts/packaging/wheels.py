"""Installation of the service's dependencies, for any platform, from wheels with pinned hashes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uv

from scripts.console.commands import run_command

if TYPE_CHECKING:
    from collections.abc import Iterable

_PINS: Final = Path(__file__).resolve().parents[2] / "requirements"

REQUIREMENTS: Final = _PINS / "service.txt"
"""Requirements of the service on a server, with versions and hashes."""

FUNCTION_REQUIREMENTS: Final = _PINS / "function.txt"
"""Requirements of the service in a function, where API Gateway and Lambda replace its server."""

ONNX_REQUIREMENTS: Final = _PINS / "onnx.txt"
"""Further requirements of predictors of kind onnx."""


class InstallError(Exception):
    """A distribution can't be installed: no network, no wheel for the platform, or a different hash."""


@dataclass(frozen=True, kw_only=True)
class WheelPlatform:
    """Target platform of wheels, if it is not this machine."""

    name: str
    """Name of the platform in uv."""
    python: str


AWS_PYTHON: Final = "3.13"
"""Python version of the instances (Amazon Linux 2023, package python3.13) and of the Lambda runtime."""

AWS_GLIBC: Final = "manylinux_2_34"
"""glibc of Amazon Linux 2023, on instances and in Lambda's python3.13: version 2.34."""


def install(folder: Path, requirements: Iterable[Path], platform: WheelPlatform | None) -> None:
    """Install files of requirements into an empty folder, for a platform or (None) for this interpreter.

    Only wheels are installed: building one could run any code, and would be for this machine.

    Raises:
        InstallError: The message is one line.
    """
    files = [word for file in requirements for word in ("--requirement", file)]
    target = ["--python-platform", platform.name, "--python-version", platform.python] if platform else []
    run_uv(
        *("pip", "install", "--quiet", "--python", sys.executable, "--target", folder, *target),
        *("--only-binary", ":all:", "--require-hashes", "--no-deps", *files),
    )


def run_uv(*arguments: str | Path) -> None:
    """Run uv, which the project's own requirements pin.

    Raises:
        InstallError: The message is one line.
    """
    try:
        program = uv.find_uv_bin()
    except FileNotFoundError as error:
        raise InstallError("uv is missing from its own package") from error
    ended = run_command(program, *arguments)
    if ended.returncode:
        raise InstallError(_in_one_line(ended.stderr))


def _in_one_line(stderr: str) -> str:
    """Join the error of uv and its causes; omit its hints and lists."""
    lines = [line.strip() for line in stderr.splitlines()]
    causes = [line.partition(": ")[2] for line in lines if line.startswith(("error: ", "cause: "))]
    return ": ".join(causes) or " ".join(stderr.split())
