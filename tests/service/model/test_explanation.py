"""Explanation of a prediction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from service.model.explanation import explain

if TYPE_CHECKING:
    from service.model.registry import Predictors


def test_an_explanation_has_the_answer_and_how_it_was_found(predictors: Predictors):
    predictor, row = predictors.default, (1.4, 0.2, 5.1, 3.5)
    for corrected in (False, True):
        explanation = explain(predictor, row, corrected=corrected)
        probabilities = explanation.pop("probabilities")
        assert list(probabilities) == list(predictor.classes)
        assert list(probabilities.values()) == list(predictor.probabilities(row))
        assert math.isclose(sum(probabilities.values()), 1)
        assert explanation == {
            "specie": "Iris Setosa",
            "predictor": predictor.name,
            "version": predictor.version,
            "swapped": corrected,
            "notes": [],
        }


# -0 equals 0 (IEEE 754), and no length is shown with a sign.
def test_a_note_shows_a_negative_zero_as_zero(predictors: Predictors):
    notes = explain(predictors.default, (-0.0, 0.2, 5.1, 3.5), corrected=False)["notes"]
    assert notes == explain(predictors.default, (0.0, 0.2, 5.1, 3.5), corrected=False)["notes"]
    (note,) = notes
    assert note.startswith("A petal length of 0 cm is far outside the training data: ")
