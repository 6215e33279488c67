# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from typing import Any

import numpy as np
import pytest

from scripts.training import points
from scripts.training.agreement import compare
from scripts.training.data import load_data
from scripts.training.packing import fit
from scripts.training.recipe import Recipe, defaults
from scripts.training.smooth_forms import pack_gaussian, pack_linear
from service.gaussian import Gaussian
from service.linear import Linear

LOGISTIC, FOREST, BAYES = defaults(42)
SCALED = Recipe(name="scaled", estimator="LogisticRegression", scaled=True, seed=42)


def unpacked(recipe: Recipe, fitted: Any) -> Linear | Gaussian:
    return (
        Gaussian.unpack(pack_gaussian(fitted))
        if recipe.kind == "gaussian"
        else Linear.unpack(pack_linear(fitted))
    )


@pytest.mark.parametrize("recipe", [LOGISTIC, BAYES, SCALED])
def test_formulas_agree_with_scikit_learn(recipe: Recipe):
    fitted = fit(recipe, load_data())
    agreement = compare(fitted, unpacked(recipe, fitted), count=10_000, seed=5)
    assert (agreement.points, agreement.at_boundaries) == (10_000, 5_000)
    assert agreement.differences == 0
    assert agreement.holds


def test_points_at_boundaries_lie_in_pairs_on_both_sides_of_them():
    fitted = fit(LOGISTIC, load_data())
    at = points.at_boundaries(fitted, 400, np.random.default_rng(1))
    assert at.shape == (400, 4)
    two = np.sort(fitted.predict_proba(at), axis=1)[:, -2:]
    apart = np.log(two[:, 1] / two[:, 0])
    assert apart.min() >= points.TELLABLE * 0.99
    assert np.median(apart) < 100 * points.TELLABLE
    assert len(set(fitted.predict(at))) == 3


def test_a_coefficient_changed_in_its_ninth_digit_is_noticed():
    fitted = fit(LOGISTIC, load_data())
    packed = pack_linear(fitted)
    packed["coefficients"][1][0] *= 1 + 1e-9
    agreement = compare(fitted, Linear.unpack(packed), count=4_000, seed=5)
    assert agreement.differences > 100
    assert not agreement.holds


def test_points_at_cuts_are_on_them_and_right_beside_them():
    at = points.at_cuts([[2.5], [], [], []], 1_000, np.random.default_rng(1))
    for length in (
        2.5,
        np.nextafter(2.5, 3),
        np.nextafter(2.5, 2),
        float(np.nextafter(np.float32(2.5), np.float32(3))),
    ):
        assert (at[:, 0] == length).sum() > 10
