"""Schemas of a model's requests and responses, made from its definition."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, NotRequired, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, create_model

# Pydantic reads the one of the standard library from Python 3.12 on only.
from typing_extensions import TypedDict

from service.api.schemas import PageQuery, PredictionOptions, Probability
from service.model.hooks import load_hook

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.model.definition import Definition
    from service.model.feature import Feature


EXAMPLE_VALUE: Final = 12.5
"""Value of a regression in examples."""


@dataclass(frozen=True, kw_only=True)
class ModelSchemas:
    """Classes of pydantic for one model."""

    request: type[BaseModel]
    """Features of one row."""
    query: type[PredictionOptions]
    """Features and options, both in the query."""
    page_query: type[PageQuery]
    """Query of the page: any text, as the page itself shows what is wrong with it."""
    prediction: Any
    """Typed dictionary of a response. One for both levels of detail: generated clients can't tell the
    variants of a union apart."""
    prediction_examples: dict[str, Any]
    """Examples of responses, by name."""


def model_schemas(definition: Definition) -> ModelSchemas:
    """Return the schemas of a model."""
    name = "".join(word.capitalize() for word in definition.item.split() if word.isalnum()) or "Row"
    fields: dict[str, Any] = {
        feature.short_name: _field(feature, definition.example.get(feature.short_name))
        for feature in definition.features
    }
    request: Any = create_model(
        f"{name}Request",
        __config__=ConfigDict(json_schema_extra={"examples": [dict(definition.example)]}),
        __doc__=f'Features of one {definition.item}. Text of a number, such as `"1.4"`, is accepted too.',
        **fields,
    )
    texts: dict[str, Any] = {
        feature.short_name: (Annotated[str, Field(description=feature_description(feature))], "")
        for feature in definition.features
    }
    page_query: Any = create_model("ModelPageQuery", __base__=PageQuery, **texts)
    query: Any = create_model(f"{name}Query", __base__=(request, PredictionOptions))
    return ModelSchemas(
        request=request,
        query=query,
        page_query=page_query,
        prediction=_prediction(definition),
        prediction_examples=_prediction_examples(definition),
    )


Endpoint = TypeVar("Endpoint", bound="Callable[..., object]")


def with_types(endpoint: Endpoint, **types: object) -> Endpoint:
    """Return an endpoint with other types of parameters, which FastAPI reads when the route is added."""
    endpoint.__annotations__.update(types)
    return endpoint


def row_of(given: BaseModel, definition: Definition) -> tuple[float, ...]:
    """Return the values of a request in the order of the definition."""
    return tuple([getattr(given, name) for name in definition.short_names])


def _field(feature: Feature, example: float | str | None) -> tuple[Any, Any]:
    extra = {} if example is None else {"examples": [example]}
    annotated = Annotated[
        float,
        PlainValidator(feature.parse),
        WithJsonSchema(feature_schema(feature) | extra),
        Field(description=feature_description(feature)),
    ]
    # A missing value is NaN, which no JSON schema can show as a default.
    return (annotated, Field(default_factory=lambda: math.nan)) if feature.optional else (annotated, ...)


def feature_schema(feature: Feature) -> dict[str, Any]:
    """Return the JSON schema of a feature.

    It has one type, although text of a number is accepted too: generated clients can't send a value of two
    types in a path or a query. Without the format, some would use 32 bits, or decimals.
    """
    if feature.levels:
        return {"type": "string", "enum": list(feature.levels)}
    bounds = {"minimum": _json_number(feature.minimum), "maximum": _json_number(feature.maximum)}
    if feature.type == "integer":
        return {"type": "integer", "format": "int64"} | bounds
    return {"type": "number", "format": "double"} | bounds


def _json_number(number: float) -> float:
    return int(number) if number.is_integer() else number


def feature_description(feature: Feature) -> str:
    """Return the description of a feature, with its unit."""
    text = feature.description or f"{feature.name[:1].upper()}{feature.name[1:]}"
    return f"{text}, in {feature.unit_name}." if feature.unit_name else f"{text}."


def _answer(definition: Definition) -> Any:  # noqa: ANN401 (the type of a class's name or of a value)
    if definition.task == "regression":
        unit = f", in {definition.unit}" if definition.unit else ""
        return Annotated[
            float,
            WithJsonSchema({"type": "number", "format": "double", "examples": [EXAMPLE_VALUE]}),
            Field(description=f"Predicted value{unit}."),
        ]
    return Annotated[
        str,
        Field(
            description="Name of the most likely class. Clients of this API expect this spelling.",
            examples=list(definition.classes[:1]),
        ),
    ]


def _prediction(definition: Definition) -> Any:  # noqa: ANN401 (a typed dictionary, made from the definition)
    hook = load_hook(definition.hook)
    answer = _answer(definition)
    probabilities = Annotated[
        dict[str, Probability], Field(description="The probability of each class; their sum is 1.")
    ]
    detail: dict[str, Any] = {
        **({"probabilities": probabilities} if definition.classes else {}),
        "predictor": Annotated[str, Field(description="Name of the predictor that answered.")],
        "version": Annotated[
            str, Field(description="SHA-256 of its parameters and definition, in hexadecimal.")
        ],
    }
    if hook:
        detail[hook.RESPONSE_KEY] = Annotated[bool, Field(description=f"Whether {hook.DESCRIPTION}.")]
    detail["notes"] = Annotated[
        list[str],
        Field(description="Remarks, one sentence each, such as values outside the training data."),
    ]
    fields: dict[str, Any] = {definition.response_key: answer} | {
        key: NotRequired[type_] for key, type_ in detail.items()
    }
    prediction: Any = TypedDict("Prediction", fields)  # pyright: ignore[reportGeneralTypeIssues, reportArgumentType] (made from the definition)
    prediction.__doc__ = (
        "Class of the row; with `detail=true`, also the probability of each class, and how it was found."
        if definition.classes
        else "Value predicted for the row; with `detail=true`, also how it was found."
    )
    return prediction


def _prediction_examples(definition: Definition) -> dict[str, Any]:
    hook = load_hook(definition.hook)
    classes = definition.classes
    answer = {definition.response_key: classes[0] if classes else EXAMPLE_VALUE}
    rest = [0.0] * (len(classes) - 2)
    shares = [1.0] if len(classes) == 1 else [0.98, 0.02, *rest]
    return {
        "plain": {"value": answer},
        "detailed": {
            "summary": "With `detail=true`",
            "value": answer
            | ({"probabilities": dict(zip(classes, shares, strict=True))} if classes else {})
            | {
                "predictor": f"{definition.name}-logistic",
                "version": "5f9c",
            }
            | ({hook.RESPONSE_KEY: False} if hook else {})
            | {"notes": []},
        },
    }
