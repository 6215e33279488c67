"""Parts of the OpenAPI document that several routes share."""

from __future__ import annotations

from typing import Any, Final

from service.http.problem_details import PROBLEM_MEDIA_TYPE
from service.server.middleware.request_context import REQUEST_ID, SERVED_BY

FLOWER_SWAPPED: Final = "X-Flower-Swapped"
"""Response header: the petals and sepals of the flower were exchanged."""

FLOWERS_SWAPPED: Final = "X-Flowers-Swapped"
"""Response header of a batch: number of flowers whose petals and sepals were exchanged."""

ROWS_REFUSED: Final = "X-Rows-Refused"
"""Response header of a batch: number of invalid rows."""

COMMON_HEADERS: Final[dict[str, Any]] = {
    SERVED_BY: {"description": "The instance that answered.", "required": True, "schema": {"type": "string"}},
    REQUEST_ID: {
        "description": "Id of the request: as the client sent it, or a new one.",
        "required": True,
        "schema": {"type": "string"},
    },
}

FLOWER_SWAPPED_HEADER: Final[dict[str, Any]] = {
    FLOWER_SWAPPED: {
        "description": "Present if petals and sepals were exchanged.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}

BATCH_HEADERS: Final[dict[str, Any]] = {
    FLOWERS_SWAPPED: {
        "description": "Number of flowers whose petals and sepals were exchanged.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
    ROWS_REFUSED: {
        "description": "Number of invalid rows. The body has the errors of each in its place.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
}

CACHE_CONTROL: Final[dict[str, Any]] = {
    "Cache-Control": {
        "description": "Whether caches may store the response, which they then revalidate before each use.",
        "required": True,
        "schema": {"type": "string", "enum": ["no-cache", "no-store"]},
    }
}

ETAG: Final[dict[str, Any]] = {
    "ETag": {
        "description": "Entity tag of the response, for `If-None-Match`.",
        "required": True,
        "schema": {"type": "string"},
    }
}

NOT_ACCEPTABLE: Final = {406: "`Accept` excludes every media type of this path."}
"""Status -> description, for every path."""


def document_response(headers: dict[str, Any] | None = None) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI document of a successful response, with the headers that every response has."""
    return {200: {"headers": COMMON_HEADERS | CACHE_CONTROL | (headers or {})}}


def document_conditions(operation: dict[str, Any]) -> None:
    """Add to an operation the tag of its response, and the responses to conditional requests."""
    operation["responses"]["200"]["headers"] |= ETAG
    unmodified = {
        "description": "The client has stored this response, as its `If-None-Match` says.",
        "headers": COMMON_HEADERS | CACHE_CONTROL | ETAG,
    }
    failed = document_problems({412: "`If-Match` does not match."})[412]
    operation["responses"] |= {"304": unmodified, "412": failed}


def document_problems(descriptions: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI documents of statuses whose responses are problem documents."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": description, "content": content, "headers": COMMON_HEADERS | CACHE_CONTROL}
        for status, description in descriptions.items()
    }
