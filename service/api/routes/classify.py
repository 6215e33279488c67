"""`/api/v01/classify`: one flower, three ways to give it."""

from email.message import Message
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response

from service.api.dependencies import find_predictor
from service.api.openapi import FLOWER_SWAPPED, FLOWER_SWAPPED_HEADER, document_problems, document_response
from service.api.schemas import DetailedPrediction, FlowerQuery, FlowerRequest, Prediction, PredictionOptions
from service.model.explanation import explain
from service.model.flower import unswap
from service.model.registry import Predictors


def add_classify_routes(api: FastAPI, predictors: Predictors) -> None:
    """Add the three forms."""

    def classify(
        lengths: FlowerRequest, choice: PredictionOptions, request: Request, response: Response
    ) -> Prediction | DetailedPrediction:
        predictor = find_predictor(predictors, choice.predictor)
        request.state.predictor = predictor.name
        flower, swapped = unswap(lengths.flower())
        if swapped:
            response.headers[FLOWER_SWAPPED] = "true"
        if choice.detail:
            return DetailedPrediction(**explain(predictor, flower, swapped=swapped))
        return Prediction(specie=predictor.predict(flower))

    answers = document_response(FLOWER_SWAPPED_HEADER)
    invalid = {422: "A length is missing, not a number, or out of range, or there is no such predictor."}

    @api.get(
        "/api/v01/classify/{pl}/{pw}/{sl}/{sw}",  # noqa: FAST003 (they are the fields of FlowerRequest)
        tags=["classify"],
        summary="Classify one flower given in the path",
        responses=answers | document_problems(invalid | {404: "The path does not hold four lengths."}),
    )
    async def classify_path(
        lengths: Annotated[FlowerRequest, Path()],
        choice: Annotated[PredictionOptions, Query()],
        request: Request,
        response: Response,
    ) -> Prediction | DetailedPrediction:
        return classify(lengths, choice, request, response)

    @api.get(
        "/api/v01/classify",
        tags=["classify"],
        summary="Classify one flower given in the query",
        responses=answers | document_problems(invalid),
    )
    async def classify_query(
        asked: Annotated[FlowerQuery, Query()], request: Request, response: Response
    ) -> Prediction | DetailedPrediction:
        return classify(asked, asked, request, response)

    @api.post(
        "/api/v01/classify",
        tags=["classify"],
        summary="Classify one flower given in the body",
        responses=answers
        | document_problems(
            invalid
            | {
                400: "The body is not JSON.",
                413: "The body is too large.",
                415: "The body is not said to be JSON, or is encoded.",
            }
        ),
        dependencies=[Depends(_must_be_json)],
    )
    async def classify_body(
        lengths: FlowerRequest,
        choice: Annotated[PredictionOptions, Query()],
        request: Request,
        response: Response,
    ) -> Prediction | DetailedPrediction:
        return classify(lengths, choice, request, response)


async def _must_be_json(request: Request) -> None:
    """Refuse a body that is not said to be JSON (RFC 8259) or a format made of it (RFC 6839, 3.1)."""
    # Read as the framework reads it; where the two differed, a body would be taken for neither.
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    subtype = message.get_content_subtype()
    is_json = message.get_content_maintype() == "application" and (
        subtype == "json" or subtype.endswith("+json")
    )
    if not is_json and await request.body():
        raise HTTPException(
            415,
            "The body must be JSON, and its content type application/json.",
            headers={"Accept": "application/json"},
        )
