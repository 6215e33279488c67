import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.iris.definition import MAX_CENTIMETRES
from service.model.linear import Linear
from tests.iris import DEFINITION, MAGNITUDES, Flower

weights = st.floats(-1e6, 1e6)
rows = st.tuples(weights, weights, weights, weights)


def linear(coefficients: Sequence[Sequence[float]], intercepts: Sequence[float]) -> Linear:
    """Return a model with the functions that serve."""
    model = Linear(coefficients, intercepts, (float(MAX_CENTIMETRES),) * len(coefficients[0]))
    model.specialize()
    return model


@st.composite
def models(draw: st.DrawFn) -> Linear:
    classes = draw(st.integers(2, 5))
    coefficients = draw(st.lists(rows, min_size=classes, max_size=classes))
    intercepts = draw(st.lists(weights, min_size=classes, max_size=classes))
    return linear(coefficients, intercepts)


lengths = st.floats(0, 100)
flowers = st.builds(Flower, lengths, lengths, lengths, lengths)


@given(models(), flowers)
def test_probabilities_add_up_to_one_even_for_large_scores(model: Linear, flower: Flower):
    probabilities = model.probabilities(flower)
    assert len(probabilities) == model.classes
    assert all(0 <= probability <= 1 for probability in probabilities)
    assert math.isclose(sum(probabilities), 1, rel_tol=0, abs_tol=1e-12)


@given(models(), flowers)
def test_the_first_of_the_most_likely_classes_is_chosen(model: Linear, flower: Flower):
    probabilities = model.probabilities(flower)
    assert probabilities[model.decide(flower)] == max(probabilities)


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_equal_scores_go_to_the_first_class(classes: int):
    model = linear([(1, 0, 0, 0)] * classes, [0.5] * classes)
    assert model.decide(Flower(1, 2, 3, 4)) == 0


def test_each_weight_belongs_to_its_own_length():
    model = linear([(1, 10, 100, 1000), (0, 0, 0, 0)], [0, 4320.5])
    assert model.decide(Flower(1, 2, 3, 4)) == 0  # 1 + 20 + 300 + 4000 = 4321
    assert model.decide(Flower(0, 2, 3, 4)) == 1


@given(st.tuples(rows, rows, rows), st.tuples(weights, weights, weights), flowers)
def test_three_classes_are_decided_like_any_number_of_classes(
    coefficients: tuple[tuple[float, ...], ...], intercepts: tuple[float, ...], flower: Flower
):
    with_a_last_that_never_wins = linear([*coefficients, (0, 0, 0, 0)], [*intercepts, -math.inf])
    assert linear(coefficients, intercepts).decide(flower) == with_a_last_that_never_wins.decide(flower)


@given(models(), st.lists(flowers))
def test_many_flowers_are_decided_like_each_of_them(model: Linear, many: list[Flower]):
    assert model.decide_all(many) == [model.decide(flower) for flower in many]


@pytest.mark.parametrize("scale", [1e-320, 1e-300, 1e-3, 1.0, 1e6, 1e300, 1e307])
@given(
    one=rows,
    lengths_of=flowers,
    nudges=st.lists(st.sampled_from([-2e-16, -1e-16, 0.0, 1e-16, 2e-16]), min_size=15, max_size=15),
)
def test_many_flowers_are_decided_like_each_where_scores_are_nearly_equal(
    scale: float, one: tuple[float, ...], lengths_of: Flower, nudges: list[float]
):
    nudged = [
        [
            weight / 1e6 * scale * (1 + nudge)
            for weight, nudge in zip((*one, 1e6), nudges[part : part + 5], strict=True)
        ]
        for part in (0, 5, 10)
    ]
    model = linear(
        [(pl, pw, sl, sw) for pl, pw, sl, sw, _ in nudged], [intercept for *_, intercept in nudged]
    )
    assert model.decide_all([lengths_of]) == [model.decide(lengths_of)]


small = st.sampled_from([0.0, 1.0, -1.0])
small_rows = st.tuples(small, small, small, small)


@given(st.tuples(small_rows, small_rows, small_rows), st.tuples(small, small, small))
def test_among_three_the_first_of_equals_wins_as_in_argmax(
    coefficients: tuple[tuple[float, ...], ...], intercepts: tuple[float, ...]
):
    flower = Flower(1.0, 2.0, 1.0, 2.0)
    scores = np.array(coefficients) @ np.array(flower) + np.array(intercepts)
    assert linear(coefficients, intercepts).decide(flower) == np.argmax(scores)


