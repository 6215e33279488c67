"""Log of one JSON object per line on standard error. No request ever waits for it."""

from __future__ import annotations

import json
import logging
import os
import threading
from contextlib import suppress
from logging.handlers import QueueHandler
from queue import Full, Queue
from time import gmtime, monotonic, strftime
from typing import TYPE_CHECKING, Final, TypeAlias

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable

LogQueue: TypeAlias = "Queue[logging.LogRecord | threading.Event]"
"""Records to write; an event in the queue is set when all records before it are written."""

STANDARD_ERROR: Final = 2
"""File descriptor (POSIX), as `sys.stderr` is None in a process that was started without it."""

MAXIMUM_QUEUED_RECORDS: Final = 10_000
"""Maximum number of records that wait to be written; further ones are dropped and counted."""

FLUSH_SECONDS: Final = 2.0
"""Maximum time that a process waits at its end for its last lines."""


class JsonLogFormatter(logging.Formatter):
    """Formatter of time, level, logger, message, and the record's `fields`."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        seconds = strftime("%Y-%m-%dT%H:%M:%S", gmtime(record.created))
        line = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class DroppingQueueHandler(QueueHandler):
    """Handler that passes records to the writing thread, and drops and counts those without room."""

    def __init__(self, lines: LogQueue) -> None:
        super().__init__(lines)
        self.lines = lines
        self.dropped = 0

    @override
    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record  # the writer is in the same process

    @override
    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            super().enqueue(record)
        except Full:
            self.count_dropped()

    def count_dropped(self) -> None:
        """Count a record that is not written."""
        self.dropped += 1


class LogWriter:
    """Thread that writes each record with one call, so that lines of several processes do not mix.

    A `logging.Handler` behind a `QueueListener` would not do: at its end a process waits for the lock of each
    handler, which the thread holds while it writes to a pipe without a reader. A handler without a lock works
    only before Python 3.13.
    """

    def __init__(self, lines: LogQueue, descriptor: int, on_failure: Callable[[], None]) -> None:
        """Create the thread.

        Args:
            lines: Records to write.
            descriptor: File to write to.
            on_failure: Called for each record that cannot be written.
        """
        self._lines = lines
        self._descriptor = descriptor
        self._on_failure = on_failure
        self._formatter = JsonLogFormatter()
        self._is_torn = False
        """True if only a part of the last line was written."""

    def start(self) -> None:
        """Start the thread. It is a daemon and never stopped, as a pipe without a reader can block it."""
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def _run(self) -> None:
        while True:
            item = self._lines.get()
            if isinstance(item, threading.Event):
                item.set()
            else:
                self._write(item)

    def _write(self, record: logging.LogRecord) -> None:
        line = f"{self._line(record)}\n".encode()
        if self._is_torn:
            line = b"\n" + line
        left = line
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            # The log has no reader any more, or its disk is full, which is no reason to stop serving.
            self._on_failure()
        self._is_torn = 0 < len(left) < len(line) or (self._is_torn and left == line)

    def _line(self, record: logging.LogRecord) -> str:
        try:
            return self._formatter.format(record)
        except Exception as error:  # noqa: BLE001 (a record that cannot be formatted must not end the log)
            return self._formatter.format(_unwritable(record, error))


def _unwritable(record: logging.LogRecord, error: Exception) -> logging.LogRecord:
    """Return a record that replaces one that cannot be formatted."""
    return logging.LogRecord(
        __name__,
        logging.ERROR,
        record.pathname,
        record.lineno,
        "cannot write a record of %s, logged at %s:%d: %s",
        (record.name, record.pathname, record.lineno, type(error).__name__),
        None,
    )


def configure_logging(descriptor: int | None = None) -> None:
    """Send all logs of this process to `descriptor`, or by default to standard error."""
    lines: LogQueue = Queue(MAXIMUM_QUEUED_RECORDS)
    handler = DroppingQueueHandler(lines)
    LogWriter(lines, STANDARD_ERROR if descriptor is None else descriptor, handler.count_dropped).start()
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)


def dropped_record_count() -> int:
    """Return the number of records that this process has dropped."""
    return sum(handler.dropped for handler in _handlers())


def flush() -> None:
    """Wait, up to `FLUSH_SECONDS`, until all lines are written: for a process that is about to end."""
    deadline = monotonic() + FLUSH_SECONDS
    for handler in _handlers():
        written = threading.Event()
        with suppress(Full):
            handler.lines.put(written, timeout=max(0.0, deadline - monotonic()))
            written.wait(max(0.0, deadline - monotonic()))


def _handlers() -> list[DroppingQueueHandler]:
    return [handler for handler in logging.getLogger().handlers if isinstance(handler, DroppingQueueHandler)]
