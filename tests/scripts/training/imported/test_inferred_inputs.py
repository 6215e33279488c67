"""Ranges of the features of an imported model."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scripts.training.imported.inferred_inputs import infer_inputs
from scripts.training.imported.model_file import ModelFileError


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


def test_several_rows_give_a_range_that_goes_beyond_theirs_by_half_of_it(model: Any):
    (feature,) = infer_inputs(model, [{"x": 10}, {"x": 20}, {"x": 15}]).content
    assert (feature["minimum"], feature["maximum"], feature["type"]) == (5, 25, "number")
    assert "optional" not in feature
    # Equal rows are one.
    (feature,) = infer_inputs(model, [{"x": 0.5}, {"x": 0.5}]).content
    assert (feature["minimum"], feature["maximum"]) == pytest.approx((-6, 6))


def test_a_value_that_is_missing_in_the_example_may_be_missing_in_requests(model: Any):
    found = infer_inputs(model, [{"x": 10}, {"x": None}, {"x": 20}])
    assert found.content[0]["optional"] is True
    assert found.examples == [{"x": 10}, {"x": None}, {"x": 20}]


@pytest.mark.parametrize(
    ("examples", "complaint"),
    [
        ([{"x": 1, "y": 2}], "The model takes 1 feature, but the example has x, y."),
        ([{"x": "warm"}], "x is 'warm' in the example, but the model takes a number there."),
    ],
)
def test_an_example_of_other_features_is_refused(model: Any, examples: list[dict[str, Any]], complaint: str):
    with pytest.raises(ModelFileError) as raised:
        infer_inputs(model, examples)
    assert str(raised.value) == complaint


@pytest.mark.parametrize("value", [True, math.inf, math.nan, None, 5])
def test_without_a_scaler_one_value_gives_no_range(value: object):
    bare = LogisticRegression().fit(np.array([[-1.0], [1.0]]), [0, 1])
    with pytest.raises(ModelFileError, match="The range of x is unknown"):
        infer_inputs(bare, [{"x": value}])
    (feature,) = infer_inputs(bare, [{"x": 1}, {"x": 3}]).content
    assert (feature["minimum"], feature["maximum"]) == (0, 4)


def test_names_of_the_model_come_in_its_order_and_get_short_names():
    fitted: Any = LogisticRegression().fit([[-1.0, 1.0], [1.0, -1.0], [0.5, 0.0]], [0, 1, 1])
    fitted.feature_names_in_ = np.array(["lang", "petal length (cm)"])  # as after a fit with a data frame
    examples = [{"petal length (cm)": 1, "lang": 2}, {"petal length (cm)": 3, "lang": 4}]
    found = infer_inputs(fitted, examples)
    assert [it["name"] for it in found.content] == ["lang", "petal length (cm)"]
    assert [it["short_name"] for it in found.content] == ["lang_2", "petal_length"]
    assert found.examples == [{"lang_2": 2, "petal_length": 1}, {"lang_2": 4, "petal_length": 3}]
