import pytest

from scripts.training import export
from scripts.training.cross_validation import cross_validate
from scripts.training.data import load_data
from scripts.training.export import export_predictor
from scripts.training.formats.supported_estimators import EstimatorError
from scripts.training.recipe import Recipe


def test_a_graph_with_different_labels_is_refused_with_their_number(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(export.CHECKED_POINTS, "onnx", 2_000)
    recipe = Recipe(name="neighbours", estimator="KNeighborsClassifier", seed=42)
    data = load_data()
    with pytest.raises(EstimatorError, match=r"of 2,000 points, [1-9]\d* get another label") as refused:
        export_predictor(recipe, data, cross_validate(recipe, data))
    assert "The nearest alternative is ExtraTreesClassifier." in str(refused.value)
