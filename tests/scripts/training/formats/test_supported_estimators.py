# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# scikit-learn has no types.

from importlib import import_module

import pytest
from sklearn.utils import all_estimators

from scripts.training.formats.estimator_support import EstimatorError
from scripts.training.formats.supported_estimators import ESTIMATORS, estimator_support
from scripts.training.formats.supported_regressors import REGRESSORS
from service.model.formats import KINDS


def test_the_tables_have_every_classifier_and_regressor_of_scikit_learn():
    assert set(ESTIMATORS) == {name for name, _ in all_estimators(type_filter="classifier")}
    assert set(REGRESSORS) == {name for name, _ in all_estimators(type_filter="regressor")}
    for support in (ESTIMATORS | REGRESSORS).values():
        assert hasattr(import_module(f"sklearn.{support.module}"), support.estimator)


def test_every_alternative_can_be_exported():
    for table in (ESTIMATORS, REGRESSORS):
        for support in table.values():
            assert support.kind in {None, *KINDS}
            if support.kind in {None, "onnx"}:
                assert support.nearest is not None
                assert table[support.nearest].kind is not None


@pytest.mark.parametrize(
    "estimator", [name for name, support in (ESTIMATORS | REGRESSORS).items() if support.kind is None]
)
def test_the_error_gives_the_reason_and_an_alternative(estimator: str):
    with pytest.raises(
        EstimatorError, match=f"{estimator} can't be exported: .+ The nearest alternative is "
    ):
        estimator_support(estimator)
