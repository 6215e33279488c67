import base64
import math
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.iris.definition import IRIS
from service.model.definition import Definition
from service.model.trees import Trees
from tests.iris import DEFINITION, Flower


def packed_table(labels: bytes) -> str:
    return base64.b64encode(zlib.compress(labels)).decode()


STUMPS: dict[str, Any] = {
    # The first tree asks for the petal's length, the second for the sepal's width.
    "cuts": [[2.5], [], [], [3.0, 3.5]],
    "roots": [0, 3],
    "features": [0, -1, -1, 3, -1, -1],
    "thresholds": [0, 0, 0, 1, 0, 0],
    "left": [1, 0, 1, 4, 2, 3],
    "right": [2, 0, 0, 5, 0, 0],
    "leaves": [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0]],
    "offsets": [0.0, 0.0, 0.0],
    "link": "mean",
    "table": None,
}
TABLE = packed_table(bytes([0, 0, 0, 1, 1, 2]))


def test_probabilities_are_the_mean_of_the_leaves():
    model = Trees.unpack(STUMPS, DEFINITION)
    assert model.probabilities(Flower(1, 1, 1, 3.5)) == (0.625, 0.375, 0)
    assert model.probabilities(Flower(3, 1, 1, 4)) == (0, 0.25, 0.75)


def test_a_length_at_a_cut_goes_left():
    model = Trees.unpack(STUMPS, DEFINITION)
    assert model.probabilities(Flower(2.5, 1, 1, 1))[0] == 0.625
    assert model.probabilities(Flower(2.5000000000000004, 1, 1, 1))[0] == 0.125


def test_a_missing_length_goes_where_each_node_sends_it():
    packed = STUMPS | {"missing_left": [True, False, False, False, False, False]}
    model = Trees.unpack(packed, DEFINITION)
    # Left at the first tree, to (1, 0, 0), and right at the second, to (0, 0, 1).
    assert model.probabilities(Flower(math.nan, 1, 1, math.nan)) == (0.5, 0, 0.5)
    assert model.probabilities(Flower(3, 1, 1, math.nan)) == (0, 0.25, 0.75)
    assert model.probabilities(Flower(3, 1, 1, 3.5)) == (0.125, 0.625, 0.25)


def test_without_a_table_the_first_of_the_most_likely_classes_is_chosen():
    tie = STUMPS | {"leaves": [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0.5, 0], [0, 0.5, 0.5]]}
    assert Trees.unpack(tie, DEFINITION).decide(Flower(1, 1, 1, 1)) == 0
    assert not Trees.unpack(tie, DEFINITION).has_table


lengths = st.one_of(
    st.sampled_from([2.5, 3.0, 3.5, 2.5000000000000004, 3.5000000000000004]), st.floats(0, 100)
)


@given(lengths, lengths, lengths, lengths)
def test_a_table_decides(pl: float, pw: float, sl: float, sw: float):
    model = Trees.unpack(STUMPS | {"table": TABLE}, DEFINITION)
    assert model.has_table
    expected = 0 if pl <= 2.5 else 1 if sw <= 3.5 else 2
    assert model.decide(Flower(pl, pw, sl, sw)) == expected


def test_scores_become_probabilities_by_softmax():
    model = Trees.unpack(STUMPS | {"link": "softmax", "offsets": [800.0, 0.0, 0.0]}, DEFINITION)
    probabilities = model.probabilities(Flower(1, 1, 1, 1))
    assert probabilities[0] == pytest.approx(1)
    assert sum(probabilities) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"cuts": [[2.5], [], [3.0]]}, "4 ascending"),
        ({"cuts": [[2.5], [], [], [3.5, 3.0]]}, "4 ascending"),
        ({"roots": []}, "begin at a node"),
        ({"roots": [0, 6]}, "begin at a node"),
        ({"left": [1, 0, 1, 4, 2]}, "differ in length"),
        ({"left": [0, 0, 1, 4, 2, 3]}, "node 0 leads nowhere"),
        ({"right": [6, 0, 0, 5, 0, 0]}, "node 0 leads nowhere"),
        ({"left": [1, 0, 4, 4, 2, 3]}, "node 2 leads nowhere"),
        ({"features": [4, -1, -1, 3, -1, -1]}, "node 0 leads nowhere"),
        ({"thresholds": [1, 0, 0, 1, 0, 0]}, "node 0 leads nowhere"),
        ({"link": "median"}, "its link 'median' is none of mean, softmax"),
        ({"leaves": [[1.0, 0.0]] * 4}, "finite number for each class"),
        ({"table": packed_table(bytes(5))}, "its table has 5 cells, its cuts make 6"),
        ({"table": packed_table(bytes([0, 0, 0, 1, 1, 3]))}, "names class 3, but there are 3"),
        ({"table": base64.b64encode(b"no zlib").decode()}, "cannot be decompressed"),
        ({"table": "no base64"}, "base64"),
    ],
)
def test_invalid_trees_are_refused(change: dict[str, Any], complaint: str):
    with pytest.raises(ValueError, match=complaint):
        Trees.unpack(STUMPS | change, DEFINITION)


REGRESSION: dict[str, Any] = STUMPS | {"leaves": [[1.0], [2.0], [3.0], [4.0]], "offsets": [0.5]}


@pytest.mark.parametrize(
    ("link", "value"), [("sum", 0.5 + 1 + 3), ("mean", (0.5 + 1 + 3) / 2), ("exp", math.exp(0.5 + 1 + 3))]
)
def test_the_value_of_a_regression_is_the_sum_of_its_leaves_by_its_link(link: str, value: float):
    model = Trees.unpack(REGRESSION | {"link": link}, DEFINITION)
    assert (model.classes, model.value(Flower(1, 1, 1, 1))) == (1, value)


def test_softmax_is_about_the_differences_of_scores():
    leaves = [[0.0, 1.0, 2.0]] * 4
    packed = STUMPS | {"link": "softmax", "leaves": leaves, "offsets": [1.0, 0.0, 0.0]}
    powers = [math.exp(1), math.exp(2), math.exp(4)]
    expected = [power / sum(powers) for power in powers]
    assert Trees.unpack(packed, DEFINITION).probabilities(Flower(1, 1, 1, 1)) == pytest.approx(expected)


# exp() is a double up to 709.78. Two trees and the initial value can each add the largest leaf.
@pytest.mark.parametrize(("largest", "is_finite"), [(236.0, True), (237.0, False), (-237.0, False)])
def test_the_exponential_of_a_sum_that_is_no_double_is_refused(largest: float, *, is_finite: bool):
    packed = REGRESSION | {"link": "exp", "leaves": [[largest]] * 4, "offsets": [0.0]}
    if is_finite:
        assert math.isfinite(Trees.unpack(packed, DEFINITION).value(Flower(1, 1, 1, 1)))
    else:
        with pytest.raises(ValueError, match="not finite"):
            Trees.unpack(packed, DEFINITION)


def test_where_a_value_may_be_missing_each_node_says_where_it_goes():
    features = [feature | {"optional": True} for feature in IRIS["features"]]
    optional = Definition({**IRIS, "features": features})
    goes_left = {"missing_left": [True] * 6}
    assert Trees.unpack(STUMPS | goes_left, optional).probabilities(Flower(1, 1, 1, 1))
    for packed in (STUMPS, STUMPS | goes_left | {"table": TABLE}):
        with pytest.raises(ValueError, match="a value may be missing"):
            Trees.unpack(packed, optional)
    with pytest.raises(TypeError, match="left or right"):
        Trees.unpack(STUMPS | {"missing_left": [1] * 6}, DEFINITION)
