"""Verification of an exported predictor against scikit-learn, trained again by its model card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.training.equivalence.agreement import Agreement, compare
from scripts.training.equivalence.sample_points import SampleSpace
from scripts.training.export import fit
from scripts.training.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.training.data import Dataset
    from service.model.predictor import Predictor


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Predictor and its agreement with scikit-learn."""

    predictor: Predictor
    agreement: Agreement


def verify(
    predictor: Predictor,
    data: Dataset,
    *,
    points: int,
    seed: int,
    on_progress: Callable[[int], object] = lambda _: None,
) -> Verification:
    """Train again, and compare at a number of points; call `on_progress` with the points since the last call.

    Raises:
        EstimatorError: The card names a classifier or a parameter that this scikit-learn does not have.
        KeyError: The card names no classifier.
    """
    fitted = fit(Recipe.from_model_card(predictor.card), data)
    predictor.model.specialize()
    space = SampleSpace(data.definition, data.rows)
    agreement = compare(fitted, predictor.model, space, count=points, seed=seed, on_progress=on_progress)
    return Verification(predictor=predictor, agreement=agreement)
