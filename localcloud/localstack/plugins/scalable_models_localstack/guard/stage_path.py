"""Paths at which anybody may call the REST API of a deployed stage."""

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
"""API's id and stage, in the characters that API Gateway allows in them, none of them percent-encoded."""


def is_stage_path(head: RequestHead) -> bool:
    """Tell whether a request's path lies below a stage, and stays there however it is decoded."""
    found = STAGE.fullmatch(head.path)
    if found is None or _asks_for_web_socket(head):
        return False
    rest = _decoded(found["rest"])
    return "\\" not in rest and not _climbs_out(rest)


def _climbs_out(rest: str) -> bool:
    """Tell whether dots lead out of the stage, however many slashes in a row count for one.

    Those that stay below it are the function's to answer, as on AWS.
    """
    depth = 0
    for segment in rest.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(segment, 1)
        if depth < 0:
            return True
    return False


def _asks_for_web_socket(head: RequestHead) -> bool:
    """REST APIs have no WebSockets; LocalStack would look elsewhere for one."""
    return any("websocket" in value.lower() for value in head.values("upgrade"))


def _decoded(path: str) -> str:
    """Decode a path until there is nothing left to decode."""
    while (decoded := unquote(path)) != path:
        path = decoded
    return path
