"""Tells a route which instance it runs on.

The outermost layer knows: a function learns its name only when it is first called, long after the interface
was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request


def serving_instance(request: Request) -> str:
    """Return the name of the instance that answers this request."""
    return getattr(request.state, "instance", "unknown")
