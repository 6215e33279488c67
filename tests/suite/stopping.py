"""An orderly end for a run that is told to stop: fixtures stop the servers and clouds that they started.

With pytest-xdist, it is the processes of the tests that have started them. Left to itself, it kills those ten
seconds after it has told them to end, and a local cloud takes longer to stop on a busy machine.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

    from xdist.workermanage import WorkerController  # pyright: ignore[reportMissingTypeStubs]

END_SECONDS: Final = 90.0
"""Maximum seconds until all processes of the tests have stopped what they started."""

_received: Final[list[int]] = []
"""Signals that have told this process to end."""


def pytest_configure(config: pytest.Config) -> None:
    # As Ctrl-C does. By default, SIGTERM would end this process at once and leave all that it started behind.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        config.pluginmanager.register(_Workers())
        return
    signal.signal(signal.SIGTERM, _stop_once)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop_once)


def _stop_once(received: int, _frame: FrameType | None) -> None:
    """Interrupt the run, and not its fixtures, which would leave behind what they were about to stop."""
    _received.append(received)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    raise KeyboardInterrupt


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Interrupt the run after a test that has caught the interruption, as a finalizer in it does."""
    result = yield
    if _received:
        raise KeyboardInterrupt
    return result


class _Workers:
    """Processes of the tests, of which there are none without pytest-xdist."""

    def __init__(self) -> None:
        self._nodes: list[WorkerController] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        self._nodes.append(node)

    def pytest_keyboard_interrupt(self) -> None:
        """Wait until they have stopped what they started; another Ctrl-C ends that."""
        if not self._nodes:
            return
        for process in psutil.Process().children():
            process.terminate()
        deadline = time.monotonic() + END_SECONDS
        for node in self._nodes:
            # An error of theirs has been reported; a channel that stays open is closed afterwards.
            with suppress(Exception):
                node.channel.waitclose(max(0.1, deadline - time.monotonic()))
