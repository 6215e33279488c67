"""Format of Python's log records in a function's log.

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
"""Attributes of every record. Other attributes come from `extra` and are logged under their names."""


def configure_logging(request_id: Callable[[], str]) -> None:
    """Configure the root logger with the function's log format and level."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RequestIdFilter(request_id))
    format_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
    handler.setFormatter(LambdaJsonFormatter() if format_json else LambdaTextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        root.setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level, level))


class RequestIdFilter(logging.Filter):
    """Filter that adds the request id to each record."""

    def __init__(self, request_id: Callable[[], str]) -> None:
        super().__init__()
        self._request_id = request_id

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the request id; accept every record."""
        record.aws_request_id = self._request_id()
        return True


class LambdaTextFormatter(logging.Formatter):
    """Formatter with level, time, request id and message, separated by tabs."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )


class LambdaJsonFormatter(logging.Formatter):
    """Formatter with one JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Format the record with its `extra` attributes."""
        fields: dict[str, Any] = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": vars(record)["aws_request_id"],
        }
        if record.exc_info and record.exc_info[0] is not None:
            fields["errorType"] = record.exc_info[0].__name__
            fields["errorMessage"] = str(record.exc_info[1])
            fields["stackTrace"] = self.formatException(record.exc_info).splitlines()
            fields["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        extra = {name: value for name, value in vars(record).items() if name not in STANDARD | fields.keys()}
        return json.dumps(fields | extra, ensure_ascii=False, default=str)
