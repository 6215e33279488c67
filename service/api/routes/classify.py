"""`/api/v01/classify`: one flower, in the path, the query or the body."""

from email.message import Message
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response

from service.api.dependencies import find_predictor
from service.api.openapi import FLOWER_SWAPPED, document_problems, document_response
from service.api.schemas import (
    PREDICTION_EXAMPLES,
    FlowerQuery,
    FlowerRequest,
    Prediction,
    PredictionOptions,
)
from service.model.explanation import explain
from service.model.registry import Predictors


def add_classify_routes(api: FastAPI, predictors: Predictors) -> None:
    """Add the three routes."""

    def classify(
        lengths: FlowerRequest, options: PredictionOptions, request: Request, response: Response
    ) -> Prediction:
        predictor = find_predictor(predictors, options.predictor)
        request.state.predictor = predictor.name
        row, swapped = predictor.correct(lengths.row())
        if swapped:
            response.headers[FLOWER_SWAPPED] = "true"
        if options.detail:
            return Prediction(**explain(predictor, row, corrected=swapped))
        return Prediction(specie=predictor.predict(row))

    success = document_response(
        FLOWER_SWAPPED, content={"application/json": {"examples": PREDICTION_EXAMPLES}}
    )
    invalid = {422: "A length is missing, not a number or out of range, or there is no such predictor."}

    @api.get(
        "/api/v01/classify/{pl}/{pw}/{sl}/{sw}",  # noqa: FAST003 (they are the fields of FlowerRequest)
        tags=["classify"],
        operation_id="classifyByPath",
        summary="Classify one flower in the path",
        description="The lengths are parts of the path, in the order of the name: `pl`, `pw`, `sl` and `sw`.",
        responses=success | document_problems(invalid | {404: "The path does not have four lengths."}),
    )
    async def classify_path(
        lengths: Annotated[FlowerRequest, Path()],
        options: Annotated[PredictionOptions, Query()],
        request: Request,
        response: Response,
    ) -> Prediction:
        return classify(lengths, options, request, response)

    @api.get(
        "/api/v01/classify",
        tags=["classify"],
        operation_id="classifyByQuery",
        summary="Classify one flower in the query",
        description="The lengths are parameters of the query, in any order.",
        responses=success | document_problems(invalid),
    )
    async def classify_query(
        query: Annotated[FlowerQuery, Query()], request: Request, response: Response
    ) -> Prediction:
        return classify(query, query, request, response)

    @api.post(
        "/api/v01/classify",
        tags=["classify"],
        operation_id="classify",
        summary="Classify one flower in the body",
        description="The lengths are members of a JSON object, in any order.",
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
    )
    async def classify_body(
        lengths: FlowerRequest,
        options: Annotated[PredictionOptions, Query()],
        request: Request,
        response: Response,
    ) -> Prediction:
        return classify(lengths, options, request, response)


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
