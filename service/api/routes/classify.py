"""`/api/v01/classify`: one row, in the path, the query or the body."""

from email.message import Message
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel

from service.api.dependencies import find_predictor
from service.api.model_schemas import model_schemas, row_of, with_types
from service.api.openapi import document_problems, document_response
from service.api.schemas import PredictionOptions
from service.model.explanation import explain
from service.model.registry import Predictors


def add_classify_routes(api: FastAPI, predictors: Predictors) -> None:
    """Add the three routes."""
    definition = predictors.default.definition
    schemas = model_schemas(definition)
    names, item = definition.short_names, definition.item
    header = [predictors.default.hook.HEADER] if predictors.default.hook else []

    def classify(
        given: BaseModel, options: PredictionOptions, request: Request, response: Response
    ) -> dict[str, Any]:
        predictor = find_predictor(predictors, options.predictor)
        request.state.predictor = predictor.name
        row, corrected = predictor.correct(row_of(given, definition))
        if corrected:
            response.headers.update(dict.fromkeys(header, "true"))
        if options.detail:
            return explain(predictor, row, corrected=corrected)
        return {definition.response_key: predictor.predict(row)}

    success = document_response(
        *header, content={"application/json": {"examples": schemas.prediction_examples}}
    )
    invalid = {422: "A value is missing or not allowed, or there is no such predictor."}
    listed = ", ".join(f"`{name}`" for name in names)

    async def classify_path(
        given: BaseModel,
        options: Annotated[PredictionOptions, Query()],
        request: Request,
        response: Response,
    ) -> dict[str, Any]:
        return classify(given, options, request, response)

    api.get(
        "/api/v01/classify/" + "/".join(f"{{{name}}}" for name in names),
        tags=["classify"],
        operation_id="classifyByPath",
        summary=f"Classify one {item} in the path",
        description=f"The values are parts of the path, in this order: {listed}.",
        response_model=schemas.prediction,
        responses=success | document_problems(invalid | {404: "The path has more or fewer values."}),
    )(with_types(classify_path, given=Annotated[schemas.request, Path()]))

    async def classify_query(
        query: PredictionOptions,
        request: Request,
        response: Response,
    ) -> dict[str, Any]:
        return classify(query, query, request, response)

    api.get(
        "/api/v01/classify",
        tags=["classify"],
        operation_id="classifyByQuery",
        summary=f"Classify one {item} in the query",
        description="The values are parameters of the query, in any order.",
        response_model=schemas.prediction,
        responses=success | document_problems(invalid),
    )(with_types(classify_query, query=Annotated[schemas.query, Query()]))

    async def classify_body(
        given: BaseModel,
        options: Annotated[PredictionOptions, Query()],
        request: Request,
        response: Response,
    ) -> dict[str, Any]:
        return classify(given, options, request, response)

    api.post(
        "/api/v01/classify",
        tags=["classify"],
        operation_id="classify",
        summary=f"Classify one {item} in the body",
        description="The values are members of a JSON object, in any order.",
        response_model=schemas.prediction,
        responses=success
        | document_problems(
            invalid
            | {
                400: "The body is not JSON.",
                413: "The body is too large.",
                415: "The content type is not JSON, or the body is encoded.",
            }
        ),
        dependencies=[Depends(_require_json)],
    )(with_types(classify_body, given=schemas.request))


async def _require_json(request: Request) -> None:
    """Refuse a body whose content type is neither JSON (RFC 8259) nor based on it (RFC 6839, 3.1)."""
    # The content type is parsed as FastAPI parses it: otherwise a body could pass here and be ignored there.
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    subtype = message.get_content_subtype()
    is_json = message.get_content_maintype() == "application" and (
        subtype == "json" or subtype.endswith("+json")
    )
    if not is_json and await request.body():
        raise HTTPException(
            415,
            "The body must be JSON, with the content type application/json.",
            headers={"Accept": "application/json"},
        )
