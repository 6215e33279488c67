"""Says why a body cannot be read, the same wherever one is read."""

from __future__ import annotations

from json import JSONDecodeError


def json_error_detail(error: BaseException | None) -> str:
    """Say what `json.loads` has against a body, given the error that it raised."""
    match error:
        case JSONDecodeError():
            return f"The body is not JSON: {error.msg} at character {error.pos}."
        case RecursionError():
            return "The body is nested too deeply."
        case UnicodeDecodeError():
            return "The body is not UTF-8."
        case _:
            return "The body cannot be read as JSON."
