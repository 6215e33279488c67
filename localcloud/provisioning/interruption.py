"""Signals that interrupt an event loop."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

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

    async def run() -> Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def interrupt(number: int) -> None:
            if task is not None and not received:
                task.cancel()
            received.append(number)

        for each in handlers:
            loop.add_signal_handler(each, interrupt, each)
        try:
            return await main
        finally:
            for each, handler in handlers.items():
                loop.remove_signal_handler(each)
                signal.signal(each, handler)

    try:
        return asyncio.run(run())
    finally:
        # Also where the coroutine kept its cancellation to itself.
        for number in received[:1]:
            signal.raise_signal(number)
