# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from scripts.training.data import load_data
from scripts.training.equivalence.agreement import compare
from scripts.training.export import fit
from scripts.training.formats import trees
from scripts.training.recipe import Recipe
from service.model.trees import Trees

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
def test_a_length_is_left_of_a_cut_exactly_if_it_is_after_rounding_to_single(threshold: float, steps: int):
    cut = trees.cut_for(threshold)
    assert float(np.float32(cut)) <= threshold < float(np.float32(np.nextafter(cut, np.inf)))
    length = cut
    for _ in range(abs(steps)):
        length = float(np.nextafter(length, np.inf if steps > 0 else -np.inf))
    assert (length <= cut) == (float(np.float32(length)) <= threshold)


def test_scikit_learn_itself_goes_left_up_to_the_cut_and_right_of_it():
    lengths = np.array([[1.0], [1.0 + 2**-22], [5.0]])
    for pair in itertools.combinations(range(3), 2):
        tree: Any = DecisionTreeClassifier(random_state=0).fit(lengths[list(pair)], [0, 1])
        cut = trees.cut_for(float(tree.tree_.threshold[0]))
        assert tree.predict([[cut], [np.nextafter(cut, np.inf)]]).tolist() == [0, 1]


@pytest.mark.parametrize(("estimator", "parameters"), FORESTS)
@pytest.mark.parametrize("has_table", [True, False])
def test_packed_trees_agree_with_scikit_learn_with_and_without_a_table(
    estimator: str, parameters: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *, has_table: bool
):
    if not has_table:
        monkeypatch.setattr(trees, "MAX_CELLS", 1)
    fitted = fit(Recipe(name="trees", estimator=estimator, parameters=parameters, seed=1), load_data())
    model = Trees.unpack(trees.pack_trees(fitted, lambda _done, _of: None))
    assert model.has_table is has_table
    agreement = compare(fitted, model, count=4_000, seed=3)
    assert agreement.differences == 0
    assert agreement.probability_error < 1e-12
