"""`/api/v01/predictors`: the list of predictors and their model cards."""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Path

from service.api.dependencies import predictor_names
from service.api.openapi import document_problems, document_response
from service.api.schemas import ModelCard, PredictorCard, PredictorList
from service.model.registry import Predictors


def add_predictor_routes(api: FastAPI, predictors: Predictors) -> None:
    """Add the list, at its own path and at the course's `/listpredictors`, and the model cards."""
    listed = PredictorList(
        predictors=[
            PredictorCard(
                name=predictor.name,
                version=predictor.version,
                kind=predictor.kind,
                default=predictor is predictors.default,
                features=list(predictor.definition.short_names),
                classes=list(predictor.classes),
                accuracy=predictor.accuracy,
                trained_at=predictor.trained_at,
            )
            for predictor in predictors
        ]
    )
    cards = {
        predictor.name: ModelCard.model_validate(
            {**predictor.card, "default": predictor is predictors.default}
        )
        for predictor in predictors
    }

    @api.get(
        "/listpredictors",
        tags=["predictors"],
        operation_id="listPredictorsAtRoot",
        summary="List the predictors, at a short path",
        description="The same response as that of `/api/v01/predictors`.",
        responses=document_response(),
    )
    @api.get(
        "/api/v01/predictors",
        tags=["predictors"],
        operation_id="listPredictors",
        summary="List the predictors",
        description="Name, version, classes and accuracy of each predictor.",
        responses=document_response(),
    )
    async def list_predictors() -> PredictorList:
        return listed

    @api.get(
        "/api/v01/predictors/{name}",
        tags=["predictors"],
        operation_id="getPredictor",
        summary="Show a model card",
        description="Estimator, training data, range of each length, and metrics of a predictor.",
        responses=document_response() | document_problems({404: "There is no such predictor."}),
    )
    async def show_predictor(
        name: Annotated[str, Path(description="Name of a predictor.", examples=[predictors.default.name])],
    ) -> ModelCard:
        if name not in cards:
            available = ", ".join(predictor_names(predictors))
            raise HTTPException(404, f"There is no such predictor. Available: {available}.")
        return cards[name]
