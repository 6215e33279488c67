"""Pieces of the OpenAPI document that several routes share."""

from __future__ import annotations

from typing import Any, Final

from service.http.problem_details import PROBLEM_MEDIA_TYPE
from service.server.middleware.request_context import REQUEST_ID, SERVED_BY

FLOWER_SWAPPED: Final = "X-Flower-Swapped"
"""Header of an answer about a flower whose petals and sepals were given in each other's place."""

FLOWERS_SWAPPED: Final = "X-Flowers-Swapped"
"""Header of an answer about a batch: how many of its flowers were the wrong way round."""

ROWS_REFUSED: Final = "X-Rows-Refused"
"""Header of an answer about a batch: how many of its rows could not be answered."""

SIGNATURE_HEADERS: Final[dict[str, Any]] = {
    SERVED_BY: {"description": "The instance that answered.", "required": True, "schema": {"type": "string"}},
    REQUEST_ID: {
        "description": "The id of the request: the one that it came with, or a new one.",
        "required": True,
        "schema": {"type": "string"},
    },
}

FLOWER_SWAPPED_HEADER: Final[dict[str, Any]] = {
    FLOWER_SWAPPED: {
        "description": "Petals and sepals were read the other way round; absent otherwise.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}

BATCH_HEADERS: Final[dict[str, Any]] = {
    FLOWERS_SWAPPED: {
        "description": "Flowers whose petals and sepals were read the other way round.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
    ROWS_REFUSED: {
        "description": "Rows that could not be answered. The answer says why, each in its place.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
}

NOT_ACCEPTABLE: Final = {406: "`Accept` takes nothing that this path answers with."}
"""Status -> when it comes, on every path."""


def document_response(headers: dict[str, Any] | None = None) -> dict[int | str, dict[str, Any]]:
    """Document the headers of a good answer; all are signed."""
    return {200: {"headers": SIGNATURE_HEADERS | (headers or {})}}


def document_problems(reasons: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """Document that each of these statuses comes with a problem."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": reason, "content": content, "headers": SIGNATURE_HEADERS}
        for status, reason in reasons.items()
    }
