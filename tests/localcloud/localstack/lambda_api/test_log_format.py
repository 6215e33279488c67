"""Lambda's own log lines, as its developer guide shows them ("Log formats", "Lambda Telemetry API")."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scalable_models_localstack.functions.invocation_result import (
    MAXIMUM_RESPONSE_SIZE,
    InvocationOutcome,
    exit_outcome,
    reported_error_outcome,
    response_outcome,
    timeout_outcome,
)
from scalable_models_localstack.functions.log_format import Init, Invocation, format_json, format_text

REQUEST = "79b4f56e-95b1-4643-9700-2807f4e68189"
MIB = 2**20
AT = datetime(2026, 3, 1, 12, 0, 0, 7_000, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 12, 0, 0, 950_999, tzinfo=UTC)

WARM = Invocation(
    request_id=REQUEST,
    version="$LATEST",
    started=AT,
    ended=LATER,
    seconds=0.01234,
    memory_size=128,
    memory_used=50 * MIB + 1,
    printed="hello",
    outcome=InvocationOutcome(b"1"),
)
COLD = replace(WARM, billed_init=0.2)
"""The first invocation, with which its initialization is billed (since August 2025)."""

INIT = Init(kind="on-demand", started=AT, seconds=0.2, printed="imported\n")
EXITED = exit_outcome(REQUEST, 22)
TIMED_OUT = timeout_outcome(REQUEST, 3, "2026-03-01T12:00:03.000Z")


def report(invocation: Invocation) -> list[str]:
    return format_text([], invocation).splitlines()[-1].split("\t")


def test_an_invocation_is_logged_between_start_and_report():
    *lines, last = format_text([INIT], COLD).splitlines()
    assert lines == [
        "imported",
        f"START RequestId: {REQUEST} Version: $LATEST",
        "hello",
        f"END RequestId: {REQUEST}",
    ]
    assert last.split("\t") == [
        f"REPORT RequestId: {REQUEST}",
        "Duration: 12.34 ms",
        "Billed Duration: 213 ms",
        "Memory Size: 128 MB",
        "Max Memory Used: 51 MB",
        "Init Duration: 200.00 ms",
    ]


def test_every_millisecond_that_has_begun_is_billed_and_a_warm_start_has_no_initialization():
    assert report(WARM)[1:3] == ["Duration: 12.34 ms", "Billed Duration: 13 ms"]
    assert report(replace(WARM, seconds=0.012))[2] == "Billed Duration: 12 ms"
    assert report(WARM)[-1] == "Max Memory Used: 51 MB"
    assert report(replace(WARM, memory_used=50 * MIB))[-1] == "Max Memory Used: 50 MB"


def test_a_failed_invocation_is_reported_with_its_status_and_type():
    assert report(replace(WARM, outcome=EXITED))[-2:] == ["Status: error", "Error Type: Runtime.ExitError"]
    # A timeout has no type.
    assert report(replace(WARM, outcome=TIMED_OUT))[-1] == "Status: timeout"
    lines = format_text([], replace(WARM, outcome=TIMED_OUT)).splitlines()
    assert f"2026-03-01T12:00:03.000Z {REQUEST} Task timed out after 3.00 seconds" in lines


def test_a_failed_start_is_reported_with_its_phase():
    failed = replace(INIT, phase="invoke", failure=EXITED)
    assert format_text([failed], WARM).splitlines()[:2] == [
        "imported",
        "INIT_REPORT Init Duration: 200.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError",
    ]


def events(level: str, init: Init = INIT, invocation: Invocation = COLD) -> dict[str, dict[str, Any]]:
    lines = format_json([init], invocation, level).splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return {event["type"].removeprefix("platform."): event for event in found}


def test_in_json_each_event_is_an_object_with_its_time():
    found = events("DEBUG")
    assert [event["time"] for event in found.values()] == [
        "2026-03-01T12:00:00.007Z",
        "2026-03-01T12:00:00.007Z",
        "2026-03-01T12:00:00.950Z",
    ]
    assert found["initReport"]["record"] == {
        "initializationType": "on-demand",
        "phase": "init",
        "metrics": {"durationMs": 200.0},
        "status": "success",
    }
    assert found["start"]["record"] == {"requestId": REQUEST, "version": "$LATEST"}
    assert found["report"]["record"] == {
        "requestId": REQUEST,
        "status": "success",
        "metrics": {
            "durationMs": 12.34,
            "billedDurationMs": 213,
            "memorySizeMB": 128,
            "maxMemoryUsedMB": 51,
            "initDurationMs": 200.0,
        },
    }


# "System log level event mapping".
@pytest.mark.parametrize(
    ("level", "kind", "is_failed", "expected"),
    [
        ("DEBUG", "on-demand", False, {"initReport", "start", "report"}),
        ("INFO", "on-demand", False, {"start", "report"}),
        ("INFO", "provisioned-concurrency", False, {"initReport", "start", "report"}),
        ("WARN", "provisioned-concurrency", False, set[str]()),
        ("WARN", "on-demand", True, {"initReport", "report"}),
    ],
)
def test_in_json_an_event_is_logged_from_its_level_on(
    level: str, kind: str, *, is_failed: bool, expected: set[str]
):
    failure = EXITED if is_failed else None
    init = replace(INIT, kind=kind, failure=failure)
    invocation = replace(WARM, outcome=failure or WARM.outcome)
    assert set(events(level, init, invocation)) == expected


# "Lambda quotas": 6 MB, and 100 bytes more by the error's own message.
def test_a_response_may_have_as_many_bytes_as_the_error_names():
    largest = b"x" * MAXIMUM_RESPONSE_SIZE
    assert MAXIMUM_RESPONSE_SIZE == 6_291_556
    assert response_outcome(largest) == InvocationOutcome(largest)
    for outcome in (response_outcome(largest + b"x"), reported_error_outcome(largest + b"x")):
        assert (outcome.status, outcome.error_type) == ("error", "Function.ResponseSizeTooLarge")
        assert json.loads(outcome.payload) == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": ("Response payload size exceeded maximum allowed payload size (6291556 bytes)."),
        }


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (0, "Runtime exited without providing a reason"),
        (1, "Runtime exited with error: exit status 1"),
        (-9, "Runtime exited with error: signal: killed"),
        (-15, "Runtime exited with error: signal: terminated"),
    ],
)
def test_the_end_of_a_process_is_told_by_its_status_or_signal(status: int, reason: str):
    outcome = exit_outcome(REQUEST, status)
    assert json.loads(outcome.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {REQUEST} Error: {reason}",
    }
    assert outcome.log_text == f"RequestId: {REQUEST} Error: {reason}\nRuntime.ExitError\n"


def test_a_timeout_is_told_with_its_seconds():
    assert TIMED_OUT.status == "timeout"
    assert json.loads(TIMED_OUT.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {REQUEST} Error: Task timed out after 3.00 seconds",
    }
