"""Writes the log as one JSON object a line on standard error, without ever making a request wait for it."""

from __future__ import annotations

import json
import logging
import os
import sys
from logging.handlers import QueueHandler, QueueListener
from queue import Full, Queue
from time import gmtime, monotonic, sleep, strftime
from typing import Final

from typing_extensions import override

WAITING_LINES: Final = 10_000
"""So many lines may wait to be written; more are dropped, and counted."""

FLUSH_SECONDS: Final = 2.0
"""A process that ends gives its last lines no longer than this."""


class JsonFormatter(logging.Formatter):
    """Time, level, logger and message, and whatever the record has in `fields`."""

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


class DroppingHandler(QueueHandler):
    """Passes records on to the thread that writes them; what finds no room is dropped and counted."""

    def __init__(self, lines: Queue[logging.LogRecord | None]) -> None:
        super().__init__(lines)
        self.lines = lines
        self.dropped = 0

    @override
    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record  # it stays in this process, where the writer can read it as it is

    @override
    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            super().enqueue(record)
        except Full:
            self.dropped += 1


class LineHandler(logging.Handler):
    """Writes each record in one go, so that lines of several processes do not mix."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.setFormatter(JsonFormatter())

    @override
    def createLock(self) -> None:
        # One thread alone writes. Were it stuck, the end of the process would wait for its lock.
        self.lock = None

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            left = f"{self.format(record)}\n".encode()
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            pass  # nobody reads the log any more; that is no reason to stop serving


def start_logging(descriptor: int | None = None) -> None:
    """Send all logs of this process to `descriptor`, else to standard error."""
    lines: Queue[logging.LogRecord | None] = Queue(WAITING_LINES)
    # Its thread is a daemon and is never stopped: it could be stuck in a pipe that nobody reads.
    QueueListener(lines, LineHandler(sys.stderr.fileno() if descriptor is None else descriptor)).start()
    root = logging.getLogger()
    root.handlers[:] = [DroppingHandler(lines)]
    root.setLevel(logging.INFO)


def dropped_lines() -> int:
    """Count the lines that this process could not write in time."""
    return sum(handler.dropped for handler in _handlers())


def flush() -> None:
    """Wait until all lines are written, but not for long: for a process that is about to end."""
    deadline = monotonic() + FLUSH_SECONDS
    for handler in _handlers():
        while handler.lines.unfinished_tasks and monotonic() < deadline:
            sleep(0.01)


def _handlers() -> list[DroppingHandler]:
    return [handler for handler in logging.getLogger().handlers if isinstance(handler, DroppingHandler)]
