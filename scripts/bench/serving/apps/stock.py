"""FastAPI as in its documentation: pydantic models for input and output, around this project's predictor."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel

from service.model.registry import load_predictors

predictor = load_predictors(Path(os.environ["PREDICTORS"])).default
app = FastAPI()


class StockFlower(BaseModel):
    """The four lengths of one iris, in centimetres."""

    pl: float
    pw: float
    sl: float
    sw: float


class StockPrediction(BaseModel):
    """Species of a flower."""

    specie: str


@app.post("/api/v01/classify")
async def classify(flower: StockFlower) -> StockPrediction:
    """Return the species of one flower."""
    return StockPrediction(specie=str(predictor.predict((flower.pl, flower.pw, flower.sl, flower.sw))))
