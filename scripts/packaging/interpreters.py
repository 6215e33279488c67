"""Finds a Python of another version on this machine, to write bytecode that only it can write."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_INTRODUCTION: Final = (
    "import json, platform, sys; print(json.dumps([sys.executable, platform.python_implementation(), "
    "platform.python_version(), sys.version_info.releaselevel]))"
)


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A CPython that runs here."""

    path: Path
    version: str
    """In full, such as 3.13.1: each may write other bytecode for the same source."""


def this_interpreter() -> Interpreter:
    """Return the one that runs this program."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Interpreter(path=Path(sys.executable), version=version)


def find_interpreter(minor: str) -> Interpreter | None:
    """Find a released CPython such as `3.13`: this one, one on the PATH, or one that uv knows."""
    return next((found for path in _candidates(minor) if (found := _introduced(path, minor))), None)


def _candidates(minor: str) -> Iterator[str]:
    yield sys.executable
    if on_path := shutil.which(f"python{minor}"):
        yield on_path
    found = _output(uv.find_uv_bin(), "python", "find", "--no-project", "--no-python-downloads", minor)
    if found:
        yield found


def _introduced(path: str, minor: str) -> Interpreter | None:
    """Ask an interpreter who it is, as a name on the PATH may be a link, a script, or broken."""
    # pyenv puts a script on the PATH for each Python that it has, which runs only where that one is chosen.
    told = _output(path, "-I", "-c", _INTRODUCTION, environment=os.environ | {"PYENV_VERSION": minor})
    if not told:
        return None
    executable, implementation, version, level = json.loads(told)
    # Before its release, a version still changes the form of its bytecode.
    if implementation != "CPython" or level != "final" or not version.startswith(f"{minor}."):
        return None
    return Interpreter(path=Path(executable), version=version)


def _output(*command: str, environment: Mapping[str, str] | None = None) -> str | None:
    """Return what a command prints, or None where it fails."""
    try:
        ended = subprocess.run(  # noqa: S603 (interpreters of this machine's owner)
            command, capture_output=True, text=True, timeout=20, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.strip() if ended.returncode == 0 else None
