"""Changes of the resources in a LocalStack, which our plugins mark in a file of its folder.

A turn of the controller in which nothing has changed thereby needs no request. A LocalStack without the
plugins has no such file: its resources are read each time.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable
    from pathlib import Path

FILE: Final = "changes"
"""Name of the file, as the plugin `change_marks` has it. It grows by a byte with each change."""

MAXIMUM_AGE: Final = 60.0
"""Seconds after which all is read again, even if nothing has changed: a safety net."""

Version = tuple[int, int]

Answer = TypeVar("Answer")


class ChangeCursor:
    """Last change that one reader of the AWS API has seen."""

    def __init__(self, control_plane: Path, *, interval: float = 0.0, read_at: float = float("-inf")) -> None:
        """Begin before all changes.

        Args:
            control_plane: folder of LocalStack.
            interval: minimum seconds between two readings.
            read_at: time of the last reading on the monotonic clock, if there was one.
        """
        self._file = control_plane / FILE
        self._interval = interval
        self._read_at = read_at
        self._read: Version | None = None
        self._found: Version | None = None

    def is_due(self) -> bool:
        """Return whether something may have changed since the last reading, and its interval is over."""
        age = time.monotonic() - self._read_at
        if age < self._interval:
            return False
        self._found = self._version()
        return self._found is None or self._found != self._read or age >= MAXIMUM_AGE

    @contextmanager
    def reading(self) -> Generator[None]:
        """Read what has changed until `is_due` was called; if that fails, it is due after the interval."""
        self._read, self._read_at = None, time.monotonic()
        yield
        self._read = self._found

    def _version(self) -> Version | None:
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size


class UntilChanged(Generic[Answer]):
    """Function that reads from the AWS API, and is called again only when something may have changed.

    May be called from any thread.
    """

    def __init__(self, control_plane: Path, read: Callable[..., Answer]) -> None:
        """Remember the answers of `read` by its arguments; `control_plane` is the folder of LocalStack."""
        self._cursor = ChangeCursor(control_plane)
        self._read = read
        self._answers: dict[tuple[Hashable, ...], Answer] = {}
        self._lock = Lock()

    def __call__(self, *arguments: Hashable) -> Answer:
        """Return the answer for these arguments."""
        with self._lock:
            if self._cursor.is_due():
                self._answers.clear()
                with self._cursor.reading():
                    self._answers[arguments] = self._read(*arguments)
            elif arguments not in self._answers:
                self._answers[arguments] = self._read(*arguments)
            return self._answers[arguments]
