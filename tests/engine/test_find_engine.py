"""Search for Pulumi's engine by `.ci/engine`, before the tests that need it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.engine.cli import PROGRAMS, PROJECT

if TYPE_CHECKING:
    from pathlib import Path


def run(home: Path) -> subprocess.CompletedProcess[str]:
    """Run `.ci/engine` for a user without Go, in an unreachable network."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    environment = {**kept, "HOME": str(home), "PATH": "/usr/bin:/bin", "https_proxy": "http://127.0.0.1:9"}
    return subprocess.run(
        [PROJECT / ".ci" / "engine"], env=environment, capture_output=True, text=True, check=False
    )


def test_a_missing_engine_ends_the_checks_with_one_line(tmp_path: Path):
    result = run(tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("Pulumi's engine is missing: its release can't be installed (")
    assert line.endswith(f"on the PATH or into {tmp_path}/.cache/pulumi-3.274.1")


@pytest.mark.parametrize("folder", [".pulumi/bin", ".pulumi/versions/3.272.0/bin", ".cache/pulumi-3.274.1"])
def test_the_folder_is_printed_where_the_engine_is_found(tmp_path: Path, folder: str):
    found = tmp_path / folder
    found.mkdir(parents=True)
    for program in PROGRAMS:
        (found / program).write_text("#!/bin/sh\n")
        (found / program).chmod(0o755)
    result = run(tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{found}\n", "")
