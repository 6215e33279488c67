"""FastAPI as its documentation shows it: pydantic in, pydantic out, around the predictor that ours has."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel

from service.model.flower import Flower
from service.model.registry import load_predictors

predictor = load_predictors(Path(os.environ["PREDICTORS"])).default
app = FastAPI()


class FlowerIn(BaseModel):
    """The four lengths of one iris, in centimetres."""

    pl: float
    pw: float
    sl: float
    sw: float


class Prediction(BaseModel):
    """What the flower is."""

    specie: str


@app.post("/api/v01/classify")
async def classify(flower: FlowerIn) -> Prediction:
    """Name the species of one flower."""
    return Prediction(specie=predictor.predict(Flower(flower.pl, flower.pw, flower.sl, flower.sw)))
