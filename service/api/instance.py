"""Instance id of the process that serves a request.

The outermost middleware sets it: a Lambda function learns its name with its first event, long after the API
was built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request


def serving_instance(request: Request) -> str:
    """Return the id of the instance that serves this request."""
    return getattr(request.state, "instance", "unknown")
