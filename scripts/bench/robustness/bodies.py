"""Extensions of schemathesis, which loads this file; the project never imports it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, Final, cast

import schemathesis

from scripts.bench.robustness.accepted_input import widen
from service.iris.definition import EXAMPLE

_COLUMNS: Final[list[str]] = []
"""Features of the default model, once its document is loaded."""


@schemathesis.hook  # pyright: ignore[reportUnknownMemberType] (its types are incomplete)
def before_load_schema(_: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Add the input that the service accepts beyond its document."""
    _COLUMNS.extend(widen(raw_schema))


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def lines_of_json(_: schemathesis.SerializationContext, value: object) -> bytes:
    """Write a batch as NDJSON."""
    return "".join(json.dumps(row) + "\n" for row in _rows(value)).encode()


@schemathesis.serializer("text/csv")
def table(_: schemathesis.SerializationContext, value: object) -> bytes:
    """Write a batch as CSV, with its columns in an unusual order."""
    text = io.StringIO()
    writer = csv.writer(text)
    rows = [cast("dict[str, Any]", row) for row in _rows(value) if isinstance(cast("object", row), dict)]
    columns = list(reversed(_COLUMNS))
    writer.writerow(columns)
    writer.writerows([row.get(name) for name in columns] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _rows(value: object) -> list[Any]:
    if isinstance(value, str):  # an example of the documentation, which is text
        return [dict(EXAMPLE)]
    return cast("list[Any]", value) if isinstance(value, list) else [value]
