"""Schemas of requests and responses, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Any, Final, NotRequired

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

# Pydantic reads the one of the standard library from Python 3.12 on only.
from typing_extensions import TypedDict

from service.iris.definition import IRIS, MAX_CENTIMETRES
from service.model.definition_reader import read_definition


def _length_schema(example: float) -> WithJsonSchema:
    """Return the JSON schema of a length.

    It has one type, although text of a number is accepted too: generated clients can't send a value of two
    types in a path or a query. Without the format, some would use 32 bits, or decimals.
    """
    number = {"type": "number", "format": "double", "minimum": 0, "maximum": MAX_CENTIMETRES}
    return WithJsonSchema(number | {"examples": [example]})


Centimetres = Annotated[float, PlainValidator(read_definition(IRIS).features[0].parse)]


class FlowerRequest(BaseModel):
    """The four lengths of one iris, in centimetres. Text of a number, such as `"1.4"`, is accepted too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}]})

    pl: Annotated[Centimetres, _length_schema(1.4), Field(description="Length of a petal, in centimetres.")]
    pw: Annotated[Centimetres, _length_schema(0.2), Field(description="Width of a petal, in centimetres.")]
    sl: Annotated[Centimetres, _length_schema(5.1), Field(description="Length of a sepal, in centimetres.")]
    sw: Annotated[Centimetres, _length_schema(3.5), Field(description="Width of a sepal, in centimetres.")]

    def row(self) -> tuple[float, ...]:
        """Return the lengths in the order of the definition."""
        return (self.pl, self.pw, self.sl, self.sw)


ALLOWED_BOOLEAN: Final = "true or false"
"""Allowed values of a boolean parameter, as error responses name them."""


def _parse_boolean(given: object) -> bool:
    """Parse the documented values only; pydantic would also accept `on`, `y` and `1`."""
    if given not in {"true", "false", True, False}:
        raise ValueError(ALLOWED_BOOLEAN)
    return given in {"true", True}


class PredictionOptions(BaseModel):
    """Query parameters of every classification: the predictor and the level of detail."""

    predictor: Annotated[
        str | None,
        WithJsonSchema({"type": "string"}),
        Field(description="Name of the predictor."),
    ] = None
    detail: Annotated[
        bool,
        BeforeValidator(_parse_boolean),
        Field(description="Whether to add probabilities, the predictor and its version, and notes."),
    ] = False


class FlowerQuery(FlowerRequest, PredictionOptions):
    """Flower and options, both in the query."""


Probability = Annotated[
    float, WithJsonSchema({"type": "number", "format": "double", "minimum": 0, "maximum": 1})
]
_Number = Annotated[float, WithJsonSchema({"type": "number", "format": "double"})]
_Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


class PageQuery(BaseModel):
    """Query of the page: any text, as the page itself shows what is wrong with it."""

    pl: Annotated[str, Field(description="Length of a petal, in centimetres.", examples=["1.4"])] = ""
    pw: Annotated[str, Field(description="Width of a petal, in centimetres.", examples=["0.2"])] = ""
    sl: Annotated[str, Field(description="Length of a sepal, in centimetres.", examples=["5.1"])] = ""
    sw: Annotated[str, Field(description="Width of a sepal, in centimetres.", examples=["3.5"])] = ""
    predictor: Annotated[str, Field(description="Name of the predictor.")] = ""
    lang: Annotated[
        str,
        Field(description="`en` or `es`; by default, the best match of `Accept-Language`.", examples=["es"]),
    ] = ""


class Prediction(TypedDict):
    """Species of the flower; with `detail=true`, also the probability of each class, and how it was found.

    One model for both levels of detail: generated clients can't tell the variants of a union apart.
    """

    specie: Annotated[
        str,
        Field(
            description="Name of the most likely class. Clients of this API expect this spelling.",
            examples=["Iris Setosa"],
        ),
    ]
    probabilities: NotRequired[
        Annotated[dict[str, Probability], Field(description="The probability of each class; their sum is 1.")]
    ]
    predictor: NotRequired[Annotated[str, Field(description="Name of the predictor that answered.")]]
    version: NotRequired[Annotated[str, Field(description="SHA-256 of its parameters, in hexadecimal.")]]
    swapped: NotRequired[Annotated[bool, Field(description="Whether petals and sepals were exchanged.")]]
    notes: NotRequired[
        Annotated[
            list[str],
            Field(description="Remarks, one sentence each, such as lengths outside the training data."),
        ]
    ]


