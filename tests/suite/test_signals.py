from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.suite.signals import pytest_configure

SLEEP = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_processes_heed_a_signal_that_is_ignored_here_and_the_tests_go_on(number: signal.Signals):
    former = signal.signal(number, signal.SIG_IGN)
    try:
        pytest_configure()
        process = subprocess.Popen(SLEEP, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        signal.raise_signal(number)
    finally:
        signal.signal(number, former)
    with process:
        try:
            assert process.stdout
            process.stdout.readline()
            process.send_signal(number)
            assert process.wait(timeout=30) == -number
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_no_test_runs_with_a_signal_ignored(number: signal.Signals):
    assert signal.getsignal(number) is not signal.SIG_IGN
