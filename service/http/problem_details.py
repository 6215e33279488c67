"""Problem details (RFC 9457), the format of every error response."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.responses import Response

from service.http.caching import cache_headers
from service.http.input_echo import ECHO_CHARACTERS
from service.http.problem_schema import FieldProblem, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

_SAFE_IN_PATHS: Final = "/:@!$&'()*+,;="
"""Characters of a path that need no encoding (RFC 3986, 3.3), in addition to letters, digits and - . _ ~"""

TITLES: Final = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
"""Reason phrases of RFC 9110. The standard library has them since Python 3.13; responses must not depend on
that."""


def reason_phrase(status: int) -> str:
    """Return the name of a status (RFC 9110, 15)."""
    return TITLES.get(status) or HTTPStatus(status).phrase


def problem_response(
    status: int,
    detail: str,
    *,
    path: str,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the error response to a request for `path`.

    Those of the Open Inference Protocol have its own format.
    """
    if path == "/v2" or path.startswith("/v2/"):
        body = json.dumps({"error": detail}, ensure_ascii=False).encode("utf-8", "replace")
        return _unstored(Response(body, status_code=status, headers=headers, media_type="application/json"))
    problem = Problem(
        type="about:blank",
        title=reason_phrase(status),
        status=status,
        detail=detail,
        instance=quote(path[:ECHO_CHARACTERS], safe=_SAFE_IN_PATHS, errors="replace"),
        errors=list(errors),
    )
    body = problem.model_dump_json(exclude=None if errors else {"errors"}, exclude_unset=True)
    return _unstored(Response(body, status_code=status, headers=headers, media_type=PROBLEM_MEDIA_TYPE))


def _unstored(response: Response) -> Response:
    # A status such as 404 could be reused for as long as a cache sees fit.
    response.raw_headers += cache_headers(None)
    return response
