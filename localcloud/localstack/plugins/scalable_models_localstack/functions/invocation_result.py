"""Result of an invocation: the function's response, or one of Lambda's errors.

Source of the error documents: "Troubleshoot invocation issues in Lambda" in the developer guide, and Lambda's
own responses.
"""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from typing import Final, Literal

MAXIMUM_RESPONSE_SIZE: Final = 6 * 2**20 + 100
"""Maximum bytes of a response. Source: "Lambda quotas", and the message below."""


@dataclass(frozen=True)
class InvocationOutcome:
    """Response to the caller with the status of the invocation."""

    payload: bytes
    """Function's response or error document."""
    status: Literal["success", "error", "timeout"] = "success"
    error_type: str | None = None
    log_text: str = ""
    """Lines that Lambda itself writes to the log."""


def response_outcome(body: bytes) -> InvocationOutcome:
    """Return the outcome of a response."""
    return InvocationOutcome(body) if len(body) <= MAXIMUM_RESPONSE_SIZE else _too_large_outcome()


def reported_error_outcome(document: bytes) -> InvocationOutcome:
    """Return the outcome of an error that the runtime has reported and logged."""
    if len(document) > MAXIMUM_RESPONSE_SIZE:
        return _too_large_outcome()
    return InvocationOutcome(document, "error", json.loads(document)["errorType"])


def timeout_outcome(request_id: str, seconds: int, now: str) -> InvocationOutcome:
    """Return the outcome of a timeout."""
    message = f"Task timed out after {seconds:.2f} seconds"
    error = _error_outcome("Sandbox.Timedout", f"RequestId: {request_id} Error: {message}")
    return InvocationOutcome(error.payload, "timeout", None, f"{now} {request_id} {message}\n\n")


def exit_outcome(request_id: str, status: int) -> InvocationOutcome:
    """Return the outcome of a process that exited without a response.

    Args:
        request_id: id of the invocation.
        status: exit code of the process, or the negative number of the signal that killed it.
    """
    if status == 0:
        reason = "Runtime exited without providing a reason"
    elif status > 0:
        reason = f"Runtime exited with error: exit status {status}"
    else:
        reason = f"Runtime exited with error: signal: {(signal.strsignal(-status) or str(-status)).lower()}"
    message = f"RequestId: {request_id} Error: {reason}"
    return _error_outcome("Runtime.ExitError", message, f"{message}\nRuntime.ExitError\n")


def _too_large_outcome() -> InvocationOutcome:
    message = f"Response payload size exceeded maximum allowed payload size ({MAXIMUM_RESPONSE_SIZE} bytes)."
    return _error_outcome("Function.ResponseSizeTooLarge", message)


def _error_outcome(kind: str, message: str, log_text: str = "") -> InvocationOutcome:
    document = json.dumps({"errorType": kind, "errorMessage": message}, separators=(",", ":"))
    return InvocationOutcome(document.encode(), "error", kind, log_text)
