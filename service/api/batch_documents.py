"""OpenAPI documents of a batch's bodies and responses, made from a model's definition."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from service.api.model_schemas import EXAMPLE_VALUE
from service.api.openapi import ROWS_REFUSED, document_response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from service.model.predictor import Predictor

_BYTES: Final = {"type": "string", "format": "binary"}
"""Schema of NDJSON and CSV, which generated clients send and receive as they are: they can't encode them."""


def batch_bodies(predictor: Predictor, request_schema: str) -> dict[str, Any]:
    """Return the documents of a request's body by media type; `request_schema` names the schema of a row."""
    definition = predictor.definition
    rows = [dict(definition.example)] * 2
    columns = list(reversed(definition.short_names))
    ndjson = {
        "schema": _BYTES | {"description": f"A `{request_schema}` as JSON on each line."},
        "example": _lines(rows),
    }
    return {
        "application/json": {
            "schema": {"type": "array", "items": {"$ref": f"#/components/schemas/{request_schema}"}},
            "example": rows,
        },
        "application/x-ndjson": ndjson,
        "application/jsonl": ndjson,
        "text/csv": {
            "schema": _BYTES | {"description": "The first line names the columns."},
            "example": _table([columns, *([row.get(name) for name in columns] for row in rows)]),
        },
    }


def batch_responses(predictor: Predictor) -> dict[int | str, dict[str, Any]]:
    """Return the documents of a successful response."""
    definition, hook = predictor.definition, predictor.hook
    classes = definition.classes or (EXAMPLE_VALUE,)
    answers = [{definition.response_key: answer} for answer in (classes[0], classes[-1])]
    fault = {"field": definition.short_names[0], "given": "abc", "allowed": definition.features[0].allowed}
    ndjson = {
        "schema": _BYTES | {"description": "A `BatchEntry` as JSON on each line."},
        "example": _lines(answers),
    }
    content = {
        "application/json": {
            "schema": {"type": "array", "items": {"$ref": "#/components/schemas/BatchEntry"}},
            "example": [answers[0], {"row": 2, "errors": [fault]}],
        },
        "application/x-ndjson": ndjson,
        "application/jsonl": ndjson,
        "text/csv": {
            "schema": _BYTES | {"description": "The first line names the columns."},
            "example": _table(
                [[definition.response_key, "error"], *([*answer.values(), ""] for answer in answers)]
            ),
        },
    }
    return document_response(*([hook.BATCH_HEADER] if hook else []), ROWS_REFUSED, content=content)


def _lines(rows: Iterable[object]) -> str:
    return "".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in rows)


def _table(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
