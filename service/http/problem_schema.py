"""Schemas of problem details (RFC 9457)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from service.model.flower import ALLOWED_LENGTH


class FieldProblem(BaseModel):
    """Invalid or missing part of a request."""

    field: Annotated[str, Field(description="Name of the field.", examples=["pl"])]
    given: Annotated[
        str | None,
        Field(description="Value of the field as shortened text; null if it is missing.", examples=["abc"]),
    ]
    allowed: Annotated[str, Field(description="Allowed values.", examples=[ALLOWED_LENGTH])]


class RefusedRow(BaseModel):
    """Entry of an invalid row in the response to a batch."""

    row: Annotated[int, Field(description="Number of the row, counted from 1.", examples=[1])]
    errors: Annotated[list[FieldProblem], Field(description="Errors of the row, one per field.")]


class RowProblem(FieldProblem):
    """Invalid or missing field of a row of a batch."""

    row: Annotated[int, Field(description="Number of the row, counted from 1.", examples=[1])]


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: Annotated[
        str,
        Field(description="Always `about:blank`: the status is the type of the problem (RFC 9457, 4.2.1)."),
    ] = "about:blank"
    title: Annotated[str, Field(examples=["Unprocessable Content"])]
    status: Annotated[int, Field(examples=[422])]
    detail: Annotated[str, Field(examples=["The request does not describe a valid flower."])]
    instance: Annotated[str, Field(description="Path of the request.", examples=["/api/v01/classify"])]
    errors: Annotated[
        list[RowProblem | FieldProblem],
        Field(description="Errors, one per field; absent if the problem is not about a field."),
    ] = []
