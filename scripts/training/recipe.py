"""Recipe of a predictor: its estimator, parameters, scaling, seed and name."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from scripts.training.formats.supported_estimators import EstimatorError, estimator_support
from scripts.training.preprocessing import preprocessing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.model.definition import Definition

SCALABLE: Final = ("linear", "onnx")
"""Kinds of classifiers that scaling affects; trees and naive Bayes are invariant to it."""

_FIXED_PARAMETERS: Final = ("n_jobs",)
"""Parameters that can't be set: with several jobs, the order of a forest's sums would be random."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that determines the trained predictor, besides the data."""

    name: str
    """Name of the predictor and of its folder."""
    estimator: str
    """Name of the scikit-learn class."""
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Parameters that differ from scikit-learn's defaults."""
    scaled: bool = False
    """True if a StandardScaler precedes the classifier."""
    seed: int
    """Seed of the folds and of the classifier."""

    @property
    def kind(self) -> str:
        """Kind of the exported predictor."""
        return str(estimator_support(self.estimator).kind)

    @property
    def task(self) -> str:
        """`classification` or `regression`."""
        return estimator_support(self.estimator).task

    @classmethod
    def from_model_card(cls, card: Mapping[str, Any]) -> Recipe:
        """Return the recipe in a predictor's model card."""
        return cls(
            name=card["name"],
            estimator=card["estimator"],
            parameters=card["parameters"],
            scaled=card["scaled"],
            seed=card["training"]["seed"],
        )


def defaults(seed: int) -> tuple[Recipe, ...]:
    """Return the recipes of the project's own predictors, the default one first.

    The logistic regression's lengths are not scaled: all four are centimetres of like size. C is
    scikit-learn's default, for comparison with a plain `LogisticRegression()`. On so small a problem,
    Newton's method converges to the last digits in a few steps, while the default solver stops early.
    """
    return (
        Recipe(
            name="iris-logistic",
            estimator="LogisticRegression",
            parameters={"C": 1.0, "solver": "newton-cholesky", "tol": 1e-12},
            seed=seed,
        ),
        Recipe(
            name="iris-forest",
            estimator="RandomForestClassifier",
            parameters={"n_estimators": 100},
            seed=seed,
        ),
        Recipe(name="iris-bayes", estimator="GaussianNB", seed=seed),
    )


def default_for_data(name: str, seed: int, *, has_categories: bool, task: str = "classification") -> Recipe:
    """Return the recipe for other data: a linear model, or a random forest where there are categories.

    Features of other data have unlike sizes, so those of a linear model are scaled. Ridge regression is as
    regular as the logistic regression.
    """
    if task == "regression":
        if has_categories:
            return Recipe(name=name, estimator="RandomForestRegressor", seed=seed)
        return Recipe(name=name, estimator="Ridge", parameters={"solver": "cholesky"}, scaled=True, seed=seed)
    if has_categories:
        return Recipe(name=name, estimator="RandomForestClassifier", seed=seed)
    return Recipe(
        name=name,
        estimator="LogisticRegression",
        parameters={"C": 1.0, "solver": "newton-cholesky", "tol": 1e-12},
        scaled=True,
        seed=seed,
    )


def new_estimator(recipe: Recipe, definition: Definition) -> Any:  # noqa: ANN401 (scikit-learn has no types)
    """Create the untrained estimator for rows of a definition, or a pipeline that ends with it.

    Where values may be missing, the pipeline fills in the median of a number or the most frequent level, but
    for histogram-based gradient boosting, which learns from missing values. Categories are encoded as one
    column per level, but for trees, which divide the indices of levels.

    Raises:
        EstimatorError: It can't be exported, or has no such parameter.
    """
    support = estimator_support(recipe.estimator)
    kind: Any = getattr(import_module(f"sklearn.{support.module}"), support.estimator)
    estimator = kind()
    allowed = set(estimator.get_params(deep=False)).difference(_FIXED_PARAMETERS)
    if unknown := sorted(set(recipe.parameters) - allowed):
        raise EstimatorError(
            f"{support.estimator} has no parameter {', '.join(unknown)} that can be set. It has "
            f"{', '.join(sorted(allowed))}."
        )
    if "random_state" in allowed:
        estimator.set_params(random_state=recipe.seed)
    estimator.set_params(**recipe.parameters)
    if recipe.scaled and support.kind not in SCALABLE:
        raise EstimatorError(
            f"{support.estimator} needs no scaling: it learns the same from them scaled. Leave out --scale."
        )
    steps = preprocessing(
        definition,
        scaled=recipe.scaled,
        is_encoded=support.kind != "trees",
        is_filled=not support.estimator.startswith("HistGradientBoosting"),
    )
    if not steps:
        return estimator
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*steps, estimator)
