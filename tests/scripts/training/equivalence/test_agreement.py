# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from typing_extensions import override

from scripts.training.data import load_data
from scripts.training.equivalence import sample_points
from scripts.training.equivalence.agreement import PROBABILITY_TOLERANCE, Agreement, compare
from scripts.training.export import fit
from scripts.training.formats.formula_export import export_gaussian, export_linear
from scripts.training.recipe import Recipe, defaults
from service.model.gaussian_nb import Gaussian
from service.model.linear import Linear
from service.model.predictor import KNOWN_ANSWER_TOLERANCE
from tests.iris import DEFINITION, sample_space

if TYPE_CHECKING:
    from collections.abc import Iterable

    from service.model.feature import Row

LOGISTIC, FOREST, BAYES = defaults(42)
SPACE = sample_space()
SCALED = Recipe(name="scaled", estimator="LogisticRegression", scaled=True, seed=42)


def exported(recipe: Recipe, fitted: Any) -> Linear | Gaussian:
    return (
        Gaussian.unpack(export_gaussian(fitted), DEFINITION)
        if recipe.kind == "gaussian"
        else Linear.unpack(export_linear(fitted), DEFINITION)
    )


@pytest.mark.parametrize("specialized", [True, False])
@pytest.mark.parametrize("recipe", [LOGISTIC, BAYES, SCALED])
def test_formulas_agree_with_scikit_learn(recipe: Recipe, specialized: bool):  # noqa: FBT001 (a parameter of the test)
    fitted = fit(recipe, load_data())
    model = exported(recipe, fitted)
    if specialized:
        model.specialize()
    agreement = compare(fitted, model, SPACE, count=10_000, seed=5)
    assert (agreement.points, agreement.at_boundaries) == (10_000, 5_000)
    assert agreement.differences == 0
    assert agreement.holds


def test_points_at_boundaries_lie_in_pairs_on_both_sides_of_them():
    fitted = fit(LOGISTIC, load_data())
    at = SPACE.at_boundaries(fitted, 400, np.random.default_rng(1))
    assert at.shape == (400, 4)
    two = np.sort(fitted.predict_proba(at), axis=1)[:, -2:]
    distances = np.log(two[:, 1] / two[:, 0])
    assert distances.min() >= sample_points.MINIMUM_LOG_RATIO * 0.99
    assert np.median(distances) < 100 * sample_points.MINIMUM_LOG_RATIO
    assert len(set(fitted.predict(at))) == 3


class Constant:
    """Classifier that names one class everywhere, and counts its calls."""

    calls = 0

    def predict(self, points: Any) -> Any:
        self.calls += 1
        return np.zeros(len(points), dtype=int)

    def predict_proba(self, points: Any) -> Any:
        return np.tile([1.0, 0.0, 0.0], (len(points), 1))


def test_a_model_without_a_boundary_is_compared_at_other_points_after_few_draws():
    constant = Constant()
    assert SPACE.at_boundaries(constant, 100, np.random.default_rng(1)).shape == (0, 4)
    assert constant.calls == 2 * 20
    model = Linear([[0.0] * 4] * 3, [0.0, -1000.0, -1000.0], [100.0] * 4)
    agreement = compare(constant, model, SPACE, count=1_000, seed=5)
    assert (agreement.points, agreement.at_boundaries) == (1_000, 0)
    assert agreement.holds


def test_a_coefficient_changed_in_its_ninth_digit_is_noticed():
    fitted = fit(LOGISTIC, load_data())
    packed = export_linear(fitted)
    packed["coefficients"][1][0] *= 1 + 1e-9
    agreement = compare(fitted, Linear.unpack(packed, DEFINITION), SPACE, count=4_000, seed=5)
    assert agreement.differences > 100
    assert not agreement.holds


def test_points_at_split_points_are_on_and_next_to_them():
    at = SPACE.at_split_points([[2.5], [], [], []], 1_000, np.random.default_rng(1))
    for length in (
        2.5,
        np.nextafter(2.5, 3),
        np.nextafter(2.5, 2),
        float(np.nextafter(np.float32(2.5), np.float32(3))),
    ):
        assert (at[:, 0] == length).sum() > 10


# Double precision keeps about 16 digits; formulas lose less than 1e-12.
@pytest.mark.parametrize(("error", "holds"), [(0.0, True), (1e-9, True), (1.001e-9, False), (1e-6, False)])
def test_a_probability_may_differ_by_no_more_than_a_known_answer_may(error: float, holds: bool):  # noqa: FBT001 - a parameter of the test
    found = Agreement(points=1, at_boundaries=0, differences=0, example=None, probability_error=error)
    assert found.holds is holds
    assert PROBABILITY_TOLERANCE == KNOWN_ANSWER_TOLERANCE


def test_one_label_that_differs_is_one_too_many():
    found = Agreement(points=9, at_boundaries=0, differences=1, example=(1, 1, 1, 1), probability_error=0)
    assert not found.holds


def test_a_probability_that_differs_by_two_billionths_is_noticed():
    fitted = fit(LOGISTIC, load_data())
    packed = export_linear(fitted)
    model = Linear.unpack(packed, DEFINITION)

    class WrongProbabilities(Linear):
        def probabilities(self, row: Row) -> tuple[float, ...]:
            first, *others = super().probabilities(row)
            return (first + 2e-9, *others)

    wrong = WrongProbabilities.unpack(packed, DEFINITION)
    assert compare(fitted, model, SPACE, count=400, seed=5).holds
    found = compare(fitted, wrong, SPACE, count=400, seed=5)
    assert found.differences == 0
    assert found.probability_error == pytest.approx(2e-9, rel=1e-3)
    assert not found.holds


def test_one_label_that_only_a_batch_gets_wrong_is_noticed():
    fitted = fit(LOGISTIC, load_data())
    model = Linear.unpack(export_linear(fitted), DEFINITION)
    decide_all = model.decide_all

    def wrong_at_the_end(rows: Iterable[Row]) -> list[int]:
        *labels, last = decide_all(rows)
        return [*labels, (last + 1) % 3]

    model.decide_all = wrong_at_the_end
    found = compare(fitted, model, SPACE, count=400, seed=5)
    assert found.differences == 1
    assert found.example is not None
    assert not found.holds


def test_a_regression_is_compared_by_its_values_and_one_that_answers_no_number_differs():
    class Doubled:
        """Regression that answers twice the first feature."""

        def predict(self, rows: Any) -> Any:
            return 2 * rows[:, 0]

        def value(self, row: Row) -> float:
            return 2 * row[0]

    class Numberless(Doubled):
        @override
        def value(self, row: Row) -> float:
            return math.nan if row[0] > 3 else super().value(row)

    fitted: Any = Doubled()
    exact = compare(fitted, fitted, SPACE, count=400, seed=5)
    assert (exact.differences, exact.holds) == (0, True)
    numberless: Any = Numberless()
    found = compare(fitted, numberless, SPACE, count=400, seed=5)
    assert 0 < found.differences < 400
    assert found.example
    assert found.example[0] > 3
    assert not found.holds
