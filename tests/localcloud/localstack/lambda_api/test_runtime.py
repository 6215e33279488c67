"""Lambda's runtime for Python: events, results, the context and the format of log records."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any

import pytest

from scalable_models_localstack.functions.runtime import bootstrap, function_logging

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD: dict[str, Any] = {"requestId": "r-1", "functionArn": "arn:function", "deadline": 0}


def test_the_remaining_time_ends_at_0():
    in_a_minute = bootstrap.Context({**HEAD, "deadline": int(time.time() * 1_000) + 60_000})
    assert 0 < in_a_minute.get_remaining_time_in_millis() <= 60_000
    assert bootstrap.Context(HEAD).get_remaining_time_in_millis() == 0


# aws-lambda-python-runtime-interface-client, `to_json`: text is not escaped to ASCII, bytes are as they are.
@pytest.mark.parametrize(
    ("result", "body"),
    [({"specie": "Größe"}, '{"specie": "Größe"}'.encode()), (None, b"null"), (b"\xff raw", b"\xff raw")],
)
def test_a_result_is_json_and_bytes_stay_as_they_are(result: object, body: bytes):
    assert bootstrap.serialize(result) == body


@pytest.mark.parametrize(
    ("event", "kind"), [(b"{", "Runtime.UnmarshalError"), (b"\xff", "Runtime.UnmarshalError")]
)
def test_an_event_that_is_no_json_is_an_error_of_the_runtime(event: bytes, kind: str):
    with pytest.raises(bootstrap.FunctionError, match="Unable to unmarshal input: ") as caught:
        bootstrap.parse_event(event)
    assert caught.value.kind == kind


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """Return the root logger, whose handlers and level come back in the end."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


# "Log levels": TRACE is logged as DEBUG and FATAL as CRITICAL, which Python has instead.
@pytest.mark.parametrize(
    ("given", "level"),
    [
        ("TRACE", logging.DEBUG),
        ("DEBUG", logging.DEBUG),
        ("INFO", logging.INFO),
        ("WARN", logging.WARNING),
        ("ERROR", logging.ERROR),
        ("FATAL", logging.CRITICAL),
    ],
)
def test_each_level_of_lambda_is_one_of_pythons(
    root_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, given: str, level: int
):
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", given)
    function_logging.configure_logging(lambda: "r-1")
    assert root_logger.level == level


def test_without_a_level_pythons_own_holds(root_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_LAMBDA_LOG_LEVEL", raising=False)
    root_logger.setLevel(logging.ERROR)
    function_logging.configure_logging(lambda: "r-1")
    assert root_logger.level == logging.ERROR


def record(**extra: object) -> logging.LogRecord:
    with pytest.raises(KeyError) as caught:
        dict[str, int]().pop("rose")
    error = caught.type, caught.value, caught.tb
    made = logging.getLogger("flowers").makeRecord(
        "flowers", logging.WARNING, "app.py", 7, "no %s", ("rose",), error, "handler", extra
    )
    made.created, made.msecs = 1_772_366_400.007, 7.9
    assert function_logging.RequestIdFilter(lambda: "r-1").filter(made)
    return made


def test_a_record_in_json_has_its_extras_and_its_error():
    found = json.loads(function_logging.LambdaJsonFormatter().format(record(petals=5)))
    trace = found.pop("stackTrace")
    assert found == {
        "timestamp": "2026-03-01T12:00:00.007Z",
        "level": "WARNING",
        "message": "no rose",
        "logger": "flowers",
        "requestId": "r-1",
        "errorType": "KeyError",
        "errorMessage": "'rose'",
        "location": "app.py:handler:7",
        "petals": 5,
    }
    assert trace[0] == "Traceback (most recent call last):"


def test_a_record_as_text_has_tabs_between_level_time_request_and_message():
    lines = function_logging.LambdaTextFormatter().format(record()).splitlines()
    assert lines[0] == "[WARNING]\t2026-03-01T12:00:00.007Z\tr-1\tno rose"
