"""Training data of a regression, which comes with scikit-learn."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes

from scripts.training.data import Dataset
from service.model.definition_reader import read_definition


def diabetes() -> Dataset:
    """Return a regression whose rows are sorted by their target, as a user's file may be."""
    found: Any = load_diabetes()
    order = np.argsort(found.target, kind="stable")
    features = [
        {"name": name, "short_name": name, "minimum": -1, "maximum": 1} for name in found.feature_names
    ]
    definition = read_definition(
        {
            "name": "diabetes",
            "title": "Diabetes",
            "description": "Progression of a disease.",
            "task": "regression",
            "features": [{"type": "number", **feature} for feature in features],
            "response_key": "progression",
            "example": dict.fromkeys(found.feature_names, 0.0),
        }
    )
    return Dataset(rows=found.data[order], target=found.target[order], definition=definition)