def test_packed_parameters_are_unpacked_exactly():
    packed = {"coefficients": [[0.1, 0.2, 0.3, 1 / 3], [1, 2, 3, 4]], "intercepts": [1e-300, -5]}
    model = Linear.unpack(packed, DEFINITION)
    assert [list(row) for row in model.coefficients] == packed["coefficients"]
    assert list(model.intercepts) == packed["intercepts"]


@pytest.mark.parametrize(
    "packed",
    [
        {},
        {"coefficients": [[1, 2, 3, 4]]},
        {"coefficients": [[1, 2, 3]], "intercepts": [1]},
        {"coefficients": [[1, 2, 3, 4]], "intercepts": [1, 2]},
        {"coefficients": [[1, 2, 3, math.nan]], "intercepts": [1]},
        {"coefficients": [[1, 2, 3, 4]], "intercepts": [math.inf]},
        {"coefficients": [["a", 2, 3, 4]], "intercepts": [1]},
        {"coefficients": 5, "intercepts": [1]},
    ],
)
def test_parameters_that_are_missing_or_not_finite_numbers_are_refused(packed: dict[str, object]):
    with pytest.raises((KeyError, TypeError, ValueError)):
        Linear.unpack(packed, DEFINITION)


@given(models(), flowers)
def test_loops_and_generated_functions_decide_alike(model: Linear, flower: Flower):
    in_loops = Linear(model.coefficients, model.intercepts, MAGNITUDES)
    assert model.decide(flower) == in_loops.decide(flower)
    assert in_loops.decide_all([flower]) == [in_loops.decide(flower)]


@pytest.mark.parametrize("features", [1, 2, 13, 30, 1_000])
@pytest.mark.parametrize("classes", [1, 2, 3, 4, 20])
def test_any_number_of_features_and_classes_is_decided_alike(features: int, classes: int):
    random = np.random.default_rng(features * classes)
    coefficients, intercepts = random.normal(size=(classes, features)), random.normal(size=classes)
    model = linear(coefficients.tolist(), intercepts.tolist())
    rows = [tuple(map(float, row)) for row in random.uniform(0, 100, (50, features))]
    expected = (np.array(rows) @ coefficients.T + intercepts).argmax(axis=1).tolist()
    assert model.decide_all(rows) == list(map(model.decide, rows)) == expected


def test_a_logarithmic_link_gives_the_exponential_of_the_score():
    packed = {"coefficients": [[1.0, 0.0, 0.0, 2.0]], "intercepts": [0.5], "link": "exp"}
    assert Linear.unpack(packed, DEFINITION).value((1.0, 5.0, 5.0, 0.25)) == math.exp(2.0)


@pytest.mark.parametrize(
    "packed",
    [
        {"coefficients": [[8.0, 0.0, 0.0, 0.0]], "intercepts": [0.0], "link": "exp"},  # exp(800) is no double
        {"coefficients": [[1.0] * 4] * 2, "intercepts": [0.0] * 2, "link": "exp"},
        {"coefficients": [[1.0] * 4], "intercepts": [0.0], "link": "log"},
        {"coefficients": [[1.0] * 4], "intercepts": [0.0], "link": ["exp"]},
    ],
)
def test_a_link_that_is_unknown_or_not_finite_is_refused(packed: dict[str, object]):
    with pytest.raises((TypeError, ValueError)):
        Linear.unpack(packed, DEFINITION)


def test_the_value_of_a_regression_is_its_weighted_sum():
    packed = {"coefficients": [[1.0, 10.0, 100.0, 1_000.0]], "intercepts": [0.5]}
    model = Linear.unpack(packed, DEFINITION)
    model.specialize()
    assert (model.classes, model.value((1.0, 2.0, 3.0, 4.0))) == (1, 4_321.5)


# exp() is a double up to 709.78; a length is up to 100.
@pytest.mark.parametrize(("weight", "is_finite"), [(7.0, True), (7.09, True), (7.1, False), (-7.1, False)])
def test_a_score_of_which_the_exponential_is_no_double_is_refused(weight: float, *, is_finite: bool):
    packed = {"coefficients": [[weight, 0.0, 0.0, 0.0]], "intercepts": [0.0], "link": "exp"}
    if is_finite:
        assert math.isfinite(Linear.unpack(packed, DEFINITION).value((100.0, 0.0, 0.0, 0.0)))
    else:
        with pytest.raises(ValueError, match="not finite"):
            Linear.unpack(packed, DEFINITION)
