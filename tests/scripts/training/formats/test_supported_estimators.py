# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# scikit-learn has no types.

from importlib import import_module

import pytest
from sklearn.utils import all_estimators

from scripts.training.formats.supported_estimators import ESTIMATORS, EstimatorError, estimator_support
from service.model.formats import KINDS


def test_the_table_has_every_classifier_of_scikit_learn():
    assert set(ESTIMATORS) == {name for name, _ in all_estimators(type_filter="classifier")}
    for support in ESTIMATORS.values():
        assert hasattr(import_module(f"sklearn.{support.module}"), support.estimator)


def test_every_alternative_can_be_exported():
    for support in ESTIMATORS.values():
        assert support.kind in {None, *KINDS}
        if support.kind in {None, "onnx"}:
            assert support.nearest is not None
            assert ESTIMATORS[support.nearest].kind is not None


@pytest.mark.parametrize("estimator", [name for name, support in ESTIMATORS.items() if support.kind is None])
def test_the_error_gives_the_reason_and_an_alternative(estimator: str):
    with pytest.raises(
        EstimatorError, match=f"{estimator} can't be exported: .+ The nearest alternative is "
    ):
        estimator_support(estimator)
