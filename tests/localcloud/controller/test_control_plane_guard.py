"""Guard of LocalStack's process, with other programs as LocalStack and as its recovery."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from localcloud import processes
from localcloud.controller import control_plane_guard
from localcloud.controller.control_plane_guard import ControlPlaneGuard
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.state_dir import StateDir, try_lock
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psutil

IDENTITY = Identity("dev", "eu-west-1", "http://127.0.0.1:1", "http://127.0.0.1:2", "key")
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[StateDir]:
    """Folder of a cloud with a LocalStack of its own."""
    state_dir = StateDir(tmp_path)
    state_dir.stack_record.write_text("{}")
    yield state_dir
    processes.stop([found.process for found in processes.find(tmp_path)], grace=0)


def start_localstack(state_dir: StateDir) -> psutil.Process:
    return processes.start(
        SLEEP,
        home=state_dir.home,
        role="control-plane",
        log=state_dir.logs / "localstack.log",
        environment={},
    )


def guard(state_dir: StateDir, *command: str) -> ControlPlaneGuard:
    return ControlPlaneGuard(state_dir, IDENTITY, EventLog(state_dir.events), command)


def events(state_dir: StateDir) -> list[str]:
    return [event.what for event in EventLog(state_dir.events).last(10)]


def test_a_localstack_that_is_not_the_clouds_own_is_not_guarded(tmp_path: Path):
    assert guard(StateDir(tmp_path)).is_available()


def test_one_that_runs_is_available(state_dir: StateDir):
    start_localstack(state_dir)
    assert guard(state_dir).is_available()
    assert events(state_dir) == []


@pytest.mark.parametrize(("fault", "story"), [("kill", "lost its process"), ("suspend", "was stopped")])
def test_one_that_fails_is_unavailable_until_its_recovery_has_succeeded(
    state_dir: StateDir, fault: str, story: str
):
    first = start_localstack(state_dir)
    go = state_dir.home / "go"
    program = (
        "import pathlib, sys, time\n"
        "while not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)\n"
        "pathlib.Path(sys.argv[2]).unlink()"
    )
    guarded = guard(state_dir, sys.executable, "-c", program, str(go), str(state_dir.recovering))
    assert guarded.is_available()
    getattr(first, fault)()
    until(lambda: not guarded.is_available())
    assert not guarded.is_available()
    assert events(state_dir) == [f"LocalStack {story}; another one is started, and adopts what runs"]
    assert {each.role for each in processes.find(state_dir.home)} - {"control-plane"} == {"recovery"}
    first.kill()
    start_localstack(state_dir)
    assert not guarded.is_available()
    go.touch()
    until(guarded.is_available)
    assert len(events(state_dir)) == 1


def test_a_recovery_that_fails_is_tried_again(state_dir: StateDir, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(control_plane_guard, "RETRY_DELAY", 0.1)
    tries = state_dir.home / "tries"
    program = "import sys; open(sys.argv[1], 'a').write('.'); sys.exit(1)"
    guarded = guard(state_dir, sys.executable, "-c", program, str(tries))

    def is_tried_again() -> bool:
        assert not guarded.is_available()
        return tries.exists() and len(tries.read_text()) > 1

    until(is_tried_again)


def test_it_is_not_tried_again_at_once(state_dir: StateDir, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(control_plane_guard, "RETRY_DELAY", 600.0)  # for any machine
    guarded = guard(state_dir, sys.executable, "-c", "raise SystemExit(1)")
    for _ in range(20):
        assert not guarded.is_available()
        time.sleep(0.05)
    assert len(events(state_dir)) == 1


def test_the_latest_localstack_is_guarded_though_an_earlier_one_still_hangs(state_dir: StateDir):
    earlier = start_localstack(state_dir)
    earlier.suspend()
    until(lambda: processes.is_stopped(earlier))
    until(lambda: time.time() > earlier.create_time() + 0.02)  # the resolution of that time is 10 ms
    start_localstack(state_dir)
    assert guard(state_dir).is_available()
    assert events(state_dir) == []


def test_a_new_controller_waits_for_the_recovery_of_an_earlier_one(state_dir: StateDir):
    start_localstack(state_dir)
    state_dir.recovering.touch()
    with try_lock(state_dir.recovery_lock):
        assert not guard(state_dir, "false").is_available()
        assert events(state_dir) == []
    # Nothing completes the LocalStack that an interrupted recovery has left.
    assert not guard(state_dir, "false").is_available()
    assert events(state_dir) == ["LocalStack is incomplete; another one is started, and adopts what runs"]
