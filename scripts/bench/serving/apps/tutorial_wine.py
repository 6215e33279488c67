"""The tutorial's application with a model of wine: an unpickled scikit-learn model, in a plain function."""

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


class TutorialWine(BaseModel):
    """The 13 measurements of one wine."""

    alcohol: float
    malic_acid: float
    ash: float
    alcalinity_of_ash: float
    magnesium: float
    total_phenols: float
    flavanoids: float
    nonflavanoid_phenols: float
    proanthocyanins: float
    color_intensity: float
    hue: float
    diluted: float
    proline: float


class TutorialCultivar(BaseModel):
    """Cultivar of a wine."""

    cultivar: str


@app.post("/api/v01/classify")
def classify(wine: TutorialWine) -> TutorialCultivar:
    """Return the cultivar of one wine."""
    return TutorialCultivar(cultivar=model.predict([list(wine.model_dump().values())])[0])
