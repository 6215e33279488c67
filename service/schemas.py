"""What goes over the wire: the shapes of requests and answers, as documented in the OpenAPI schema."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from service.flower import ALLOWED_LENGTH, MAX_CENTIMETRES, Flower, parse_length


def _documented_as_length(example: float) -> WithJsonSchema:
    """Document a length as a number, or as text whose pattern says the same.

    The text of larger numbers with exponents (1e1) is read too, but no pattern could tell 1e1 from 1e9.
    """
    number = {"type": "number", "minimum": 0, "maximum": MAX_CENTIMETRES}
    text = {"type": "string", "pattern": r"^(100(\.0*)?|[0-9]{1,2}(\.[0-9]*)?|\.[0-9]+)([eE]-[0-9]+)?$"}
    return WithJsonSchema({"anyOf": [number, text], "examples": [example]})


Centimetres = Annotated[float, PlainValidator(parse_length)]


class FlowerRequest(BaseModel):
    """The four lengths of one iris, in centimetres."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"pl": "5.1", "pw": "3.5", "sl": "1.4", "sw": "0.4"}]}
    )

    pl: Annotated[
        Centimetres, _documented_as_length(1.4), Field(description="Length of a petal, in centimetres.")
    ]
    pw: Annotated[
        Centimetres, _documented_as_length(0.2), Field(description="Width of a petal, in centimetres.")
    ]
    sl: Annotated[
        Centimetres, _documented_as_length(5.1), Field(description="Length of a sepal, in centimetres.")
    ]
    sw: Annotated[
        Centimetres, _documented_as_length(3.5), Field(description="Width of a sepal, in centimetres.")
    ]

    def flower(self) -> Flower:
        """Return the lengths in the order that predictors take them."""
        return Flower(pl=self.pl, pw=self.pw, sl=self.sl, sw=self.sw)


class Prediction(BaseModel):
    """What the flower is."""

    specie: Annotated[
        str,
        Field(
            description="Name of the likeliest class. The clients of this interface spell the field so.",
            examples=["Iris Setosa"],
        ),
    ]


class PredictorCard(BaseModel):
    """One predictor, as shown to clients."""

    name: Annotated[str, Field(examples=["iris-logistic"])]
    version: Annotated[str, Field(description="SHA-256 of its parameters, in hexadecimal.")]
    kind: Annotated[str, Field(description="The form of its parameters.", examples=["linear"])]
    default: Annotated[bool, Field(description="Whether it answers when no predictor is named.")]
    features: Annotated[list[str], Field(description="The lengths in the order that it takes them.")]
    classes: Annotated[list[str], Field(examples=[["Iris Setosa", "Iris Versicolor", "Iris Virginica"]])]
    accuracy: Annotated[float, Field(description="Cross-validated, from 0 to 1.", examples=[0.97])]
    trained_at: Annotated[str, Field(description="ISO 8601, in UTC.", examples=["2026-01-31T12:00:00Z"])]


class PredictorList(BaseModel):
    """What can answer."""

    predictors: list[PredictorCard]


class Health(BaseModel):
    """The state of the process that answered."""

    status: Annotated[str, Field(examples=["ready"])]


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
        list[FieldProblem],
        Field(description="What is wrong, field by field; absent where no field is to blame."),
    ] = []
