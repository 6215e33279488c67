"""What to train: which classifier, with which parameters, under which name."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from scripts.training.formats.supported_estimators import EstimatorError, packable

if TYPE_CHECKING:
    from collections.abc import Mapping

SCALABLE: Final = ("linear", "onnx")
"""Kinds whose classifiers learn something else of scaled lengths. Trees and bell curves do not."""

_KEPT_BACK: Final = ("n_jobs",)
"""Parameters that cannot be set: with several jobs, the order of a forest's sums is left to chance."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that decides what training makes of the data."""

    name: str
    """What the predictor is called, in its folder's name too."""
    estimator: str
    """Class of scikit-learn."""
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Those that are not scikit-learn's own defaults."""
    scaled: bool = False
    """Whether a StandardScaler comes before it."""
    seed: int
    """For all that is left to chance: folds, and what the classifier draws."""

    @property
    def kind(self) -> str:
        """Form of the packed predictor."""
        return str(packable(self.estimator).kind)

    @classmethod
    def of_card(cls, card: Mapping[str, Any]) -> Recipe:
        """Return what a predictor was made by."""
        return cls(
            name=card["name"],
            estimator=card["estimator"],
            parameters=card["parameters"],
            scaled=card["scaled"],
            seed=card["training"]["seed"],
        )


def defaults(seed: int) -> tuple[Recipe, ...]:
    """Return the predictors of the project itself, the default one first.

    The logistic regression's lengths are not scaled: all four are centimetres of like size. C is
    scikit-learn's default: whoever fits a plain `LogisticRegression()` can compare. Newton's method on so
    small a problem converges in a few steps, and to the last digits, where the default solver stops early.
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


def new_classifier(recipe: Recipe) -> Any:  # noqa: ANN401 (scikit-learn has no types)
    """Return the classifier, untrained: an estimator, or a pipeline that ends with it.

    Raises:
        EstimatorError: it cannot be packed, or has no such parameter.
    """
    support = packable(recipe.estimator)
    kind: Any = getattr(import_module(f"sklearn.{support.module}"), support.estimator)
    estimator = kind()
    allowed = set(estimator.get_params(deep=False)).difference(_KEPT_BACK)
    if unknown := sorted(set(recipe.parameters) - allowed):
        raise EstimatorError(
            f"{support.estimator} has no parameter {', '.join(unknown)} that can be set. "
            f"It has {', '.join(sorted(allowed))}."
        )
    if "random_state" in allowed:
        estimator.set_params(random_state=recipe.seed)
    estimator.set_params(**recipe.parameters)
    if not recipe.scaled:
        return estimator
    if support.kind not in SCALABLE:
        raise EstimatorError(
            f"{support.estimator} needs no scaling: it learns the same of scaled lengths. Leave out --scale."
        )
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), estimator)
