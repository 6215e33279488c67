"""Current step of a long command on standard error: a spinner in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console

if TYPE_CHECKING:
    from types import TracebackType

REPEAT_SECONDS: Final = 30.0
"""Seconds between two plain lines of the same step, which show that the command is alive."""


class StepDisplay:
    """Display of the current step with its seconds; in a log, a line for each new step and every 30 s."""

    def __init__(self, first: str, *, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
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

    def start(self) -> None:
        """Show the spinner."""
        if self._status:
            self._status.start()

    def stop(self) -> None:
        """Hide the spinner, for a question or a table."""
        if self._status:
            self._status.stop()

    def update(self, text: str) -> None:
        """Show a step, or its progress."""
        now = time.monotonic()
        seconds = now - self._started
        if self._status:
            # The text may hold brackets, which would be markup.
            self._status.update(f"{text} ({seconds:.0f} s)".replace("[", r"\["))
        elif text != self._shown or now - self._shown_at >= REPEAT_SECONDS:
            self._shown, self._shown_at = text, now
            self._console.print(f"{text}, {seconds:.0f} s", markup=False, soft_wrap=True)

    def print(self, line: str) -> None:
        """Print a line above the spinner, unless it is empty."""
        if line.strip():
            self._console.print(line, markup=False, soft_wrap=True)
