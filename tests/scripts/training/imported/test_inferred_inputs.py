"""Ranges of the features of an imported model."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scripts.training.imported.inferred_inputs import infer_inputs


@pytest.fixture(scope="module")
def model() -> Any:
    # Mean 0 and standard deviation 1.
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(np.array([[-1.0], [1.0]]), [0, 1])


@pytest.mark.parametrize(
    ("example", "expected"),
    [(0.5, (-6, 6)), (6.0, (-6, 6)), (9.0, (-6, 9)), (-7.5, (-7.5, 6)), (None, (-6, 6))],
)
def test_a_range_is_six_deviations_around_the_mean_and_has_the_example_in_it(
    model: Any, example: float | None, expected: tuple[float, float]
):
    (feature,) = infer_inputs(model, [{"x": example}]).content
    assert (feature["minimum"], feature["maximum"]) == pytest.approx(expected)
