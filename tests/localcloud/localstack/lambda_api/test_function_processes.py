"""Processes of functions: start, reuse and end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.localcloud.localstack.lambda_api.functions import SOON, make_functions, read_pids, surviving
from tests.localcloud.localstack.lambda_api.handlers.deeds import HANGS_FOR
from tests.localcloud.localstack.running import run

if TYPE_CHECKING:
    from tests.localcloud.localstack.lambda_api.functions import Functions


def test_a_warm_process_answers_again(functions: Functions, deeds: str) -> None:
    before, after = functions.describe(deeds), functions.describe(deeds)

    assert after["pid"] == before["pid"]
    assert after["calls"] == before["calls"] + 1
    assert after["request"] != before["request"]


def test_concurrent_requests_get_a_process_each_and_later_ones_reuse_them(
    functions: Functions, tmp_path: Path
) -> None:
    name = functions.make("busy")
    # Each request waits for the others, so that they are concurrent even on a slow machine.
    meeting = {"do": "meet", "folder": str(tmp_path), "number": 3}

    with ThreadPoolExecutor(3) as callers:
        pids = {answer.payload for answer in callers.map(functions.call, [name] * 3, [meeting] * 3)}

    assert len(pids) == 3
    assert pids <= {process.pid for process in functions.processes()}
    assert functions.describe(name)["pid"] in pids


@pytest.mark.skipif(sys.platform != "linux", reason="only one thread ends, by a system call of Linux")
def test_a_process_that_is_ending_gets_no_event(functions: Functions) -> None:
    # A process that is killed may seem to run while its first thread has ended and another one has not.
    source = """
import ctypes, os, platform, signal
number = {"x86_64": 60, "aarch64": 93}[platform.machine()]
signal.signal(signal.SIGUSR1, lambda *_: ctypes.CDLL(None).syscall(number, 0))
handler = lambda event, context: os.getpid()
"""
    name = functions.make("ending", source)
    pid = functions.call(name, {}).payload

    os.kill(pid, signal.SIGUSR1)

    assert surviving([pid]) == []
    answer = functions.call(name, {})
    assert (answer.error, answer.payload != pid) == (None, True)


def test_a_function_that_hangs_is_killed_with_its_descendants_and_the_next_event_is_served(
    functions: Functions, tmp_path: Path
) -> None:
    name, pids = functions.make("hanging", Timeout=3), tmp_path / "pids"
    begin = time.monotonic()

    answer = functions.call(name, {"do": "hang with family", "pid_file": str(pids)})
    while not pids.exists():  # a busy machine has killed it too early
        begin = time.monotonic()
        answer = functions.call(name, {"do": "hang with family", "pid_file": str(pids)})

    assert 3 <= time.monotonic() - begin < HANGS_FOR / 2
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "Sandbox.Timedout"
    assert answer.payload["errorMessage"].endswith(" Error: Task timed out after 3.00 seconds")
    assert any(line.endswith(" Task timed out after 3.00 seconds") for line in answer.log)
    assert answer.log[-1].endswith("\tStatus: timeout")
    assert surviving(read_pids(pids)) == []
    # The next event has as long, on a busy machine as well.
    while (following := functions.call(name, {"do": "describe"})).error is not None:
        assert following.payload["errorType"] == "Sandbox.Timedout"
    assert following.payload["calls"] == 1


def test_the_descendants_of_a_crashed_process_are_killed(
    functions: Functions, deeds: str, tmp_path: Path
) -> None:
    event = {"do": "hang with family", "crash": True, "pid_file": str(tmp_path / "pids")}

    answer = functions.call(deeds, event)

    assert answer.payload["errorType"] == "Runtime.ExitError"
    assert surviving(read_pids(tmp_path / "pids")) == []


def test_other_processes_survive_even_if_they_share_the_functions_variables(
    functions: Functions, tmp_path: Path
) -> None:
    shared = {"TMPDIR": str(tmp_path), "LOCAL_CLOUD_EXECUTION_ENVIRONMENT": "ours"}
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=shared)
    name = functions.make("selfish", Environment={"Variables": shared})

    functions.call(name, {"do": "exit", "status": 1})

    assert functions.describe(name)["temporary"] == str(tmp_path)
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_deleted_function_is_killed_during_an_invocation(functions: Functions, tmp_path: Path) -> None:
    name = functions.make("deleted", Timeout=30)
    temporary = Path(functions.describe(name)["temporary"])
    pids = functions.start(name, tmp_path / "pids")

    functions.client.delete_function(FunctionName=name)

    assert surviving(pids) == []
    deadline = time.monotonic() + SOON
    while temporary.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_provisioned_processes_start_before_the_first_invocation(functions: Functions) -> None:
    name = functions.make("provisioned", Publish=True)
    before = {process.pid for process in functions.processes()}

    functions.client.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=2
    )

    deadline = time.monotonic() + SOON
    while _status(functions, name) != "READY":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    new = {process.pid for process in functions.processes()} - before
    assert len(new) == 2
    seen = functions.describe(name, "1")
    assert seen["pid"] in new
    assert seen["environment"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "provisioned-concurrency"


def test_the_processes_end_when_localstack_is_killed(tmp_path: Path) -> None:
    with run(tmp_path) as localstack:
        functions = make_functions(localstack)
        idle = functions.describe(functions.make("idle"))["pid"]
        runtime, copy, child, stray = functions.start(functions.make("busy", Timeout=30), tmp_path / "pids")

        localstack.process.kill()

        assert surviving([idle, runtime, copy, child]) == []
        os.kill(stray, signal.SIGKILL)  # it has left the session, and LocalStack can no longer find it


def _status(functions: Functions, name: str) -> str:
    found = functions.client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    return str(found["Status"])