PREDICTION_EXAMPLES: Final[dict[str, Any]] = {
    "plain": {"value": {"specie": "Iris Setosa"}},
    "detailed": {
        "summary": "With `detail=true`",
        "value": {
            "specie": "Iris Setosa",
            "probabilities": {"Iris Setosa": 0.98, "Iris Versicolor": 0.02, "Iris Virginica": 0.0},
            "predictor": "iris-logistic",
            "version": "5f9c",
            "swapped": False,
            "notes": [],
        },
    },
}
"""Examples of responses, by name."""


class PredictorCard(BaseModel):
    """Summary of one predictor."""

    name: Annotated[str, Field(description="Name of the predictor.", examples=["iris-logistic"])]
    version: Annotated[str, Field(description="SHA-256 of its parameters, in hexadecimal.")]
    kind: Annotated[str, Field(description="Format of its parameters.", examples=["linear"])]
    default: Annotated[bool, Field(description="Whether it is used if a request names no predictor.")]
    features: Annotated[list[str], Field(description="Lengths in the order of its input.")]
    classes: Annotated[
        list[str],
        Field(
            description="Names of its classes.",
            examples=[["Iris Setosa", "Iris Versicolor", "Iris Virginica"]],
        ),
    ]
    accuracy: Annotated[Probability, Field(description="Cross-validated, from 0 to 1.", examples=[0.97])]
    trained_at: Annotated[
        _Time, Field(description="Time of the training, in UTC.", examples=["2026-01-31T12:00:00Z"])
    ]


class PredictorList(BaseModel):
    """List of all predictors."""

    predictors: list[PredictorCard]


class FeatureCard(BaseModel):
    """Length that a predictor takes, with its range in the training data."""

    model_config = ConfigDict(extra="allow")

    name: Annotated[str, Field(description="Name in requests.", examples=["pl"])]
    long_name: Annotated[str, Field(description="Name in full.", examples=["petal length"])]
    unit: Annotated[str, Field(description="Unit of measurement.", examples=["cm"])]
    minimum: Annotated[_Number, Field(description="Minimum of the training data.", examples=[1.0])]
    maximum: Annotated[_Number, Field(description="Maximum of the training data.", examples=[6.9])]


class ModelCard(BaseModel):
    """Model card of a predictor: its training data, parameters and metrics."""

    model_config = ConfigDict(extra="allow")

    name: Annotated[str, Field(description="Name of the predictor.", examples=["iris-logistic"])]
    version: Annotated[str, Field(description="SHA-256 of its parameters, in hexadecimal.")]
    kind: Annotated[str, Field(description="Format of its parameters.", examples=["linear"])]
    default: Annotated[bool, Field(description="Whether it is used if a request names no predictor.")]
    estimator: Annotated[
        str, Field(description="Name of the scikit-learn estimator.", examples=["LogisticRegression"])
    ]
    parameters: Annotated[
        dict[str, Any], Field(description="Parameters of the estimator.", examples=[{"C": 1.0}])
    ]
    classes: Annotated[
        list[str],
        Field(
            description="Names of its classes.",
            examples=[["Iris Setosa", "Iris Versicolor", "Iris Virginica"]],
        ),
    ]
    features: list[FeatureCard]
    training: Annotated[
        dict[str, Any],
        Field(description="Training data.", examples=[{"data": "Fisher's Iris", "rows": 150}]),
    ]
    metrics: Annotated[
        dict[str, Any],
        Field(description="Cross-validated metrics.", examples=[{"accuracy": 0.97}]),
    ]
    trained_at: Annotated[
        _Time, Field(description="Time of the training, in UTC.", examples=["2026-01-31T12:00:00Z"])
    ]


class PredictorVersion(BaseModel):
    """Name and version of a predictor."""

    name: Annotated[str, Field(description="Name of the predictor.", examples=["iris-logistic"])]
    version: Annotated[str, Field(description="SHA-256 of its parameters, in hexadecimal.")]


class Version(BaseModel):
    """Versions of a running service, to compare before and after a deployment and between instances."""

    service: Annotated[str, Field(description="Version of this service.", examples=["0.1.0"])]
    python: Annotated[str, Field(description="Version of Python.", examples=["3.13.1"])]
    instance: Annotated[
        str, Field(description="The instance that answered.", examples=["i-0123456789abcdef0"])
    ]
    predictors: list[PredictorVersion]


class Health(BaseModel):
    """State of the process that answered."""

    status: Annotated[str, Field(description="`alive` or `ready`.", examples=["ready"])]
