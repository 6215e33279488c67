"""Controller and supervisor of a cloud whose LocalStack does not answer: each replaces the other."""

from __future__ import annotations

import signal
import zipfile
from typing import TYPE_CHECKING

import pytest

from localcloud import processes
from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.controller.start import start_controller
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.state_dir import StateDir
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psutil


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[StateDir]:
    state_dir = StateDir(tmp_path)
    write_credentials(state_dir.key_file, generate_credentials())
    yield state_dir
    while found := processes.find(tmp_path):
        processes.stop([each.process for each in found])


def controllers(state_dir: StateDir) -> list[psutil.Process]:
    return [each.process for each in processes.find(state_dir.home) if each.role == "controller"]


def identity_of(state_dir: StateDir) -> Identity:
    key_file = str(state_dir.key_file)
    return Identity("dev", "eu-west-1", "http://127.0.0.1:1", "http://127.0.0.1:2", key_file)


def test_a_controller_unpacks_the_archive_and_begins_when_its_stack_is_deployed(state_dir: StateDir):
    state_dir.archives.mkdir()
    with zipfile.ZipFile(state_dir.archives / "iris-local-0123456789ab.zip", "w") as archive:
        archive.writestr("service/main.py", "")
    start_controller(state_dir, identity_of(state_dir))
    log = state_dir.logs / "controller.log"
    until(lambda: list(state_dir.archives.glob("*.ahead/service/main.py")), 60)
    beat = state_dir.heartbeat.stat().st_mtime_ns
    until(lambda: state_dir.heartbeat.stat().st_mtime_ns != beat, 60)
    assert log.read_text() == ""
    state_dir.deployed.touch()
    until(lambda: "Could not connect" in log.read_text(), 60)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (signal.SIGKILL, "has lost its supervisor"),
        # It would not start the next controller that is lost.
        (signal.SIGSTOP, "has a supervisor that was stopped"),
    ],
)
def test_a_supervisor_that_fails_is_started_again_with_its_controller(
    state_dir: StateDir, number: signal.Signals, fault: str
):
    state_dir.deployed.touch()
    supervisor = start_controller(state_dir, identity_of(state_dir))
    until(lambda: len(controllers(state_dir)) == 2)
    # It has begun to turn once it has failed to read the stack.
    until(lambda: "Could not connect" in (state_dir.logs / "controller.log").read_text(), 60)
    before = set(controllers(state_dir))
    supervisor.send_signal(number)
    until(lambda: len(controllers(state_dir)) == 2 and not before & set(controllers(state_dir)), 60)
    (event,) = EventLog(state_dir.events).last(10)
    assert event.what == f"the controller {fault}; both are started again"
