"""Signals that interrupt an event loop."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import FrameType

Result = TypeVar("Result")

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals of Ctrl-C, of a supervisor and of a terminal that is closed."""


def run_interruptible(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine; a signal whose handler raises an exception cancels it first.

    An exception that is raised in the middle of the event loop would end the task that runs just then, and be
    kept there, while the others wait for it for ever.
    """
    handlers = {each: handler for each in SIGNALS if callable(handler := signal.getsignal(each))}
    received: list[int] = []
    cancel: Callable[[], None] | None = None

    async def run() -> Result:
        nonlocal cancel
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def cancel_soon() -> None:
            if task is not None:
                loop.call_soon_threadsafe(task.cancel)

        cancel = cancel_soon
        if received:  # before the coroutine began
            cancel_soon()
        try:
            return await main
        finally:
            cancel = None

    def record(number: int, _frame: FrameType | None) -> None:
        if cancel is not None and not received:
            cancel()
        received.append(number)

    # Until the loop is closed: it runs its other tasks to their ends, too, after the coroutine.
    for each in handlers:
        signal.signal(each, record)
    try:
        return asyncio.run(run())
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
        # Also where the coroutine kept its cancellation to itself.
        for number in received[:1]:
            signal.raise_signal(number)
