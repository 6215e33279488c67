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
    folder: Path, name: str, output: str, monkeypatch: pytest.MonkeyPatch, status: int = 0
) -> None:
    """Put on the PATH only one program, which prints this text on every call."""
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{output}'\nexit {status}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_this_interpreter_is_preferred():
    found = find_interpreter(MINOR)
    assert found == this_interpreter()
    assert found is not None
    assert found.version == platform.python_version()


def test_an_interpreter_on_the_path_is_found_with_the_path_that_it_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    output = '["/opt/python", "CPython", "3.99.1", "final"]'
    put_on_path(tmp_path, "python3.99", output, monkeypatch)
    found = find_interpreter("3.99")
    assert found is not None
    assert (str(found.path), found.version) == ("/opt/python", "3.99.1")


@pytest.mark.parametrize(
    "output",
    [
        '["/opt/python", "PyPy", "3.99.1", "final"]',
        '["/opt/python", "CPython", "3.99.0", "candidate"]',
        '["/opt/python", "CPython", "3.98.7", "final"]',
    ],
)
def test_an_interpreter_with_other_bytecode_is_not_accepted(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    put_on_path(tmp_path, "python3.99", output, monkeypatch)
    assert find_interpreter("3.99") is None


def test_an_interpreter_that_does_not_run_is_not_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    put_on_path(tmp_path, "python3.99", "not installed", monkeypatch, status=127)
    assert find_interpreter("3.99") is None


def test_a_missing_interpreter_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_interpreter("3.99") is None
