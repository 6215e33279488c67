"""Entry point of `iris` beside other projects' packages of the same names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from iris_command import THREADS, set_up_process

THREADS_AWAKE = """
import iris_command; iris_command.set_up_process()
import numpy, time
matrix = numpy.ones((600, 600))
matrix @ matrix
before = time.process_time()
time.sleep(0.3)
print(time.process_time() - before)
"""
"""Program that prints the processor time of a moment in which it only sleeps, in seconds."""

EXIT = """
import atexit, gc
atexit.register(lambda: print(len(gc.get_objects())))  # after those of the command
import iris_command; iris_command.set_up_process()
print(len(gc.get_objects()))
"""
"""Program that prints how many objects a collection looks through: while it runs, and when it exits."""

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


# With its own settings, OpenBLAS takes about a tenth of a second of each processor but one.
def test_threads_that_wait_for_work_take_no_processor_time():
    ended = subprocess.run(
        [sys.executable, "-c", THREADS_AWAKE],
        cwd=IRIS.parents[2],
        env={name: value for name, value in os.environ.items() if name not in THREADS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert float(ended.stdout) < 0.01, ended.stderr


def test_nothing_is_left_to_look_through_when_a_command_exits():
    command = [sys.executable, "-c", EXIT]
    ended = subprocess.run(command, cwd=IRIS.parents[2], capture_output=True, text=True, check=True)
    running, ended_with = map(int, ended.stdout.split())
    assert ended_with < running / 100


def test_a_users_own_settings_of_threads_stay(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.delenv("OPENBLAS_THREAD_TIMEOUT", raising=False)
    set_up_process()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    assert os.environ["OPENBLAS_THREAD_TIMEOUT"] == THREADS["OPENBLAS_THREAD_TIMEOUT"]
