"""Kinds of models: which can be built, and which have an answer to a missing value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from service.model.formats import check_kind, unpack_model
from tests.iris import DEFINITION

if TYPE_CHECKING:
    from service.model.feature import Feature

LINEAR: dict[str, Any] = {"kind": "linear", "coefficients": [[1, 2, 3, 4]] * 3, "intercepts": [0, 0, 0]}
GAUSSIAN: dict[str, Any] = {
    "kind": "gaussian",
    "means": [[1, 2, 3, 4]] * 2,
    "variances": [[1, 1, 1, 1]] * 2,
    "priors": [0.5, 0.5],
}
TREES: dict[str, Any] = {
    "kind": "trees",
    "cuts": [[1.0], [], [], []],
    "features": [0, -1, -1],
    "thresholds": [0, 0, 0],
    "left": [1, 0, 1],
    "right": [2, 0, 0],
    "roots": [0],
    "leaves": [[1.0, 0.0], [0.0, 1.0]],
    "offsets": [0.0, 0.0],
    "link": "mean",
    "table": None,
}


class Optional:
    """Features of iris, of which the first may be missing."""

    features: tuple[Feature, ...] = (
        type(DEFINITION.features[0])(name="petal length", short_name="pl", maximum=100, optional=True),
        *DEFINITION.features[1:],
    )

    def magnitudes(self) -> list[float]:
        return DEFINITION.magnitudes()


@pytest.mark.parametrize("packed", [LINEAR, GAUSSIAN, TREES], ids=lambda packed: packed["kind"])
def test_a_model_that_has_no_answer_to_a_missing_value_is_refused_where_one_may_be_missing(
    packed: dict[str, Any],
):
    assert unpack_model(packed, DEFINITION).classes == len(packed.get("intercepts", [0, 0]))
    with pytest.raises(ValueError, match="a value may be missing"):
        unpack_model(packed, Optional())


def test_trees_say_where_a_missing_value_goes():
    for goes_left in (True, False):
        model = unpack_model(TREES | {"missing_left": [goes_left, False, False]}, Optional())
        assert model.decide((float("nan"), 1.0, 1.0, 1.0)) == (0 if goes_left else 1)
        # A value that is not above the threshold goes left.
        assert [model.decide((value, 1.0, 1.0, 1.0)) for value in (0.9, 1.0, 1.1)] == [0, 0, 1]


@pytest.mark.parametrize("kind", ["forest", "", None, 3])
def test_an_unknown_kind_is_refused_with_those_that_there_are(kind: object):
    with pytest.raises(ValueError, match="is none of linear, gaussian, trees, onnx"):
        check_kind(kind)
