"""Handler of most tutorials: a scikit-learn model, unpickled at import, behind FastAPI and Mangum."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# joblib has no types.

from __future__ import annotations

import os
from typing import Any

import joblib
from fastapi import FastAPI
from mangum import Mangum

model: Any = joblib.load(os.environ["MODEL"])
app = FastAPI()


@app.get("/api/v01/classify")
def classify(pl: float, pw: float, sl: float, sw: float) -> dict[str, str]:
    """Return the species of one flower."""
    return {"specie": model.predict([[pl, pw, sl, sw]])[0]}


handler = Mangum(app)
