"""Lookup of the predictor that a request names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.api.error_handlers import ProblemError
from service.http.input_echo import echo
from service.http.problem_schema import FieldProblem

if TYPE_CHECKING:
    from service.model.registry import Predictor, Predictors


def find_predictor(predictors: Predictors, name: str | None) -> Predictor:
    """Return the predictor of that name and of the default one's definition, or the default one.

    Raises:
        ProblemError: There is no predictor of that name.
    """
    predictor = predictors.default if name is None else predictors.get_alike(name)
    if predictor is None:
        allowed = ", ".join(predictor.name for predictor in predictors.alike())
        raise ProblemError(
            422,
            "There is no such predictor.",
            [FieldProblem(field="predictor", given=echo(name), allowed=f"one of {allowed}")],
        )
    return predictor


def predictor_names(predictors: Predictors) -> list[str]:
    """Return the names of all predictors."""
    return [predictor.name for predictor in predictors]
