"""Holds the predictors of a folder against scikit-learn, trained again by what their cards say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.training.equivalence.agreement import Agreement, compare
from scripts.training.export import fit
from scripts.training.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.training.data import Dataset
    from service.model.predictor import Predictor


@dataclass(frozen=True, kw_only=True)
class Verified:
    """A predictor, and how it compares."""

    predictor: Predictor
    agreement: Agreement


def verify(
    predictor: Predictor,
    data: Dataset,
    *,
    points: int,
    seed: int,
    advance: Callable[[int], object] = lambda _: None,
) -> Verified:
    """Train again and compare at so many points; tell how many more were.

    Raises:
        EstimatorError: the card names a classifier or a parameter that this scikit-learn does not have.
        KeyError: it names none.
    """
    fitted = fit(Recipe.of_card(predictor.card), data)
    agreement = compare(fitted, predictor.model, count=points, seed=seed, advance=advance)
    return Verified(predictor=predictor, agreement=agreement)
