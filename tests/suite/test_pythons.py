"""The service under each other Python that it may run on, where this machine has one.

Instances and functions run Python 3.13, a laptop the Python that its owner has. `make test` runs all tests
under one of these; `make test-pythons` runs, in an environment for each of the others, those that another
Python could fail.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import uv

from scripts.packaging import interpreters, wheels

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).resolve().parents[2]
PINS: Final = ROOT / "requirements" / "project.txt"
PROJECT: Final = ROOT / "pyproject.toml"

MINORS: Final = ("3.11", "3.12", "3.13", "3.14")
"""From the oldest that `pyproject.toml` allows to the newest that all that is pinned has wheels for."""

OTHERS: Final = [
    minor for minor in MINORS if not interpreters.this_interpreter().version.startswith(f"{minor}.")
]

TESTED: Final = ("tests/service", "tests/scripts/packaging/test_packed_service.py")


def test_the_oldest_python_that_is_allowed_and_the_one_of_aws_are_among_them():
    allowed = tomllib.loads(PROJECT.read_text())["project"]["requires-python"]
    assert allowed == f">={MINORS[0]}"
    assert wheels.AWS_PYTHON in MINORS


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("minor", OTHERS)
def test_the_service_and_its_archive_pass_their_tests(
    minor: str, record_property: Callable[[str, object], None]
):
    interpreter = interpreters.find_interpreter(minor)
    if interpreter is None:
        pytest.skip(f"there is no Python {minor} here")
    ended = subprocess.run(
        [
            *(environment_of(interpreter), "-m", "pytest", "--quiet", "-p", "no:cacheprovider"),
            *("--numprocesses", "2", "--dist", "loadfile", "-m", "not one_python", *TESTED),
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2_000:]
    record_property("figure", f"Python {interpreter.version}: {ended.stdout.splitlines()[-1]}")


def environment_of(interpreter: interpreters.Interpreter) -> Path:
    """Return the Python of an environment with all that is pinned, made once for each set of pins."""
    digest = hashlib.sha256(PINS.read_bytes() + PROJECT.read_bytes()).hexdigest()
    folder = ROOT / "build" / "pythons" / f"{interpreter.version}-{digest[:12]}"
    python = folder / "bin" / "python"
    installed = folder / "installed"
    if not installed.exists():
        for earlier in folder.parent.glob(f"{interpreter.version}-*"):
            shutil.rmtree(earlier)
        run_uv("venv", "--no-project", "--python", interpreter.path, folder)
        run_uv("pip", "sync", "--python", python, "--require-hashes", PINS)
        run_uv("pip", "install", "--python", python, "--no-deps", "--no-build-isolation", "--editable", ROOT)
        installed.touch()
    return python


def run_uv(*arguments: str | Path) -> None:
    ended = subprocess.run(
        [uv.find_uv_bin(), "--quiet", *arguments], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
