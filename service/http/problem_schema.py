"""Problem details (RFC 9457) as OpenAPI describes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from service.model.flower import ALLOWED_LENGTH


class FieldProblem(BaseModel):
    """One thing that is wrong with a request."""

    field: Annotated[str, Field(description="Which part of the request.", examples=["pl"])]
    given: Annotated[
        str | None,
        Field(
            description="What it held, as text, cut short; null where nothing was given.", examples=["abc"]
        ),
    ]
    allowed: Annotated[str, Field(description="What it may hold.", examples=[ALLOWED_LENGTH])]


class RefusedRow(BaseModel):
    """A row of a batch that cannot be answered, in its place among those that are."""

    row: Annotated[int, Field(description="Which row, counted from 1.", examples=[1])]
    errors: Annotated[list[FieldProblem], Field(description="What is wrong with it, field by field.")]


class RowProblem(FieldProblem):
    """One thing that is wrong with a row of a batch."""

    row: Annotated[int, Field(description="Which row, counted from 1.", examples=[1])]


class Problem(BaseModel):
    """What went wrong: problem details as of RFC 9457."""

    type: Annotated[
        str,
        Field(
            description="Always `about:blank`: the status says what kind of problem it is (RFC 9457, 4.2.1)."
        ),
    ] = "about:blank"
    title: Annotated[str, Field(examples=["Unprocessable Content"])]
    status: Annotated[int, Field(examples=[422])]
    detail: Annotated[str, Field(examples=["The request holds no flower that can be classified."])]
    instance: Annotated[str, Field(description="Path of the request.", examples=["/api/v01/classify"])]
    errors: Annotated[
        list[RowProblem | FieldProblem],
        Field(description="What is wrong, field by field; absent where no field is to blame."),
    ] = []
