"""How the records of Python's logging look in a function's log.

Sources: "Log and monitor Python Lambda functions" and "Log formats" in Lambda's developer guide.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time

TYPE_CHECKING = False  # typing would make each cold start longer
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"aws_request_id", "message", "asctime"}
"""Attributes that every record has. Others were given by whoever logged it, and are told by their names."""


def set_up(request_id: Callable[[], str]) -> None:
    """Let the root logger write to the log, as it is configured for the function."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RequestId(request_id))
    as_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        root.setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level, level))


class RequestId(logging.Filter):
    """Tells each record which request it belongs to."""

    def __init__(self, request_id: Callable[[], str]) -> None:
        super().__init__()
        self._request_id = request_id

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        record.aws_request_id = self._request_id()
        return True


class TextFormatter(logging.Formatter):
    """Level, time, request, message: tabs in between."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )


class JsonFormatter(logging.Formatter):
    """An object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Render the record, and what was given as `extra` beside it."""
        told: dict[str, Any] = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": vars(record)["aws_request_id"],
        }
        if record.exc_info and record.exc_info[0] is not None:
            told["errorType"] = record.exc_info[0].__name__
            told["errorMessage"] = str(record.exc_info[1])
            told["stackTrace"] = self.formatException(record.exc_info).splitlines()
            told["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        extra = {name: value for name, value in vars(record).items() if name not in STANDARD | told.keys()}
        return json.dumps(told | extra, ensure_ascii=False, default=str)
