"""Problem details (RFC 9457): every error that the service answers has this one form."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.responses import Response

from service.http.input_echo import ECHO_CHARACTERS
from service.http.problem_schema import FieldProblem, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

_SAFE_IN_PATHS: Final = "/:@!$&'()*+,;="
"""What a path may hold as it is (RFC 3986, 3.3), beside letters, digits and - . _ ~"""

_TITLES: Final = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
"""RFC 9110's names. The standard library took them over in Python 3.13; answers shall not depend on that."""


def problem_response(
    status: int,
    detail: str,
    *,
    path: str,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response that tells a client what went wrong with its request for `path`."""
    problem = Problem(
        title=_TITLES.get(status) or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=quote(path[:ECHO_CHARACTERS], safe=_SAFE_IN_PATHS, errors="replace"),
        errors=list(errors),
    )
    body = problem.model_dump_json(exclude=None if errors else {"errors"})
    return Response(body, status_code=status, headers=headers, media_type=PROBLEM_MEDIA_TYPE)
