from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LEAVING = """
import subprocess, sys
from tests.suite import left_running

left_running.GRACE_SECONDS = {grace}

def test():
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep({seconds})"], start_new_session=True)
"""


@pytest.mark.parametrize("workers", [[], ["--numprocesses", "2"]], ids=["one process", "two processes"])
def test_a_run_that_leaves_a_process_running_fails_and_names_it(tmp_path: Path, workers: list[str]):
    (tmp_path / "test_suite.py").write_text(LEAVING.format(seconds=40, grace=2.0))
    run = run_suite(tmp_path, *workers)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout
    assert "time.sleep(40)" in run.stdout.partition("= left running =")[2]


def test_a_process_that_ends_soon_is_not_left_running(tmp_path: Path):
    (tmp_path / "test_suite.py").write_text(LEAVING.format(seconds=0.5, grace=60.0))
    run = run_suite(tmp_path)
    assert run.returncode == pytest.ExitCode.OK, run.stdout


def run_suite(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    own = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    plugins = ["-p", "xdist.plugin", "-p", "tests.suite.left_running"]
    command = [sys.executable, "-m", "pytest", "--rootdir=.", *plugins, *options]
    return subprocess.run(
        command, cwd=folder, env=os.environ | own, capture_output=True, text=True, check=False, timeout=120
    )
