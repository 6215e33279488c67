"""Parts of the OpenAPI document that several routes share.

Made for client generators: each operation has a short name, each value one type, and each response one model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from service.http.problem_details import PROBLEM_MEDIA_TYPE
from service.server.middleware.request_context import REQUEST_ID, SERVED_BY

if TYPE_CHECKING:
    from service.model.hooks import Hook

ROWS_REFUSED: Final = "X-Rows-Refused"
"""Response header of a batch: number of invalid rows."""

SERVERS: Final = [{"url": ".", "description": "The folder of this document."}]
"""Base URL of the paths, relative to that of the document (RFC 3986, 5.2), as API Gateway has a stage before
both."""

LICENSE: Final = {"name": "Apache License 2.0", "identifier": "Apache-2.0"}
"""License of the service (SPDX)."""

CONTACT: Final = {"name": "Operator of this service"}

TAGS: Final = [
    {"name": "classify", "description": "Predict by the model of the default predictor."},
    {"name": "health", "description": "Check the state and the versions of the service."},
    {"name": "predictors", "description": "List the predictors and their model cards."},
]

HEADERS: Final[dict[str, Any]] = {
    SERVED_BY: {"description": "The instance that answered.", "required": True, "schema": {"type": "string"}},
    REQUEST_ID: {
        "description": "Id of the request: as the client sent it, or a new one.",
        "required": True,
        "schema": {"type": "string"},
    },
    ROWS_REFUSED: {
        "description": "Number of invalid rows. The body has the errors of each in its place.",
        "required": True,
        "schema": {"type": "integer", "format": "int32", "minimum": 0},
    },
    "Cache-Control": {
        "description": "Whether caches may store the response, which they then revalidate before each use.",
        "required": True,
        "schema": {"type": "string", "enum": ["no-cache", "no-store"]},
    },
    "ETag": {
        "description": "Entity tag of the response, for `If-None-Match`.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "format": "int32", "minimum": 1},
    },
    "Accept": {
        "description": "Media types of bodies that this path takes, if that of the body was refused.",
        "schema": {"type": "string"},
    },
    "Accept-Encoding": {
        "description": "`identity`, if the body was refused because it is encoded.",
        "schema": {"type": "string"},
    },
}
"""Response headers, by name. Operations refer to them, which keeps the document short."""


def hook_headers(hook: Hook | None) -> dict[str, Any]:
    """Return the headers that say whether rows were corrected, by name."""
    if hook is None:
        return {}
    return {
        hook.HEADER: {
            "description": f"Present if {hook.DESCRIPTION}.",
            "schema": {"type": "string", "enum": ["true"]},
        },
        hook.BATCH_HEADER: {
            "description": f"Number of rows for which {hook.DESCRIPTION}.",
            "required": True,
            "schema": {"type": "integer", "format": "int32", "minimum": 0},
        },
    }


_COMMON: Final = (SERVED_BY, REQUEST_ID, "Cache-Control")
"""Headers of every response."""

_OF_STATUS: Final[dict[int, tuple[str, ...]]] = {415: ("Accept", "Accept-Encoding"), 503: ("Retry-After",)}
"""Status -> further headers of its responses."""

BUSY: Final = "The service has reached a limit, such as that of concurrent requests."
"""Description of status 503."""

NOT_ACCEPTABLE: Final = {406: "`Accept` excludes every media type of this path."}
"""Status -> description, for every path."""


def document_response(
    *headers: str, content: dict[str, Any] | None = None
) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI document of a successful response, with the headers that every response has.

    Args:
        headers: Names of further headers.
        content: Content by media type, added to what FastAPI documents.
    """
    document: dict[str, Any] = {"headers": _references(*_COMMON, *headers)}
    return {200: document | ({"content": content} if content else {})}


def document_conditions(operation: dict[str, Any]) -> None:
    """Add to an operation the tag of its response, and the responses to conditional requests."""
    operation["responses"]["200"]["headers"] |= _references("ETag")
    unmodified = {
        "description": "The client has stored this response, as its `If-None-Match` says.",
        "headers": _references(*_COMMON, "ETag"),
    }
    failed = document_problems({412: "`If-Match` does not match."})[412]
    operation["responses"] |= {"304": unmodified, "412": failed}


def document_problems(descriptions: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI documents of statuses whose responses are problem documents."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {
            "description": description,
            "content": content,
            "headers": _references(*_COMMON, *_OF_STATUS.get(status, ())),
        }
        for status, description in descriptions.items()
    }


def document_batch_entry(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an entry of a batch: a prediction, or an invalid row with its errors.

    All in one model with optional fields: generated clients can't tell the variants of a union apart.
    """
    properties: dict[str, Any] = schemas["Prediction"]["properties"] | schemas["RefusedRow"]["properties"]
    return {
        "title": "BatchEntry",
        "description": "Prediction for a row, or the number and the errors of an invalid row.",
        "type": "object",
        "properties": properties,
    }


def _references(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
