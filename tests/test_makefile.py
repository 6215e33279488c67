"""The Makefile: when it makes the environment anew or only installs into it, and the tests of its targets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).parents[1]

ANEW = "-m venv --clear .venv"
PINS = ("bootstrap", "project", "workstation")

SYNC = "uv pip sync --quiet --python .venv/bin/python --require-hashes requirements/project.txt"


def plan(folder: Path) -> str:
    """Return the commands that `make install` would run first, of all that are not LocalStack's."""
    command = ["make", "--dry-run", "--no-print-directory", ".venv/installed"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment that looks installed: an interpreter and something called uv."""
    folder = tmp_path_factory.mktemp("environment") / ".venv"
    # The interpreter beneath the tests' own environment, as the Makefile's python3 would be.
    base = Path(sys.base_prefix) / "bin" / "python3"
    subprocess.run([str(base), "-m", "venv", "--without-pip", str(folder)], check=True)
    next(folder.glob("lib/python*/site-packages")).joinpath("uv.py").touch()
    (folder / "bin" / "uv").touch(mode=0o755)
    return folder


@pytest.fixture
def installed(tmp_path: Path, environment: Path) -> Path:
    """Make a folder in which `make .venv/installed` has nothing left to do."""
    folder = tmp_path / "project"
    (folder / "requirements").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", *(f"requirements/{it}.txt" for it in PINS)):
        shutil.copy(PROJECT / name, folder / name)
    shutil.copytree(environment, folder / ".venv", symlinks=True)
    stamp(folder)
    return folder


def stamp(folder: Path) -> None:
    """Write the stamps as the Makefile's own recipe does."""
    recipe = next(line for line in plan(folder).splitlines() if line.endswith("> .venv/bootstrapped"))
    subprocess.run(recipe, cwd=folder, shell=True, check=True)  # noqa: S602 - make hands it to a shell, too
    touch(folder / ".venv" / "installed", seconds=1)


def touch(path: Path, *, seconds: float) -> None:
    path.touch()
    os.utime(path, (time.time() + seconds, time.time() + seconds))


def without_stamp(folder: Path) -> None:
    """Leave what `pulumi up` makes."""
    (folder / ".venv" / "bootstrapped").unlink()


def without_interpreter(folder: Path) -> None:
    (folder / ".venv" / "bin" / "python").unlink()


def with_a_dangling_interpreter(folder: Path) -> None:
    without_interpreter(folder)
    (folder / ".venv" / "bin" / "python").symlink_to("/nonexistent/python3.11")


def without_uv(folder: Path) -> None:
    (folder / ".venv" / "bin" / "uv").unlink()


def without_packages(folder: Path) -> None:
    shutil.rmtree(folder / ".venv" / "lib")


def with_nothing_but_stamps(folder: Path) -> None:
    without_uv(folder)
    without_interpreter(folder)


def made_with_another_python(folder: Path) -> None:
    stamp = folder / ".venv" / "bootstrapped"
    stamp.write_text(stamp.read_text().replace(f"{sys.version_info.minor}", "10"))


def with_an_empty_folder(folder: Path) -> None:
    shutil.rmtree(folder / ".venv")
    (folder / ".venv").mkdir()


def test_an_environment_that_is_whole_is_left_alone(installed: Path):
    assert ANEW not in plan(installed)
    assert SYNC not in plan(installed)


@pytest.mark.parametrize(
    "spoil",
    [
        without_stamp,
        without_interpreter,
        with_a_dangling_interpreter,
        without_uv,
        without_packages,
        with_nothing_but_stamps,
        made_with_another_python,
        with_an_empty_folder,
    ],
)
def test_one_that_is_not_is_made_anew_from_nothing(installed: Path, spoil: Callable[[Path], None]):
    spoil(installed)
    planned = plan(installed)
    assert ANEW in planned
    assert SYNC in planned


def test_one_that_was_moved_with_its_folder_is_made_anew(installed: Path):
    moved = installed.rename(installed.with_name("elsewhere"))
    assert ANEW in plan(moved)


def test_one_that_something_else_has_installed_into_is_put_right_and_kept(installed: Path):
    packages = next((installed / ".venv").glob("lib/python*/site-packages"))
    touch(packages, seconds=2)
    planned = plan(installed)
    assert ANEW not in planned
    assert SYNC in planned


def test_the_tests_that_make_test_leaves_out_are_run_by_other_targets_and_in_ci():
    command = ["make", "--dry-run", "test", "test-pythons", "test-clients", "test-engine"]
    planned = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    runs = re.findall(r"^\.venv/bin/pytest (.*)$", planned, re.MULTILINE)
    left_out = [file for words in runs for file in re.findall(r"--ignore=(\S+)", words)]
    run_by_others = [word for words in runs for word in words.split() if word.startswith("tests/")]
    assert left_out == run_by_others
    assert all((PROJECT / file).is_file() for file in left_out)
    ci = (PROJECT / ".ci" / "run").read_text()
    in_ci = set(
        re.findall(r"test(?:-[a-z]+)?\b", " ".join(re.findall(r"^make (.*?)(?: 2>&1|$)", ci, re.MULTILINE)))
    )
    assert in_ci == {"test", "test-pythons", "test-clients", "test-engine"}


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a target of this Makefile in a folder, with options and variables."""
    command = ["make", "--silent", "--file", str(PROJECT / "Makefile"), *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def write_iris(folder: Path, script: str) -> None:
    iris = folder / ".venv" / "bin" / "iris"
    iris.write_text(f"#!/bin/sh\n{script}\n")
    iris.chmod(0o755)


@pytest.mark.parametrize(
    ("target", "line"), [("status", "The local cloud is down.\n"), ("down", "No local cloud was running.\n")]
)
def test_a_fresh_clone_says_that_nothing_runs_without_an_installation(tmp_path: Path, target: str, line: str):
    ended = make(tmp_path, target)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, line, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("status", "expected"), [(0, 0), (1, 2), (3, 0), (4, 0)])
def test_a_cloud_that_is_down_or_not_ready_is_no_error_of_make(installed: Path, status: int, expected: int):
    write_iris(installed, f"echo here; exit {status}")
    ended = make(installed, "status")
    assert (ended.returncode, ended.stdout) == (expected, "here\n")
    assert ("Error" in ended.stderr) == bool(expected)


ODD = """two words; 'it''s' $$HOME *"""
"""Characters that mean something to a shell; make itself makes one dollar sign of two."""


@pytest.mark.parametrize(
    ("target", "variable", "option"),
    [
        ("up", "PORT", "--port"),
        ("up", "LOCALSTACK_PORT", "--localstack-port"),
        ("lesson", "NAME", "lesson"),
        ("rollout", "ARCHIVE", "--archive"),
        ("pack", "TARGET", "--target"),
        ("bench-coldstart", "RUNS", "--runs"),
        *((it, "STACK", "--stack") for it in ("doctor", "preview", "deploy", "outputs", "destroy")),
    ],
)
def test_a_value_is_one_word_for_the_command(installed: Path, target: str, variable: str, option: str):
    write_iris(installed, 'printf "%s\\n" "$@"')
    localstack = "--old-file=.venv-localstack/installed"
    ended = make(installed, target, localstack, f"{variable}={ODD}")
    assert ended.returncode == 0, ended.stderr
    words = ended.stdout.splitlines()
    assert words[words.index(option) + 1] == ODD.replace("$$", "$")


def test_an_empty_port_takes_no_other_words_place(installed: Path):
    write_iris(installed, 'printf "%s\\n" "$@"')
    ended = make(installed, "up", "--old-file=.venv-localstack/installed", "PORT=")
    assert ended.stdout.splitlines() == ["local", "up", "--port", "", "--localstack-port", "4566"]


def test_the_list_of_targets_has_no_codes_of_a_terminal_in_a_pipe(installed: Path):
    listed = make(installed, "help").stdout
    assert "  make up             Start" in listed
    assert "\x1b" not in listed


def test_clean_stops_the_local_cloud_first(installed: Path):
    (installed / ".local").mkdir()
    write_iris(installed, "test -d .local && echo $*")
    ended = make(installed, "clean")
    assert (ended.returncode, ended.stdout) == (0, "local down\n")
    assert not (installed / ".local").exists()


def commands_of(folder: Path, target: str) -> str:
    command = ["make", "--dry-run", "--no-print-directory", target]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_a_command_in_a_fresh_folder_installs_no_more_than_the_commands_need(installed: Path):
    (installed / ".venv" / "installed").unlink()
    planned = commands_of(installed, "cost")
    assert "--require-hashes -r requirements/workstation.txt" in planned
    assert SYNC not in planned


def test_a_command_keeps_what_the_tests_have_installed(installed: Path):
    planned = commands_of(installed, "cost")
    assert "pip install" not in planned
    touch(installed / "requirements" / "project.txt", seconds=2)
    planned = commands_of(installed, "cost")
    assert SYNC in planned
    assert "workstation.txt" not in planned


def test_the_tests_install_everything(installed: Path):
    (installed / ".venv" / "installed").unlink()
    assert SYNC in commands_of(installed, ".venv/installed")
