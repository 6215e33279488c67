"""A fitted model as its author uses it, called with rows of a definition."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

import math
import warnings
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


class Original:
    """Model that takes rows with indices of levels, and returns indices of classes."""

    def __init__(self, model: Any, levels: Sequence[Sequence[object]]) -> None:  # noqa: ANN401 (no types)
        """Create it from a fitted estimator or pipeline, and the levels of each feature; none for numbers."""
        self.original = _by_index(deepcopy(model))
        self._levels = levels
        self.is_regression = not hasattr(model, "classes_")
        self.labels: list[Any] = [] if self.is_regression else model.classes_.tolist()
        if not self.is_regression and hasattr(model, "predict_proba"):
            self.predict_proba = self._predict_proba

    def predict(self, points: Any) -> Any:  # noqa: ANN401 (an array)
        """Return the index of each row's class, or its value."""
        predicted = self._call(self.original.predict, points)
        return predicted if self.is_regression else np.searchsorted(self.labels, predicted)

    def _predict_proba(self, points: Any) -> Any:  # noqa: ANN401 (an array)
        return self._call(self.original.predict_proba, points)

    def _call(self, function: Any, points: Any) -> Any:  # noqa: ANN401 (the same)
        with warnings.catch_warnings():
            # It was trained with names of columns, and gets the columns in the same order.
            warnings.simplefilter("ignore")
            return function(self._decoded(points))

    def _decoded(self, points: Any) -> Any:  # noqa: ANN401 (the same)
        if not any(self._levels):
            return points
        columns: list[Any] = []
        for column, levels in zip(points.T, self._levels, strict=True):
            named = [_level(levels, index) for index in column.tolist()] if levels else column
            columns.append(np.array(named, dtype=object))
        return np.column_stack(columns)


def _level(levels: Sequence[object], index: float) -> object:
    return index if math.isnan(index) else levels[int(index)]


def _by_index(model: Any) -> Any:  # noqa: ANN401 (the same)
    """Make the column transformers of a model find columns by index: by name, they need a data frame."""
    for _, step in getattr(model, "steps", ()):
        _by_index(step)
    if type(model).__name__ == "ColumnTransformer":
        # It has no public name, and resolves names, slices, masks and functions as scikit-learn does.
        indices = model._transformer_to_input_indices  # noqa: SLF001 (see above)
        model.transformers_ = [(name, each, indices[name]) for name, each, _ in model.transformers_]
    return model
