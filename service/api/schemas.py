"""What goes over the wire: the shapes of requests and answers, as documented in the OpenAPI schema."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from service.model.flower import MAX_CENTIMETRES, Flower, parse_length


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


ALLOWED_SWITCH: Final = "true or false"
"""What a client is told that a switch may be."""


def _parse_switch(given: object) -> bool:
    """Take what is documented and no more: pydantic would read `on`, `y` and `1` too."""
    if given not in {"true", "false", True, False}:
        raise ValueError(ALLOWED_SWITCH)
    return given in {"true", True}


class PredictionOptions(BaseModel):
    """Who is to answer, and how much."""

    predictor: Annotated[
        str | None,
        WithJsonSchema({"type": "string"}),
        Field(description="Name of the predictor that is to answer."),
    ] = None
    detail: Annotated[
        bool,
        BeforeValidator(_parse_switch),
        Field(description="Whether to tell probabilities, the predictor and its version, and notes, too."),
    ] = False


class FlowerQuery(FlowerRequest, PredictionOptions):
    """A flower and a choice, both in the query."""


class PageQuery(BaseModel):
    """What is asked of the page: as it is typed, for the page says by itself what is wrong with it."""

    pl: Annotated[str, Field(description="Length of a petal, in centimetres.", examples=["1.4"])] = ""
    pw: Annotated[str, Field(description="Width of a petal, in centimetres.", examples=["0.2"])] = ""
    sl: Annotated[str, Field(description="Length of a sepal, in centimetres.", examples=["5.1"])] = ""
    sw: Annotated[str, Field(description="Width of a sepal, in centimetres.", examples=["3.5"])] = ""
    predictor: Annotated[str, Field(description="Name of the predictor that is to answer.")] = ""
    lang: Annotated[
        str, Field(description="`en` or `es`; otherwise as `Accept-Language` has it.", examples=["es"])
    ] = ""


class Prediction(BaseModel):
    """What the flower is."""

    specie: Annotated[
        str,
        Field(
            description="Name of the likeliest class. The clients of this interface spell the field so.",
            examples=["Iris Setosa"],
        ),
    ]


class DetailedPrediction(BaseModel):
    """What the flower is, and how sure that is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "specie": "Iris Setosa",
                    "probabilities": {"Iris Setosa": 0.98, "Iris Versicolor": 0.02, "Iris Virginica": 0.0},
                    "predictor": "iris-logistic",
                    "version": "5f9c",
                    "swapped": False,
                    "notes": [],
                }
            ]
        }
    )

    specie: Annotated[str, Field(description="Name of the likeliest class.")]
    probabilities: Annotated[
        dict[str, float], Field(description="The probability of each class, from 0 to 1; their sum is 1.")
    ]
    predictor: Annotated[str, Field(description="Name of the predictor that answered.")]
    version: Annotated[str, Field(description="SHA-256 of its parameters, in hexadecimal.")]
    swapped: Annotated[bool, Field(description="Whether petals and sepals were read the other way round.")]
    notes: Annotated[
        list[str],
        Field(description="What to bear in mind, a sentence each: such as lengths that training never saw."),
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


class FeatureCard(BaseModel):
    """A length that a predictor takes, and what it has seen of it."""

    model_config = ConfigDict(extra="allow")

    name: Annotated[str, Field(examples=["pl"])]
    long_name: Annotated[str, Field(examples=["petal length"])]
    unit: Annotated[str, Field(examples=["cm"])]
    minimum: Annotated[float, Field(description="The shortest that training saw.", examples=[1.0])]
    maximum: Annotated[float, Field(description="The longest that training saw.", examples=[6.9])]


class ModelCard(BaseModel):
    """What a predictor is, what it learned from, and how good it is."""

    model_config = ConfigDict(extra="allow")

    name: Annotated[str, Field(examples=["iris-logistic"])]
    version: Annotated[str, Field(description="SHA-256 of its parameters, in hexadecimal.")]
    kind: Annotated[str, Field(description="The form of its parameters.", examples=["linear"])]
    default: Annotated[bool, Field(description="Whether it answers when no predictor is named.")]
    estimator: Annotated[
        str, Field(description="What scikit-learn calls it.", examples=["LogisticRegression"])
    ]
    parameters: Annotated[
        dict[str, Any], Field(description="What it was told before it learned.", examples=[{"C": 1.0}])
    ]
    classes: Annotated[list[str], Field(examples=[["Iris Setosa", "Iris Versicolor", "Iris Virginica"]])]
    features: list[FeatureCard]
    training: Annotated[
        dict[str, Any],
        Field(description="What it learned from.", examples=[{"data": "Fisher's Iris", "rows": 150}]),
    ]
    metrics: Annotated[
        dict[str, Any],
        Field(description="How good it is, by cross-validation.", examples=[{"accuracy": 0.97}]),
    ]
    trained_at: Annotated[str, Field(description="ISO 8601, in UTC.", examples=["2026-01-31T12:00:00Z"])]


class PredictorVersion(BaseModel):
    """A predictor, as a deployer tells it from others."""

    name: Annotated[str, Field(examples=["iris-logistic"])]
    version: Annotated[str, Field(description="SHA-256 of its parameters, in hexadecimal.")]


class Version(BaseModel):
    """What answers: to be compared before and after a deployment, and from instance to instance."""

    service: Annotated[str, Field(description="Version of this service.", examples=["0.1.0"])]
    python: Annotated[str, Field(description="Version of Python that it runs on.", examples=["3.13.1"])]
    instance: Annotated[
        str, Field(description="The instance that answered.", examples=["i-0123456789abcdef0"])
    ]
    predictors: list[PredictorVersion]


class Health(BaseModel):
    """The state of the process that answered."""

    status: Annotated[str, Field(examples=["ready"])]
