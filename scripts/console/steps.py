"""Current step of a long command on standard error: a spinner in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, Final, Self

from scripts.console.terminal import Terminal, progress_terminal

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType

QUIET_SECONDS: Final = 2.0
"""Seconds after which a command says what it waits for."""

REPEAT_SECONDS: Final = 30.0
"""Seconds between two plain lines of the same step, which show that the command is alive."""


@contextmanager
def waiting(text: str) -> Generator[None]:
    """Show the only step of a command while the block runs; in a log, only if it takes a while."""
    display = StepDisplay(text)
    timer = Timer(QUIET_SECONDS, display.update, (text,))
    timer.daemon = True
    if not display.is_live:  # its seconds would stand still
        timer.start()
    try:
        with display:
            yield
    finally:
        timer.cancel()


class StepDisplay:
    """Display of the current step with its seconds; in a log, a line for each new step and every 30 s."""

    def __init__(self, first: str, *, console: Terminal | None = None) -> None:
        self._console = console or progress_terminal()
        self._status = self._console.status(first) if self._console.is_terminal else None
        self._started = time.monotonic()
        self._shown = ""
        self._shown_at = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def is_live(self) -> bool:
        """True in a terminal."""
        return self._status is not None

    def start(self) -> None:
        """Show the spinner."""
        if self._status:
            self._status.start()

    def stop(self) -> None:
        """Hide the spinner, for a question or a table."""
        if self._status:
            self._status.stop()

    def update(self, text: str) -> None:
        """Show a step, with its progress after a colon."""
        now = time.monotonic()
        seconds = now - self._started
        if self._status:
            # The text may hold brackets, which would be markup.
            self._status.update(f"{text} ({seconds:.0f} s)".replace("[", r"\["))
        elif (step := text.partition(":")[0]) != self._shown or now - self._shown_at >= REPEAT_SECONDS:
            self._shown, self._shown_at = step, now
            self._console.print(f"{text}, {seconds:.0f} s", soft_wrap=True)

    def print(self, line: str) -> None:
        """Print a line above the spinner, unless it is empty; it is no progress, and never left out."""
        if line.strip():
            quiet, self._console.quiet = self._console.quiet, False
            self._console.print(line, soft_wrap=True)
            self._console.quiet = quiet
