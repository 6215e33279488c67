from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]

SUITE = """
import time
from pathlib import Path
import pytest

@pytest.fixture(scope="session")
def cloud():
    yield
    Path("stopped").touch()

def test(cloud):
    Path("started").touch()
    time.sleep(60)
"""


def test_a_run_that_is_told_to_end_stops_what_its_fixtures_have_started(tmp_path: Path):
    (tmp_path / "test_suite.py").write_text(SUITE)
    own = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "tests.suite.stopping", "--rootdir=."]
    with subprocess.Popen(command, cwd=tmp_path, env=os.environ | own, stdout=subprocess.DEVNULL) as run:
        try:
            deadline = time.monotonic() + 60
            while not (tmp_path / "started").exists():
                assert run.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            run.terminate()
            # pytest's status of a run that was interrupted.
            assert run.wait(timeout=60) == 2
        finally:
            run.kill()
    assert (tmp_path / "stopped").exists()
