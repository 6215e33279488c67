"""Schemas of requests and responses, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

ALLOWED_BOOLEAN: Final = "true or false"
"""Allowed values of a boolean parameter, as error responses name them."""


def _parse_boolean(given: object) -> bool:
    """Parse the documented values only; pydantic would also accept `on`, `y` and `1`."""
    if given not in {"true", "false", True, False}:
        raise ValueError(ALLOWED_BOOLEAN)
    return given in {"true", True}


_Detail = Annotated[
    bool,
    BeforeValidator(_parse_boolean),
    Field(description="Whether to add probabilities, the predictor and its version, and notes."),
]


class DetailOption(BaseModel):
    """Query parameter of a prediction whose path names the predictor: the level of detail."""

    detail: _Detail = False


class PredictionOptions(BaseModel):
    """Query parameters of every classification: the predictor and the level of detail."""

    predictor: Annotated[
        str | None,
        WithJsonSchema({"type": "string"}),
        Field(description="Name of the predictor."),
    ] = None
    detail: _Detail = False


Probability = Annotated[
    float, WithJsonSchema({"type": "number", "format": "double", "minimum": 0, "maximum": 1})
]
_NUMBER: Final = {"type": "number", "format": "double"}
_Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


def _is_absent(value: object) -> bool:
    return value is None


class PageQuery(BaseModel):
    """Query of the page, in addition to the features: any text, as the page itself shows what is wrong."""

    predictor: Annotated[str, Field(description="Name of the predictor.")] = ""
    lang: Annotated[
        str,
        Field(description="`en` or `es`; by default, the best match of `Accept-Language`.", examples=["es"]),
    ] = ""


class PredictorCard(BaseModel):
    """Summary of one predictor."""

    name: Annotated[str, Field(description="Name of the predictor.", examples=["iris-logistic"])]
    version: Annotated[str, Field(description="SHA-256 of its parameters, in hexadecimal.")]
    kind: Annotated[str, Field(description="Format of its parameters.", examples=["linear"])]
    default: Annotated[bool, Field(description="Whether it is used if a request names no predictor.")]
    features: Annotated[list[str], Field(description="Short names of its features, in their order.")]
    classes: Annotated[
        list[str],
        Field(
            description="Names of its classes; none for a regression.",
            examples=[["Iris Setosa", "Iris Versicolor", "Iris Virginica"]],
        ),
    ]
    accuracy: Annotated[
        Probability | None,
        WithJsonSchema({"type": "number", "format": "double", "minimum": 0, "maximum": 1}),
        Field(
            description="Cross-validated, from 0 to 1; a regression or an imported model has none.",
            examples=[0.97],
            exclude_if=_is_absent,
        ),
    ] = None
    trained_at: Annotated[
        _Time, Field(description="Time of the training, in UTC.", examples=["2026-01-31T12:00:00Z"])
    ]


class PredictorList(BaseModel):
    """List of all predictors."""

    predictors: list[PredictorCard]


class FeatureCard(BaseModel):
    """Feature that a predictor takes, with its range in the training data."""

    model_config = ConfigDict(extra="allow")

    name: Annotated[str, Field(description="Name in requests.", examples=["area"])]
    long_name: Annotated[str, Field(description="Name in full.", examples=["living area"])]
    unit: Annotated[str, Field(description="Unit of measurement.", examples=["m2"])]
    minimum: Annotated[
        float | None,
        WithJsonSchema(_NUMBER),
        Field(
            description="Minimum of the training data; a category has none.",
            examples=[1.0],
            exclude_if=_is_absent,
        ),
    ] = None
    maximum: Annotated[
        float | None,
        WithJsonSchema(_NUMBER),
        Field(
            description="Maximum of the training data; a category has none.",
            examples=[6.9],
            exclude_if=_is_absent,
        ),
    ] = None


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
            description="Names of its classes; none for a regression.",
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
