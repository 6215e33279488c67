"""Signals of the processes that tests start, and of the tests themselves."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

import pytest

from localcloud.provisioning.interruption import SIGNALS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

INHERITED: Final = (signal.SIGINT, signal.SIGHUP)
"""Signals that a shell ignores in a background process, and `nohup`, and so all processes below them."""


def pytest_configure() -> None:
    """Start processes with the default actions of Ctrl-C and of a closed terminal, even if ignored here.

    What a command does then is tested, wherever the tests themselves run. A signal that is handled has its
    default action in a new program; one that is ignored stays so.
    """
    for number in INHERITED:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _go_on)


def _go_on(_number: int, _frame: FrameType | None) -> None:
    """Handle a signal as if it were ignored."""


@pytest.fixture
def signal_handlers() -> Iterator[None]:
    """Handle signals as a command does at its start, and afterwards as before.

    The handlers of the tests' own process interrupt the whole run, and do so once.
    """
    before = {each: signal.getsignal(each) for each in SIGNALS}
    for each in SIGNALS:
        signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL)
    yield
    for each, handler in before.items():
        signal.signal(each, handler)
