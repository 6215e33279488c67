"""Lambda's own log lines around a function's output, in its two formats.

Sources: "Lambda execution environment lifecycle", "Lambda Telemetry API Event schema reference", and for
event levels "System log level event mapping", in Lambda's developer guide.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from scalable_models_localstack.functions.invocation_result import InvocationOutcome

LEVELS: Final = ("DEBUG", "INFO", "WARN")
"""Levels of Lambda's own events, in ascending order."""


@dataclass(frozen=True, kw_only=True)
class Init:
    """Start of a process: interpreter, runtime and the function's module."""

    kind: str
    """Initialization type: "on-demand" or "provisioned-concurrency"."""
    started: datetime
    seconds: float
    printed: str
    phase: str = "init"
    """Phase: "init", or "invoke" if the previous process was discarded."""
    failure: InvocationOutcome | None = None


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """Data of an invocation's log."""

    request_id: str
    version: str
    started: datetime
    ended: datetime
    seconds: float
    """Duration, including the start of a replacement process."""
    memory_size: int
    """Configured memory in MB."""
    memory_used: int
    """Maximum memory used in bytes."""
    printed: str
    outcome: InvocationOutcome
    billed_init: float | None = None
    """Seconds of the first process's start, reported and billed with its first invocation."""


def format_text(inits: list[Init], invocation: Invocation) -> str:
    """Return the log of an invocation and its starts in plain text."""
    error_lines = invocation.outcome.log_text if invocation.outcome.status != "success" else ""
    parts = [
        *(_start_as_text(init) for init in inits),
        f"START RequestId: {invocation.request_id} Version: {invocation.version}",
        invocation.printed,
        error_lines,
        f"END RequestId: {invocation.request_id}",
        "\t".join(_report_as_text(invocation)),
    ]
    return "".join(_with_newline(part) for part in parts)


def format_json(inits: list[Init], invocation: Invocation, level: str) -> str:
    """Return the log of an invocation and its starts as one JSON object per line.

    Args:
        inits: starts for the invocation.
        invocation: data of the invocation.
        level: minimum level of Lambda's own events, one of `LEVELS`.
    """
    logged_levels = LEVELS[LEVELS.index(level) :]

    def event(at: datetime, kind: str, record: dict[str, Any], event_level: str) -> str:
        if event_level not in logged_levels:
            return ""
        return json.dumps({"time": _time(at), "type": f"platform.{kind}", "record": record}) + "\n"

    parts: list[str] = []
    for init in inits:
        parts += [init.printed, event(init.started, "initReport", _init_record(init), _init_level(init))]
    of_request = {"requestId": invocation.request_id}
    report = of_request | {"metrics": _metrics(invocation)} | _status(invocation.outcome)
    parts += [
        event(invocation.started, "start", of_request | {"version": invocation.version}, "INFO"),
        invocation.printed,
        event(
            invocation.ended, "report", report, "INFO" if invocation.outcome.status == "success" else "WARN"
        ),
    ]
    return "".join(_with_newline(part) for part in parts)


def _start_as_text(init: Init) -> str:
    if init.failure is None:
        return init.printed
    parts = [
        f"INIT_REPORT Init Duration: {_milliseconds(init.seconds):.2f} ms",
        f"Phase: {init.phase}",
        f"Status: {init.failure.status}",
    ]
    if init.failure.error_type:
        parts.append(f"Error Type: {init.failure.error_type}")
    return _with_newline(init.printed) + "\t".join(parts)


def _init_record(init: Init) -> dict[str, Any]:
    metrics = {"durationMs": _milliseconds(init.seconds)}
    return {"initializationType": init.kind, "phase": init.phase, "metrics": metrics, **_status(init.failure)}


def _init_level(init: Init) -> str:
    if init.failure:
        return "WARN"
    return "DEBUG" if init.kind == "on-demand" else "INFO"


def _report_as_text(invocation: Invocation) -> list[str]:
    metrics = _metrics(invocation)
    parts = [
        f"REPORT RequestId: {invocation.request_id}",
        f"Duration: {metrics['durationMs']:.2f} ms",
        f"Billed Duration: {metrics['billedDurationMs']} ms",
        f"Memory Size: {metrics['memorySizeMB']} MB",
        f"Max Memory Used: {metrics['maxMemoryUsedMB']} MB",
    ]
    if "initDurationMs" in metrics:
        parts.append(f"Init Duration: {metrics['initDurationMs']:.2f} ms")
    outcome = invocation.outcome
    if outcome.status != "success":
        parts.append(f"Status: {outcome.status}")
    if outcome.error_type:
        parts.append(f"Error Type: {outcome.error_type}")
    return parts


def _metrics(invocation: Invocation) -> dict[str, float]:
    billed = invocation.seconds + (invocation.billed_init or 0)
    metrics: dict[str, float] = {
        "durationMs": _milliseconds(invocation.seconds),
        "billedDurationMs": math.ceil(billed * 1000),
        "memorySizeMB": invocation.memory_size,
        "maxMemoryUsedMB": math.ceil(invocation.memory_used / 2**20),
    }
    if invocation.billed_init is not None:
        metrics["initDurationMs"] = _milliseconds(invocation.billed_init)
    return metrics


def _status(outcome: InvocationOutcome | None) -> dict[str, str]:
    if outcome is None:
        return {"status": "success"}
    error = {"errorType": outcome.error_type} if outcome.error_type else {}
    return {"status": outcome.status, **error}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def _with_newline(text: str) -> str:
    """Return the text with a final newline, unless it is empty."""
    return text if not text or text.endswith("\n") else text + "\n"
