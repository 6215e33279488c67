"""Environments for those who are measured beside us: their libraries and ours would not agree."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Final

REQUIREMENTS: Final = Path(__file__).resolve().parent / "requirements"
"""Their pins, one file each, with hashes. What is installed by them is checked against these."""


class EnvironmentFailed(Exception):  # noqa: N818 (what happened, not what went wrong in the code)
    """Somebody's libraries cannot be installed here."""


def python_of(name: str, folder: Path) -> Path:
    """Install `requirements/<name>.txt` into an environment below `folder`, unless it is there already.

    Returns:
        Its interpreter.

    Raises:
        EnvironmentFailed: in one line.
    """
    pins = REQUIREMENTS / f"{name}.txt"
    stamp = hashlib.sha256(pins.read_bytes()).hexdigest()[:12]
    environment = folder / f"{name}-{stamp}"
    installed = environment / "installed"
    if not installed.exists():
        _uv(name, "venv", "--quiet", "--clear", "--no-project", "--python", sys.executable, str(environment))
        _uv(name, "pip", "sync", "--quiet", "--python", str(environment), "--require-hashes", str(pins))
        installed.touch()
    return environment / "bin" / "python"


def _uv(name: str, *words: str) -> None:
    uv = Path(sys.executable).parent / "uv"
    ended = subprocess.run([uv, *words], capture_output=True, text=True, check=False)  # noqa: S603 (our own words)
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EnvironmentFailed(f"{name} cannot be installed: {last.strip()}")
