import math
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.model.gaussian_nb import Gaussian
from tests.iris import DEFINITION, Flower

lengths = st.floats(0, 100)
flowers = st.builds(Flower, lengths, lengths, lengths, lengths)
means = st.lists(st.floats(0, 10), min_size=4, max_size=4)
variances = st.lists(st.floats(0.01, 10), min_size=4, max_size=4)


@st.composite
def packings(draw: st.DrawFn) -> dict[str, Any]:
    classes = draw(st.integers(2, 5))
    return {
        "means": draw(st.lists(means, min_size=classes, max_size=classes)),
        "variances": draw(st.lists(variances, min_size=classes, max_size=classes)),
        "priors": [1 / classes] * classes,
    }


@given(packings(), flowers)
def test_probabilities_add_up_to_one_and_the_largest_decides(packed: dict[str, Any], flower: Flower):
    model = Gaussian.unpack(packed, DEFINITION)
    in_loops = model.probabilities(flower)
    model.specialize()
    probabilities = model.probabilities(flower)
    assert probabilities == in_loops
    assert len(probabilities) == model.classes
    assert math.isclose(sum(probabilities), 1, rel_tol=0, abs_tol=1e-12)
    assert probabilities[model.decide(flower)] == max(probabilities)


def test_probabilities_are_those_of_bayes_theorem_with_normal_densities():
    packed: dict[str, Any] = {
        "means": [[1, 2, 3, 4], [2, 2, 4, 4]],
        "variances": [[0.5, 1, 2, 0.1], [1, 0.3, 2, 0.4]],
        "priors": [0.25, 0.75],
    }
    flower = Flower(1.5, 1.8, 3.3, 4.2)
    joint = [
        prior
        * math.prod(
            statistics.NormalDist(mean, math.sqrt(variance)).pdf(length)
            for length, mean, variance in zip(flower, middle, spread, strict=True)
        )
        for middle, spread, prior in zip(packed["means"], packed["variances"], packed["priors"], strict=True)
    ]
    expected = [share / sum(joint) for share in joint]
    assert Gaussian.unpack(packed, DEFINITION).probabilities(flower) == pytest.approx(expected, rel=1e-12)


SOUND: dict[str, Any] = {"means": [[1, 2, 3, 4]] * 2, "variances": [[1, 1, 1, 1]] * 2, "priors": [0.5, 0.5]}


@pytest.mark.parametrize(
    "change",
    [
        {"means": [[1, 2, 3, 4]]},
        {"means": [[1, 2, 3]] * 2},
        {"means": [[1, 2, 3, math.nan]] * 2},
        {"variances": [[1, 1, 1, 0]] * 2},
        {"variances": [[1, 1, 1, -1]] * 2},
        {"priors": [1.0, 0.0]},
        {"priors": [0.5, "half"]},
        {"priors": None},
    ],
)
def test_invalid_parameters_are_refused(change: dict[str, Any]):
    Gaussian.unpack(SOUND, DEFINITION)
    with pytest.raises((KeyError, TypeError, ValueError)):
        Gaussian.unpack(SOUND | change, DEFINITION)
