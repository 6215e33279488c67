"""FastAPI as in most tutorials: an unpickled scikit-learn model, called in a plain function."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn and joblib have no types.

from __future__ import annotations

import os
from typing import Any

import joblib
from fastapi import FastAPI
from pydantic import BaseModel

model: Any = joblib.load(os.environ["MODEL"])
app = FastAPI()


class TutorialFlower(BaseModel):
    """The four lengths of one iris, in centimetres."""

    pl: float
    pw: float
    sl: float
    sw: float


class TutorialPrediction(BaseModel):
    """Species of a flower."""

    specie: str


@app.post("/api/v01/classify")
def classify(flower: TutorialFlower) -> TutorialPrediction:
    """Return the species of one flower."""
    return TutorialPrediction(specie=model.predict([[flower.pl, flower.pw, flower.sl, flower.sw]])[0])


@app.post("/api/v01/classify/batch")
def classify_batch(flowers: list[TutorialFlower]) -> list[TutorialPrediction]:
    """Return the species of many flowers, with one call of the model."""
    rows = [[flower.pl, flower.pw, flower.sl, flower.sw] for flower in flowers]
    return [TutorialPrediction(specie=specie) for specie in model.predict(rows)]
