"""What comes of an invocation: the function's answer, or one of the ways to fail that Lambda knows.

Source of the error documents: "Troubleshoot invocation issues in Lambda" in the developer guide, and what
Lambda answers.
"""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from typing import Final, Literal

LARGEST_ANSWER: Final = 6 * 2**20 + 100
"""Bytes of an answer that Lambda passes on. Source: "Lambda quotas", and the message below."""


@dataclass(frozen=True)
class Outcome:
    """What the caller gets."""

    payload: bytes
    """The answer, or an error document."""
    status: Literal["success", "error", "timeout"] = "success"
    error_type: str | None = None
    told: str = ""
    """What Lambda itself writes to the log about it, a text of lines."""


def answered(body: bytes) -> Outcome:
    """The function has answered."""
    if len(body) > LARGEST_ANSWER:
        message = f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
        return _failed("Function.ResponseSizeTooLarge", message)
    return Outcome(body)


def failed(document: bytes) -> Outcome:
    """The runtime has reported an error, and logged it."""
    return Outcome(document, "error", json.loads(document)["errorType"])


def timed_out(request_id: str, seconds: int, now: str) -> Outcome:
    """The function has taken longer than it may."""
    told = f"Task timed out after {seconds:.2f} seconds"
    error = _failed("Sandbox.Timedout", f"RequestId: {request_id} Error: {told}")
    return Outcome(error.payload, "timeout", None, f"{now} {request_id} {told}\n\n")


def left(request_id: str, status: int) -> Outcome:
    """The process has ended without an answer.

    Args:
        request_id: of the invocation.
        status: its exit code, or the negative number of the signal that ended it.
    """
    if status == 0:
        reason = "Runtime exited without providing a reason"
    elif status > 0:
        reason = f"Runtime exited with error: exit status {status}"
    else:
        reason = f"Runtime exited with error: signal: {(signal.strsignal(-status) or str(-status)).lower()}"
    message = f"RequestId: {request_id} Error: {reason}"
    return _failed("Runtime.ExitError", message, f"{message}\nRuntime.ExitError\n")


def _failed(kind: str, message: str, told: str = "") -> Outcome:
    document = json.dumps({"errorType": kind, "errorMessage": message}, separators=(",", ":"))
    return Outcome(document.encode(), "error", kind, told)
