import pytest

from scripts.training import export
from scripts.training.data import load_data
from scripts.training.export import pack
from scripts.training.formats.supported_estimators import EstimatorError
from scripts.training.recipe import Recipe
from scripts.training.validation import cross_validate


def test_a_graph_that_says_something_else_is_refused_with_the_count(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(export.CHECKED_POINTS, "onnx", 2_000)
    recipe = Recipe(name="neighbours", estimator="KNeighborsClassifier", seed=42)
    data = load_data()
    with pytest.raises(EstimatorError, match=r"of 2,000 points, [1-9]\d* get another label") as refused:
        pack(recipe, data, cross_validate(recipe, data))
    assert "The nearest that can is ExtraTreesClassifier." in str(refused.value)
