from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

import pytest

from scripts.packaging.interpreters import find_interpreter, this_interpreter

if TYPE_CHECKING:
    from pathlib import Path

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


def put_on_path(
    folder: Path, name: str, introduction: str, monkeypatch: pytest.MonkeyPatch, status: int = 0
) -> None:
    """Put a program on the PATH, and nothing else, that introduces itself so, whatever it is asked."""
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{introduction}'\nexit {status}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_this_one_is_taken_where_it_will_do():
    found = find_interpreter(MINOR)
    assert found == this_interpreter()
    assert found is not None
    assert found.version == platform.python_version()


def test_one_on_the_path_is_taken_by_the_name_that_it_gives_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    introduction = '["/opt/python", "CPython", "3.99.1", "final"]'
    put_on_path(tmp_path, "python3.99", introduction, monkeypatch)
    found = find_interpreter("3.99")
    assert found is not None
    assert (str(found.path), found.version) == ("/opt/python", "3.99.1")


@pytest.mark.parametrize(
    "introduction",
    [
        '["/opt/python", "PyPy", "3.99.1", "final"]',
        '["/opt/python", "CPython", "3.99.0", "candidate"]',
        '["/opt/python", "CPython", "3.98.7", "final"]',
    ],
)
def test_one_that_writes_other_bytecode_is_not(
    introduction: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    put_on_path(tmp_path, "python3.99", introduction, monkeypatch)
    assert find_interpreter("3.99") is None


def test_nor_is_one_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    put_on_path(tmp_path, "python3.99", "not installed", monkeypatch, status=127)
    assert find_interpreter("3.99") is None


def test_where_there_is_none_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_interpreter("3.99") is None
