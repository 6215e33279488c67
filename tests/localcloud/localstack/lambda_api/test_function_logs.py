"""Logs of functions in LocalStack."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from tests.localcloud.localstack.lambda_api.functions import SOON

if TYPE_CHECKING:
    from tests.localcloud.localstack.lambda_api.functions import Functions

MILLISECONDS = r"\d+\.\d\d ms"


def test_an_invocation_is_logged_between_start_and_report(functions: Functions) -> None:
    name = functions.make("reported")

    first = functions.call(name, {"do": "show", "text": "Grüße"})
    second = functions.call(name, {"do": "show", "text": "a line\n"})

    imported, start, shown, end, report = first.log
    assert imported == "imported"
    request = re.fullmatch(r"START RequestId: ([-0-9a-f]{36}) Version: \$LATEST", start)
    assert request is not None
    assert shown == "Grüßeaside"
    assert end == f"END RequestId: {request[1]}"
    fields = re.fullmatch(
        rf"REPORT RequestId: {request[1]}\tDuration: ({MILLISECONDS})\tBilled Duration: (\d+) ms\t"
        rf"Memory Size: 128 MB\tMax Memory Used: (\d+) MB\tInit Duration: ({MILLISECONDS})",
        report,
    )
    assert fields is not None
    duration, init = (float(each.removesuffix(" ms")) for each in (fields[1], fields[4]))
    assert duration + init <= int(fields[2]) < duration + init + 1.02
    assert 3 < int(fields[3]) < 100
    assert [line.split()[0] for line in second.log] == ["START", "a", "aside", "END", "REPORT"]
    assert "Init Duration" not in second.log[-1]


def test_the_whole_log_is_in_its_log_group(functions: Functions) -> None:
    name = functions.make("grouped", LoggingConfig={"LogFormat": "Text", "LogGroup": "/iris/function"})

    functions.call(name, {"do": "show", "text": "hello\n"})

    lines = _logged(functions, "/iris/function", "REPORT")
    assert [line.split()[0] for line in lines] == ["imported", "START", "hello", "aside", "END", "REPORT"]


def test_a_function_may_print_more_than_a_pipe_holds(functions: Functions, deeds: str) -> None:
    answer = functions.call(deeds, {"do": "show", "text": "0123456789\n", "times": 100_000})

    assert answer.error is None
    assert answer.log[-3] == "aside"
    assert answer.log[-4] == "0123456789"


def test_an_exception_is_one_line_of_the_log(functions: Functions, deeds: str) -> None:
    answer = functions.call(deeds, {"do": "fail", "message": "no\nsuch thing"})

    (line,) = [line for line in answer.log if line.startswith("[ERROR]")]
    assert line.startswith(
        "[ERROR] LookupError: no\rsuch thing\rTraceback (most recent call last):\r\xa0\xa0File"
    )


def test_records_of_pythons_logging_look_as_on_lambda(functions: Functions, deeds: str) -> None:
    answer = functions.call(deeds, {"do": "log"})

    start = next(line for line in answer.log if line.startswith("START"))
    warning, error, *_ = [line for line in answer.log if line.startswith("[")]
    level, moment, request, message = warning.split("\t")
    assert (level, message) == ("[WARNING]", "a rare rose")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)
    assert request in start
    assert error.startswith("[ERROR]")


def test_in_json_every_line_of_lambda_and_of_logging_is_an_object(functions: Functions) -> None:
    logging = {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "DEBUG"}
    name = functions.make("structured", LoggingConfig=logging)

    answer = functions.call(name, {"do": "log"})

    assert answer.log[0] == "imported"
    init, start, warning, info, error, report = (json.loads(line) for line in answer.log[1:])
    assert init["type"] == "platform.initReport"
    assert init["record"]["initializationType"] == "on-demand"
    assert start["type"] == "platform.start"
    request = start["record"]["requestId"]
    assert start["record"] == {"requestId": request, "version": "$LATEST"}
    assert start["time"] <= warning.pop("timestamp") <= info["timestamp"] <= report["time"]
    assert warning == {
        "level": "WARNING",
        "message": "a rare rose",
        "logger": "flowers",
        "requestId": request,
        "petals": 5,
    }
    assert info["message"] == "a daisy"
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'no such flower'")
    assert report["type"] == "platform.report"
    assert report["record"]["status"] == "success"
    assert report["record"]["metrics"].keys() == {
        "durationMs",
        "billedDurationMs",
        "memorySizeMB",
        "maxMemoryUsedMB",
        "initDurationMs",
    }


def test_in_json_only_the_configured_levels_are_logged(functions: Functions) -> None:
    logging = {"LogFormat": "JSON", "ApplicationLogLevel": "ERROR", "SystemLogLevel": "WARN"}
    name = functions.make("taciturn", LoggingConfig=logging)

    assert functions.call(name, {"do": "answer text", "text": ""}).log == ["imported"]
    (error,) = functions.call(name, {"do": "log"}).log
    assert json.loads(error)["level"] == "ERROR"
    failure, report = (json.loads(line) for line in functions.call(name, {"do": "fail", "message": "no"}).log)
    assert failure["errorMessage"] == "no"
    assert failure["errorType"] == report["record"]["errorType"] == "LookupError"


def _logged(functions: Functions, group: str, last: str) -> list[str]:
    """Wait for the log of an invocation: LocalStack writes it in the background."""
    logs: Any = functions.localstack.client("logs")
    deadline = time.monotonic() + SOON
    lines: list[str] = []
    while not (lines and lines[-1].startswith(last)):
        assert time.monotonic() < deadline, lines
        time.sleep(0.05)
        groups = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        if groups:
            lines = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    return lines
