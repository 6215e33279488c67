"""Explanation of a prediction: probabilities, version and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from service.model.feature import Row
    from service.model.registry import Predictor


def explain(predictor: Predictor, row: Row, *, corrected: bool) -> dict[str, Any]:
    """Return the content of a response with `detail=true`, for a row that `Predictor.correct` has returned.

    It has the class and the probability of each class (the sum is 1), or the value of a regression; the
    predictor and its version, whether the row was corrected, if there is a hook, and notes, one sentence
    each.
    """
    row = tuple([value + 0.0 for value in row])  # turns -0 into 0, as notes show the number
    hook = predictor.hook
    probabilities = (
        {}
        if predictor.is_regression
        else {"probabilities": dict(zip(predictor.classes, predictor.probabilities(row), strict=True))}
    )
    return {
        predictor.definition.response_key: predictor.predict(row),
        **probabilities,
        "predictor": predictor.name,
        "version": predictor.version,
        **({hook.RESPONSE_KEY: corrected} if hook else {}),
        "notes": predictor.notes(row),
    }
