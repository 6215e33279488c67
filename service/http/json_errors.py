"""Detail of the problem of a body that is not JSON, the same for every reader of a body."""

from __future__ import annotations

from json import JSONDecodeError


def json_error_detail(error: BaseException | None) -> str:
    """Return the sentence that describes an error of `json.loads`."""
    match error:
        case JSONDecodeError():
            return f"The body is not JSON: {error.msg} at character {error.pos}."
        case RecursionError():
            return "The body is nested too deeply."
        case UnicodeDecodeError():
            return "The body is not UTF-8."
        case _:
            return "The body cannot be read as JSON."
