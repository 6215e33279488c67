"""Progress on standard error: a bar in a terminal, which disappears at its end, and plain lines elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from typing_extensions import override

from scripts.console.terminal import progress_terminal

if TYPE_CHECKING:
    from rich.progress import ProgressColumn, TaskID

LINE_SECONDS: Final = 10.0
"""Seconds between two lines where there is no terminal."""

FIRST_LINE_SECONDS: Final = 2.0
"""Seconds until the first line: what ends before needs none."""


class ReportedProgress(Progress):
    """Rich's progress display, which prints a line now and then where there is no terminal."""

    def __init__(self, *columns: ProgressColumn) -> None:
        """Create the display with the columns that it has in a terminal."""
        terminal = progress_terminal()
        super().__init__(*columns, console=terminal, transient=True, disable=not terminal.is_terminal)
        self._started = time.monotonic()
        self._next_line = self._started + FIRST_LINE_SECONDS

    @override
    def update(self, task_id: TaskID, **changes: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] (the same keywords)
        super().update(task_id, **changes)
        self._report(task_id)

    @override
    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        super().advance(task_id, advance)
        self._report(task_id)

    def _report(self, task_id: TaskID) -> None:
        now = time.monotonic()
        if not self.disable or now < self._next_line:
            return
        self._next_line = now + LINE_SECONDS
        task = next(it for it in self.tasks if it.id == task_id)
        done = f": {task.percentage:.0f} %" if task.total else ""
        line = f"{task.description}{done}, {now - self._started:.0f} s"
        self.console.print(line, soft_wrap=True)


def stage_progress() -> ReportedProgress:
    """Return a progress display for stages one after the other."""
    return ReportedProgress(SpinnerColumn(), _description(), BarColumn(), TimeElapsedColumn())


def count_progress() -> ReportedProgress:
    """Return a progress display of a known number of items, with the remaining time."""
    return ReportedProgress(_description(), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def _description() -> TextColumn:
    return TextColumn("{task.description}", markup=False)
