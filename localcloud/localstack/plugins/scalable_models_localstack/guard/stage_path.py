"""Paths of deployed stages, which need no signature."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from scalable_models_localstack.guard.request_head import RequestHead

STAGE: Final = re.compile(
    r"""
    (?: /_aws/execute-api/ [0-9A-Za-z]+ / [0-9A-Za-z_-]{1,128}
      | /restapis/ [0-9A-Za-z]+ / [0-9A-Za-z_-]{1,128} /_user_request_ )
    (?P<rest> (?: / .* )? )
    """,
    re.VERBOSE,
)
"""Path with an API id and a stage in the characters that API Gateway allows, none of them percent-encoded."""

MAXIMUM_ROUNDS: Final = 16
"""Maximum rounds of decoding a path. One of 16 KB can need 8,000, which would take a second each time."""


def is_stage_path(head: RequestHead) -> bool:
    """Return whether a request's path is below a stage, even after repeated decoding."""
    found = STAGE.fullmatch(head.path)
    if found is None or _requests_web_socket(head):
        return False
    rest = _fully_decoded(found["rest"])
    return rest is not None and "\\" not in rest and not _leaves_stage(rest)


def _leaves_stage(rest: str) -> bool:
    """Return whether dot segments lead out of the stage, even if consecutive slashes count as one.

    Dot segments that stay below the stage are passed to the function, as on AWS.
    """
    depth = 0
    for segment in rest.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(segment, 1)
        if depth < 0:
            return True
    return False


def _requests_web_socket(head: RequestHead) -> bool:
    """Return whether a request opens a WebSocket, which only LocalStack's other routes have."""
    return any("websocket" in value.lower() for value in head.values("upgrade"))


def _fully_decoded(path: str) -> str | None:
    """Decode a path repeatedly until it no longer changes; return None if that takes too many rounds."""
    for _ in range(MAXIMUM_ROUNDS):
        decoded = unquote(path)
        if decoded == path:
            return path
        path = decoded
    return None
