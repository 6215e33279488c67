"""Termination by a signal as an exception, so that context managers clean up."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from localcloud.provisioning.interruption import SIGNALS

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType


@contextmanager
def exit_on_signal() -> Generator[None]:
    """Raise KeyboardInterrupt at SIGINT, and SystemExit at SIGTERM or SIGHUP, within the block.

    Only the first signal counts, so that a second one interrupts neither the clean-up nor the way out, and
    the exit status is that of the first: `make` passes SIGTERM on to a command that may have received it
    already. Signals that are ignored, as under `nohup`, stay ignored. It is for the main thread, which
    receives all signals.
    """
    previous = {each: signal.getsignal(each) for each in SIGNALS}
    handled = [each for each, handler in previous.items() if handler is not signal.SIG_IGN]

    interrupted = False

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        nonlocal interrupted
        interrupted = True
        for each in handled:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        # The status that a shell reports for the signal.
        raise SystemExit(128 + number)

    for each in handled:
        signal.signal(each, interrupt)
    try:
        yield
    finally:
        if not interrupted:
            for each in handled:
                signal.signal(each, previous[each])


@contextmanager
def delayed_signals() -> Generator[None]:
    """Delay the effect of the signals that raise an exception to the end of the block.

    Outside of the main thread, which receives all signals, there is nothing to delay.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []
    previous = {each: handler for each in SIGNALS if callable(handler := signal.getsignal(each))}
    for each in previous:
        signal.signal(each, lambda number, _frame: received.append(number))
    try:
        yield
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)
        for number in received[:1]:
            signal.raise_signal(number)
