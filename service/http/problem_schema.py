"""Schemas of problem details (RFC 9457)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, WithJsonSchema

_ROW: Final = {"type": "integer", "format": "int32", "minimum": 1, "examples": [1]}
"""JSON schema of a row's number."""


def _remove_default(schema: dict[str, Any]) -> None:
    """Remove the default of a field that is absent without a value: null is none of its values."""
    schema.pop("default", None)


class FieldProblem(BaseModel):
    """Invalid or missing part of a request, or of a row of a batch."""

    field: Annotated[str, Field(description="Name of the field.", examples=["area"])]
    given: Annotated[
        str | None,
        WithJsonSchema({"type": ["string", "null"]}),
        Field(description="Value of the field as shortened text; null if it is missing.", examples=["abc"]),
    ]
    allowed: Annotated[
        str, Field(description="Allowed values.", examples=["a number of centimetres from 0 to 100"])
    ]
    row: Annotated[
        int | None,
        WithJsonSchema(_ROW),
        Field(
            description="Number of the row, counted from 1; only in errors of the rows of a batch.",
            json_schema_extra=_remove_default,
        ),
    ] = None


class RefusedRow(BaseModel):
    """Entry of an invalid row in the response to a batch."""

    row: Annotated[int, WithJsonSchema(_ROW), Field(description="Number of the row, counted from 1.")]
    errors: Annotated[list[FieldProblem], Field(description="Errors of the row, one per field.")]


class Problem(BaseModel):
    """Problem details (RFC 9457), the body of every error response."""

    type: Annotated[
        str,
        Field(description="Always `about:blank`: the status is the type of the problem (RFC 9457, 4.2.1)."),
    ] = "about:blank"
    title: Annotated[
        str, Field(description="Name of the status (RFC 9110, 15).", examples=["Unprocessable Content"])
    ]
    status: Annotated[
        int,
        WithJsonSchema({"type": "integer", "format": "int32"}),
        Field(description="Status of the response.", examples=[422]),
    ]
    detail: Annotated[
        str,
        Field(description="Explanation for people.", examples=["The request does not describe a valid row."]),
    ]
    instance: Annotated[str, Field(description="Path of the request.", examples=["/api/v01/classify"])]
    errors: Annotated[
        list[FieldProblem],
        Field(description="Errors, one per field; absent if the problem is not about a field."),
    ] = []
