# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.datasets import load_wine
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.tree import DecisionTreeClassifier

from scripts.training.data import load_data
from scripts.training.equivalence.agreement import compare
from scripts.training.export import fit
from scripts.training.formats import tree_export
from scripts.training.recipe import Recipe
from service.model.trees import Trees
from tests.iris import DEFINITION, sample_space

FORESTS: list[tuple[str, dict[str, Any]]] = [
    ("DecisionTreeClassifier", {}),
    ("ExtraTreeClassifier", {}),
    ("RandomForestClassifier", {"n_estimators": 10}),
    ("ExtraTreesClassifier", {"n_estimators": 4}),
    ("GradientBoostingClassifier", {"n_estimators": 10}),
]


@given(st.floats(0.001, 100), st.integers(-40, 40))
@example(2.45, 0)
@example(0.75, 0)
@example(float(np.nextafter(np.float32(0.8), np.float32(1))), 0)
def test_a_length_is_left_of_a_split_point_exactly_if_it_is_after_rounding_to_single(
    threshold: float, steps: int
):
    split = tree_export.split_point(threshold)
    assert float(np.float32(split)) <= threshold < float(np.float32(np.nextafter(split, np.inf)))
    length = split
    for _ in range(abs(steps)):
        length = float(np.nextafter(length, np.inf if steps > 0 else -np.inf))
    assert (length <= split) == (float(np.float32(length)) <= threshold)


def test_scikit_learn_goes_left_up_to_the_split_point_and_right_above_it():
    lengths = np.array([[1.0], [1.0 + 2**-22], [5.0]])
    for pair in itertools.combinations(range(3), 2):
        tree: Any = DecisionTreeClassifier(random_state=0).fit(lengths[list(pair)], [0, 1])
        split = tree_export.split_point(float(tree.tree_.threshold[0]))
        assert tree.predict([[split], [np.nextafter(split, np.inf)]]).tolist() == [0, 1]


@pytest.mark.parametrize(("estimator", "parameters"), FORESTS)
@pytest.mark.parametrize("has_table", [True, False])
def test_exported_trees_agree_with_scikit_learn_with_and_without_a_table(
    estimator: str, parameters: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *, has_table: bool
):
    if not has_table:
        monkeypatch.setattr(tree_export, "MAX_CELLS", 1)
    fitted = fit(Recipe(name="trees", estimator=estimator, parameters=parameters, seed=1), load_data())
    model = Trees.unpack(tree_export.export_trees(fitted, lambda _done, _of: None), DEFINITION)
    assert model.has_table is has_table
    agreement = compare(fitted, model, sample_space(), count=4_000, seed=3)
    assert agreement.differences == 0
    assert agreement.probability_error < 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_more_cells_than_a_64_bit_number_counts_have_no_table(seed: int):
    data: Any = load_wine()
    fitted = ExtraTreesClassifier(40, random_state=seed).fit(data.data, data.target)
    cells = math.prod(len(axis) + 1 for axis in tree_export.split_points(fitted))
    assert cells > 2**64  # numpy's product is a negative number for some seeds
    assert tree_export.export_trees(fitted, lambda _done, _of: None)["table"] is None
