"""What a predictor can tell of a flower beside its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from service.model.flower import Flower

if TYPE_CHECKING:
    from service.model.registry import Predictor


class Explanation(TypedDict):
    """All that is told when detail is asked for."""

    specie: str
    probabilities: dict[str, float]
    """Class -> its probability; they add up to 1."""
    predictor: str
    version: str
    swapped: bool
    """Whether petals and sepals had been given in each other's place."""
    notes: list[str]
    """What to bear in mind, a sentence each."""


def explain(predictor: Predictor, flower: Flower, *, swapped: bool) -> Explanation:
    """Ask a predictor all about a flower that has been turned the right way round."""
    flower = Flower(*(length + 0.0 for length in flower))  # which makes 0 of -0, as notes would show it
    return Explanation(
        specie=predictor.predict(flower),
        probabilities=dict(zip(predictor.classes, predictor.probabilities(flower), strict=True)),
        predictor=predictor.name,
        version=predictor.version,
        swapped=swapped,
        notes=predictor.notes(flower),
    )
