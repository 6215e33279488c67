"""`pulumi up` where the first python3 on the PATH is too old: the command that Pulumi gives to pip."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from tests.engine.cli import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

OLDER: Final = ("python3.10", "python3.9")


def older_python() -> str | None:
    """Return an interpreter that this project does not run on; None where there is none."""
    for command in OLDER:
        try:
            question = [command, "-c", "import sys; print(sys.executable)"]
            found = subprocess.run(question, capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):  # none, or one of pyenv's that is switched off
            continue
        return found.stdout.strip()
    return None


@pytest.mark.skipif(older_python() is None, reason=f"there is neither of {', '.join(OLDER)}")
def test_pip_says_which_python_is_needed_and_which_command_helps(tmp_path: Path):
    subprocess.run([str(older_python()), "-m", "venv", str(tmp_path / "venv")], check=True)
    installed = subprocess.run(
        [str(tmp_path / "venv" / "bin" / "python"), "-m", "pip", "install", "-r", "requirements.txt"],
        cwd=PROJECT / "infra",
        capture_output=True,
        text=True,
        check=False,
    )
    assert installed.returncode != 0
    errors = [line for line in installed.stderr.splitlines() if line.startswith("ERROR: ")]
    assert len(errors) == 1
    assert "Python 3.11 or newer is needed: run make install PYTHON=python3.11" in errors[0]
