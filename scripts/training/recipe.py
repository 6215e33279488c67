"""Recipe of a predictor: its classifier, parameters, scaling, seed and name."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from scripts.training.formats.supported_estimators import EstimatorError, estimator_support

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def default_for_data(name: str, seed: int, *, has_categories: bool) -> Recipe:
    """Return the recipe for other data: logistic regression, or a random forest where there are categories.

    Features of other data have unlike sizes, so the logistic regression's are scaled.
    """
    if has_categories:
        return Recipe(name=name, estimator="RandomForestClassifier", seed=seed)
    return Recipe(
        name=name,
        estimator="LogisticRegression",
        parameters={"C": 1.0, "solver": "newton-cholesky", "tol": 1e-12},
        scaled=True,
        seed=seed,
    )


def new_classifier(recipe: Recipe) -> Any:  # noqa: ANN401 (scikit-learn has no types)
    """Create the untrained classifier: an estimator, or a pipeline that ends with it.

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
    if not recipe.scaled:
        return estimator
    if support.kind not in SCALABLE:
        raise EstimatorError(
            f"{support.estimator} needs no scaling: it learns the same from them scaled. Leave out --scale."
        )
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), estimator)
