"""Background thread of a client."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from client import upkeep as upkeeps
from client.upkeep import PAUSE_SECONDS, Upkeep
from tests.suite.waiting import until, within

if TYPE_CHECKING:
    import pytest


def test_it_works_when_it_is_woken_but_not_at_every_failed_request():
    works: list[float] = []
    upkeep = Upkeep(lambda: works.append(time.monotonic()), interval=60)
    upkeep.start()
    started = time.monotonic()
    while len(works) < 2:
        upkeep.wake()
        assert time.monotonic() - started < 30
        time.sleep(0.005)
    upkeep.close()
    assert works[1] - works[0] >= PAUSE_SECONDS


def test_it_ends_when_it_is_closed():
    others = set(threading.enumerate())
    upkeep = Upkeep(lambda: None, interval=60)
    upkeep.start()
    upkeep.start()
    (thread,) = set(threading.enumerate()) - others
    upkeep.close()
    until(lambda: not thread.is_alive())
    assert thread.daemon  # or else a program that forgets to close its client never ends


def test_one_that_was_closed_before_does_not_start():
    others = set(threading.enumerate())
    upkeep = Upkeep(lambda: None, interval=60)
    upkeep.close()
    upkeep.start()
    assert set(threading.enumerate()) <= others


def test_it_works_once_for_each_time_that_it_is_woken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upkeeps, "PAUSE_SECONDS", 0.0)
    works: list[float] = []
    upkeep = Upkeep(lambda: works.append(time.monotonic()), interval=60)
    upkeep.start()
    for times in (1, 2):
        upkeep.wake()
        until(lambda times=times: len(works) >= times)
        assert not within(0.05, lambda times=times: len(works) > times)
    upkeep.close()
