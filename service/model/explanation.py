"""Explanation of a prediction: probabilities, version and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from service.model.flower import Flower

if TYPE_CHECKING:
    from service.model.registry import Predictor


class Explanation(TypedDict):
    """Content of a response with `detail=true`."""

    specie: str
    probabilities: dict[str, float]
    """Class -> its probability; the sum is 1."""
    predictor: str
    version: str
    swapped: bool
    """True if petals and sepals were exchanged."""
    notes: list[str]
    """Remarks, one sentence each."""


def explain(predictor: Predictor, flower: Flower, *, swapped: bool) -> Explanation:
    """Return a predictor's explanation for a flower that `unswap` has returned."""
    flower = Flower(*(length + 0.0 for length in flower))  # turns -0 into 0, as notes show the number
    return Explanation(
        specie=predictor.predict(flower),
        probabilities=dict(zip(predictor.classes, predictor.probabilities(flower), strict=True)),
        predictor=predictor.name,
        version=predictor.version,
        swapped=swapped,
        notes=predictor.notes(flower),
    )
