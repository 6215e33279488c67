"""Processes that accept connections of one socket: real processes, which leave or die."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

from service.server.acceptors import Acceptors

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

CONTEXT = multiprocessing.get_context("spawn")


def stay(acceptors: Acceptors, leave: Event, left: Event, end: Event) -> None:
    leave.wait()
    assert acceptors.leave()  # the test's process is still there
    left.set()
    end.wait()


def test_others_are_left_until_the_last_process_has_left_or_died():
    acceptors = Acceptors()
    leave, left, end = CONTEXT.Event(), CONTEXT.Event(), CONTEXT.Event()
    leaves = CONTEXT.Process(target=stay, args=(acceptors, leave, left, end))
    never = CONTEXT.Event()  # kept here: a collected one is gone before its process looks for it
    dies = CONTEXT.Process(target=stay, args=(acceptors, never, left, end))
    for process in (leaves, dies):
        process.start()
    leave.set()
    assert left.wait(timeout=30)
    assert acceptors.leave()  # one process still accepts
    dies.kill()
    dies.join(timeout=30)
    assert not acceptors.leave()
    end.set()
    leaves.join(timeout=30)
    assert leaves.exitcode == 0
