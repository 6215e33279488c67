"""OpenAPI documents of the predict routes, which take the rows of any predictor.

Where all predictors have one definition, a row has its schema. Otherwise a row is any object, as no union of
schemas can be told apart by generated clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from service.api.batch_documents import batch_bodies, batch_responses
from service.api.model_schemas import feature_description, feature_schema, model_schemas
from service.api.openapi import HEADERS, ROWS_REFUSED, document_response, hook_headers

if TYPE_CHECKING:
    from service.model.registry import Predictors

_ANY_ROW: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": True,
    "description": "The value of each feature of the predictor, by its short name.",
}
_ANY_PREDICTION: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": True,
    "description": "The prediction, under the response key of the predictor's definition.",
}


def predict_parameters(predictors: Predictors) -> list[dict[str, Any]]:
    """Return the documents of the features of all predictors, as parameters of a query."""
    documents: dict[str, dict[str, Any]] = {}
    for predictor in predictors:
        for feature in predictor.definition.features:
            schema = feature_schema(feature)
            example = predictor.definition.example.get(feature.short_name)
            document = documents.setdefault(
                feature.short_name,
                {
                    "name": feature.short_name,
                    "in": "query",
                    "required": _is_alike(predictors) and not feature.optional,
                    "schema": schema | ({} if example is None else {"examples": [example]}),
                    "description": feature_description(feature),
                },
            )
            if {key: document["schema"].get(key) for key in schema} != schema:
                document["schema"] = {"type": "string"}
                document["description"] = "A feature of several predictors, which allow different values."
    return list(documents.values())


def predict_bodies(predictors: Predictors) -> dict[str, Any]:
    """Return the documents of a request's body by media type."""
    default = predictors.default
    name = model_schemas(default.definition).request.__name__
    is_alike = _is_alike(predictors)
    one_row = {"$ref": f"#/components/schemas/{name}"} if is_alike else _ANY_ROW
    json_body = {"schema": one_row, "example": dict(default.definition.example)}
    return batch_bodies(default, name if is_alike else "row") | {"application/json": json_body}


def one_row_responses(predictors: Predictors) -> dict[int | str, dict[str, Any]]:
    """Return the documents of a successful response to one row."""
    definition, hook = predictors.default.definition, predictors.default.hook
    schema = {"$ref": "#/components/schemas/Prediction"} if _is_alike(predictors) else _ANY_PREDICTION
    example = model_schemas(definition).prediction_examples["plain"]["value"]
    content = {"application/json": {"schema": schema, "example": example}}
    return document_response(*([hook.HEADER] if hook else []), content=content)


def predict_responses(predictors: Predictors) -> dict[int | str, dict[str, Any]]:
    """Return the documents of a successful response to one row or a batch."""
    hook = predictors.default.hook
    ((status, one_row),) = one_row_responses(predictors).items()
    (batch,) = batch_responses(predictors.default).values()
    # Responses to one row do not have the headers of batches.
    of_batches = {ROWS_REFUSED: HEADERS[ROWS_REFUSED]}
    if hook:
        of_batches[hook.BATCH_HEADER] = hook_headers(hook)[hook.BATCH_HEADER]
    optional = {name: header | {"required": False} for name, header in of_batches.items()}
    return {
        status: {"headers": one_row["headers"] | optional, "content": batch["content"] | one_row["content"]}
    }


def _is_alike(predictors: Predictors) -> bool:
    return len(predictors.alike()) == len(list(predictors))
