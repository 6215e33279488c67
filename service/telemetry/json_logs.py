"""Writes the log as one JSON object a line on standard error, without ever making a request wait for it."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from contextlib import suppress
from logging.handlers import QueueHandler
from queue import Full, Queue
from time import gmtime, monotonic, strftime
from typing import Final, TypeAlias

from typing_extensions import override

LogQueue: TypeAlias = "Queue[logging.LogRecord | threading.Event]"
"""Records that wait to be written; an event is set when all that came before it are."""

MAXIMUM_QUEUED_RECORDS: Final = 10_000
"""So many lines may wait to be written; more are dropped, and counted."""

FLUSH_SECONDS: Final = 2.0
"""A process that ends gives its last lines no longer than this."""


class JsonLogFormatter(logging.Formatter):
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


class DroppingQueueHandler(QueueHandler):
    """Passes records on to the thread that writes them; what finds no room is dropped and counted."""

    def __init__(self, lines: LogQueue) -> None:
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


class LogWriter:
    """Thread that writes each record in one go, so that lines of several processes do not mix.

    It is a thread of our own, not a `logging.Handler` behind a `QueueListener`: at its end a process waits
    for the lock of each handler, which the thread would hold while stuck in a pipe that nobody reads. To
    give a handler no lock works only before Python 3.13.
    """

    def __init__(self, lines: LogQueue, descriptor: int) -> None:
        self._lines = lines
        self._descriptor = descriptor
        self._formatter = JsonLogFormatter()

    def start(self) -> None:
        """Start the thread: a daemon that is never stopped, as a pipe that nobody reads could hold it up."""
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def _run(self) -> None:
        while True:
            item = self._lines.get()
            if isinstance(item, threading.Event):
                item.set()
            else:
                self._write(item)

    def _write(self, record: logging.LogRecord) -> None:
        try:
            left = f"{self._line(record)}\n".encode()
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            pass  # nobody reads the log any more; that is no reason to stop serving

    def _line(self, record: logging.LogRecord) -> str:
        try:
            return self._formatter.format(record)
        except Exception as error:  # noqa: BLE001 (one record that cannot be written must not end the log)
            return self._formatter.format(_unwritable(record, error))


def _unwritable(record: logging.LogRecord, error: Exception) -> logging.LogRecord:
    """Return what is logged in place of a record that cannot be formatted."""
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
    """Send all logs of this process to `descriptor`, else to standard error."""
    lines: LogQueue = Queue(MAXIMUM_QUEUED_RECORDS)
    LogWriter(lines, sys.stderr.fileno() if descriptor is None else descriptor).start()
    root = logging.getLogger()
    root.handlers[:] = [DroppingQueueHandler(lines)]
    root.setLevel(logging.INFO)


def dropped_record_count() -> int:
    """Count the lines that this process could not write in time."""
    return sum(handler.dropped for handler in _handlers())


def flush() -> None:
    """Wait until all lines are written, but not for long: for a process that is about to end."""
    deadline = monotonic() + FLUSH_SECONDS
    for handler in _handlers():
        written = threading.Event()
        with suppress(Full):
            handler.lines.put(written, timeout=max(0.0, deadline - monotonic()))
            written.wait(max(0.0, deadline - monotonic()))


def _handlers() -> list[DroppingQueueHandler]:
    return [handler for handler in logging.getLogger().handlers if isinstance(handler, DroppingQueueHandler)]
