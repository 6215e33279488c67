"""Search for a Python of another version on this machine, to compile the bytecode of that version."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uv

from scripts.console.commands import run_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_IDENTIFY_PROGRAM: Final = (
    "import json, platform, sys; print(json.dumps([sys.executable, platform.python_implementation(), "
    "platform.python_version(), sys.version_info.releaselevel]))"
)


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """CPython interpreter that runs on this machine."""

    path: Path
    version: str
    """Full version, such as 3.13.1; even patch versions may differ in their bytecode."""


def this_interpreter() -> Interpreter:
    """Return the interpreter that runs this program."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Interpreter(path=Path(sys.executable), version=version)


def find_interpreter(minor: str) -> Interpreter | None:
    """Return a released CPython such as `3.13`: this one, one on the PATH, or one that uv finds."""
    return next((found for path in _candidates(minor) if (found := _identify(path, minor))), None)


def _candidates(minor: str) -> Iterator[str]:
    yield sys.executable
    if on_path := shutil.which(f"python{minor}"):
        yield on_path
    found = _output(uv.find_uv_bin(), "python", "find", "--no-project", "--no-python-downloads", minor)
    if found:
        yield found


@cache
def _identify(path: str, minor: str) -> Interpreter | None:
    """Run an interpreter to read its version, as a name on the PATH may be a link, a script, or broken."""
    # pyenv puts a script on the PATH for each of its Pythons, which runs only if that version is selected.
    output = _output(path, "-I", "-c", _IDENTIFY_PROGRAM, environment=os.environ | {"PYENV_VERSION": minor})
    if not output:
        return None
    executable, implementation, version, level = json.loads(output)
    # The bytecode of a version may change until its release.
    if implementation != "CPython" or level != "final" or not version.startswith(f"{minor}."):
        return None
    return Interpreter(path=Path(executable), version=version)


def _output(*command: str, environment: Mapping[str, str] | None = None) -> str | None:
    """Return the output of a command, or None if it fails."""
    try:
        ended = run_command(*command, env=environment, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.strip() if ended.returncode == 0 else None
