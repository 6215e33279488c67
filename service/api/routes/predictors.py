"""`/api/v01/predictors`: who can answer, and what is known of each."""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Path

from service.api.dependencies import predictor_names
from service.api.openapi import document_problems, document_response
from service.api.schemas import ModelCard, PredictorCard, PredictorList
from service.model.flower import FEATURES
from service.model.registry import Predictors


def add_predictor_routes(api: FastAPI, predictors: Predictors) -> None:
    """Add the list, under its name and that of the course, and the model cards."""
    listed = PredictorList(
        predictors=[
            PredictorCard(
                name=predictor.name,
                version=predictor.version,
                kind=predictor.kind,
                default=predictor is predictors.default,
                features=list(FEATURES),
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
        summary="List what can answer",
        responses=document_response(),
    )
    @api.get(
        "/api/v01/predictors",
        tags=["predictors"],
        summary="List what can answer",
        responses=document_response(),
    )
    async def list_predictors() -> PredictorList:
        return listed

    @api.get(
        "/api/v01/predictors/{name}",
        tags=["predictors"],
        summary="Show a model card",
        description="What a predictor is, what it learned from, which lengths it has seen, how good it is.",
        responses=document_response() | document_problems({404: "There is no such predictor."}),
    )
    async def show_predictor(
        name: Annotated[str, Path(description="Name of a predictor.", examples=[predictors.default.name])],
    ) -> ModelCard:
        if name not in cards:
            raise HTTPException(
                404, f"There is no such predictor; there is {', '.join(predictor_names(predictors))}."
            )
        return cards[name]
