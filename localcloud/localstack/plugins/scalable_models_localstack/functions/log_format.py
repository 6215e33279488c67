"""A function's log as Lambda writes it around what the function prints, in its two formats.

Sources: "Lambda execution environment lifecycle", "Lambda Telemetry API Event schema reference", and for the
levels of events "System log level event mapping", in Lambda's developer guide.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from scalable_models_localstack.functions.invocation_result import Outcome

LEVELS: Final = ("DEBUG", "INFO", "WARN")
"""Of Lambda's own events, rising."""


@dataclass(frozen=True, kw_only=True)
class Init:
    """The start of a process: interpreter, runtime, and the function's module."""

    kind: str
    """"on-demand" or "provisioned-concurrency"."""
    began: datetime
    seconds: float
    printed: str
    phase: str = "init"
    """Or "invoke", where the process before had to be given up."""
    failure: Outcome | None = None


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """What there is to tell about an invocation."""

    request_id: str
    version: str
    began: datetime
    ended: datetime
    seconds: float
    """What it took, with the start of a process that replaces another."""
    memory_size: int
    """In MB, as configured."""
    memory_used: int
    """In bytes, the most that was seen."""
    printed: str
    outcome: Outcome
    billed_init: float | None = None
    """Seconds of the start of the first process, told and billed with its first invocation."""


def as_text(inits: list[Init], invocation: Invocation) -> str:
    """Tell about an invocation, and about what was started for it, in plain text."""
    told = invocation.outcome.told if invocation.outcome.status != "success" else ""
    parts = [
        *(_init_as_text(init) for init in inits),
        f"START RequestId: {invocation.request_id} Version: {invocation.version}",
        invocation.printed,
        told,
        f"END RequestId: {invocation.request_id}",
        "\t".join(_report_as_text(invocation)),
    ]
    return "".join(_closed(part) for part in parts)


def as_json(inits: list[Init], invocation: Invocation, level: str) -> str:
    """Tell the same as objects, a line each, but for those of Lambda's own events that are below a level.

    Args:
        inits: what was started for it.
        invocation: what there is to tell.
        level: one of `LEVELS`.
    """
    wanted = LEVELS[LEVELS.index(level) :]

    def event(at: datetime, kind: str, record: dict[str, Any], event_level: str) -> str:
        if event_level not in wanted:
            return ""
        return json.dumps({"time": _time(at), "type": f"platform.{kind}", "record": record}) + "\n"

    parts: list[str] = []
    for init in inits:
        parts += [init.printed, event(init.began, "initReport", _init_record(init), _init_level(init))]
    of_request = {"requestId": invocation.request_id}
    report = of_request | {"metrics": _metrics(invocation)} | _status(invocation.outcome)
    parts += [
        event(invocation.began, "start", of_request | {"version": invocation.version}, "INFO"),
        invocation.printed,
        event(
            invocation.ended, "report", report, "INFO" if invocation.outcome.status == "success" else "WARN"
        ),
    ]
    return "".join(_closed(part) for part in parts)


def _init_as_text(init: Init) -> str:
    if init.failure is None:
        return init.printed
    parts = [
        f"INIT_REPORT Init Duration: {_milliseconds(init.seconds):.2f} ms",
        f"Phase: {init.phase}",
        f"Status: {init.failure.status}",
    ]
    if init.failure.error_type:
        parts.append(f"Error Type: {init.failure.error_type}")
    return _closed(init.printed) + "\t".join(parts)


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


def _status(outcome: Outcome | None) -> dict[str, str]:
    if outcome is None:
        return {"status": "success"}
    error = {"errorType": outcome.error_type} if outcome.error_type else {}
    return {"status": outcome.status, **error}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def _closed(text: str) -> str:
    """End the last line, where there is one."""
    return text if not text or text.endswith("\n") else text + "\n"
