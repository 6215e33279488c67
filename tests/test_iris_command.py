"""Entry point of `iris` beside other projects' packages of the same names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

IRIS = Path(sys.executable).parent / "iris"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A project with packages that are called as this one's, and as a library of it."""
    for name in ("scripts", "infra", "service", "localcloud", "rich"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('raise SystemExit("foreign")')
    return tmp_path


@pytest.mark.parametrize("folders", ["{}", "{}:", "/nonexistent:{}"])
def test_foreign_packages_on_the_python_path_are_not_imported(foreign: Path, folders: str):
    environment = {**os.environ, "PYTHONPATH": folders.format(foreign)}
    ended = subprocess.run(
        [IRIS, "train", "--list"], cwd=foreign, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "LogisticRegression" in ended.stdout


def test_processes_that_it_starts_do_not_see_them_either(foreign: Path):
    program = (
        "import iris_command, os, sys; sys.argv = ['iris', '--version']\n"
        "try: iris_command.main()\n"
        "except SystemExit: print(os.environ.get('PYTHONPATH'))"
    )
    environment = {**os.environ, "PYTHONPATH": str(foreign)}
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=IRIS.parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.splitlines()[-1] == "None", ended.stderr
