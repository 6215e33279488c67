# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# scikit-learn has no types.

from importlib import import_module

import pytest
from sklearn.utils import all_estimators

from scripts.training.formats.supported_estimators import SUPPORT, EstimatorError, packable
from service.model.formats import KINDS


def test_every_classifier_of_scikit_learn_is_accounted_for():
    assert set(SUPPORT) == {name for name, _ in all_estimators(type_filter="classifier")}
    for support in SUPPORT.values():
        assert hasattr(import_module(f"sklearn.{support.module}"), support.estimator)


def test_who_cannot_be_packed_is_sent_to_one_that_can():
    for support in SUPPORT.values():
        assert support.kind in {None, *KINDS}
        if support.kind in {None, "onnx"}:
            assert support.nearest is not None
            assert SUPPORT[support.nearest].kind is not None


@pytest.mark.parametrize("estimator", [name for name, support in SUPPORT.items() if support.kind is None])
def test_why_and_what_instead_is_said(estimator: str):
    with pytest.raises(EstimatorError, match=f"{estimator} cannot be packed: .+ The nearest that can is "):
        packable(estimator)
