from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SUITE = """
import time
from pathlib import Path
import pytest

@pytest.fixture(scope="session")
def cloud(worker_id):
    yield
    time.sleep({teardown})
    Path(f"stopped-{{worker_id}}").touch()

@pytest.mark.parametrize("number", range(4))
def test(cloud, worker_id, number):
    Path(f"started-{{worker_id}}").touch()
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        if not {catches}:
            raise
"""

TWO_PROCESSES = ["--numprocesses", "2", "--dist", "load"]


@pytest.mark.parametrize(
    ("words", "workers", "teardown", "catches"),
    [
        ([], ["master"], 0.1, False),
        # pytest-xdist interrupts a process after 5 s, and kills it after 10.
        (TWO_PROCESSES, ["gw0", "gw1"], 12, False),
        (TWO_PROCESSES, ["gw0", "gw1"], 0.1, True),
    ],
    ids=["one process", "two processes", "tests that catch the interruption"],
)
def test_a_run_that_is_told_to_end_stops_what_its_fixtures_have_started(
    tmp_path: Path, words: list[str], workers: list[str], teardown: float, *, catches: bool
):
    (tmp_path / "test_suite.py").write_text(SUITE.format(teardown=teardown, catches=catches))
    own = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    plugins = ["-p", "xdist.plugin", "-p", "tests.suite.stopping"]
    command = [sys.executable, "-m", "pytest", *plugins, "--rootdir=.", *words]
    with subprocess.Popen(command, cwd=tmp_path, env=inherited | own, stdout=subprocess.DEVNULL) as run:
        try:
            deadline = time.monotonic() + 60
            while not all((tmp_path / f"started-{name}").exists() for name in workers):
                assert run.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            run.terminate()
            # pytest's status of a run that was interrupted.
            assert run.wait(timeout=60) == 2
        finally:
            run.kill()
    assert all((tmp_path / f"stopped-{name}").exists() for name in workers)
