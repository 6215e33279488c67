"""Training by a recipe, and export of the fitted model: its parameters and its model card."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from scripts.training.cross_validation import FOLDS, CrossValidation, RegressionValidation
from scripts.training.equivalence.agreement import Agreement, compare
from scripts.training.equivalence.sample_points import SampleSpace
from scripts.training.formats.columns_export import Column, NoColumnsError
from scripts.training.formats.forms import forms
from scripts.training.formats.formula_export import round_gaussian, round_linear
from scripts.training.formats.rounding import rounded
from scripts.training.formats.supported_estimators import EstimatorError, estimator_support
from scripts.training.recipe import new_estimator
from service.model.definition import hashed_bytes, row_values
from service.model.formats import unpack_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.training.data import Dataset
    from scripts.training.held_out import HeldOutErrors, HeldOutScore
    from scripts.training.recipe import Recipe

CHECKED_POINTS: Final = {"linear": 2_000, "gaussian": 2_000, "trees": 2_000, "onnx": 100_000}
"""Kind -> number of points at which an exported predictor must agree with scikit-learn before it is written.
The first three are exact by construction; an ONNX graph needs many points to show that it is."""


@dataclass(frozen=True, kw_only=True)
class ExportedPredictor:
    """Two files of a predictor, without the date in its manifest."""

    predictor: bytes
    manifest: dict[str, Any]


def fit(recipe: Recipe, data: Dataset) -> Any:  # noqa: ANN401 (scikit-learn has no types)
    """Train on every row, and round parameters whose last digits depend on the machine.

    Raises:
        EstimatorError: The classifier can't be exported, or has no such parameter.
    """
    fitted = new_estimator(recipe, data.definition).fit(data.rows, data.target)
    if recipe.kind == "linear":
        round_linear(fitted)
    elif recipe.kind == "gaussian":
        round_gaussian(fitted)
    return fitted


def export_predictor(
    recipe: Recipe,
    data: Dataset,
    validation: CrossValidation | RegressionValidation,
    *,
    held_out: HeldOutScore | HeldOutErrors | None = None,
    on_progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> ExportedPredictor:
    """Train, and export the fitted model as the files that the service loads.

    `json` writes each float with as many digits as it takes to read the same float back. `on_progress`
    receives the number of exported cells and their total.

    Raises:
        EstimatorError: The classifier can't be exported, or the exported model differs from scikit-learn.
    """
    fitted = fit(recipe, data)
    content = _export_in_agreement(recipe, fitted, data, on_progress)
    predictor = (json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n").encode()
    card = _model_card(recipe, data, validation)
    if held_out:
        card["metrics"]["held_out"] = held_out.content()
    manifest = card | {
        "version": hashlib.sha256(hashed_bytes(predictor, data.definition.content())).hexdigest(),
        "known_answers": _known_answers(fitted, data),
    }
    return ExportedPredictor(predictor=predictor, manifest=manifest)


def manifest_bytes(predictor: ExportedPredictor, *, trained_at: str) -> bytes:
    """Return the content of the manifest file, with its date."""
    content = predictor.manifest | {"trained_at": trained_at}
    return (json.dumps(content, indent=2, allow_nan=False) + "\n").encode()


def _export_in_agreement(
    recipe: Recipe,
    fitted: Any,  # noqa: ANN401 (no types)
    data: Dataset,
    on_progress: Callable[[int, int], object],
) -> dict[str, Any]:
    """Return the first form that agrees with scikit-learn.

    Raises:
        EstimatorError: None does.
    """
    columns = [Column(feature=index) for index in range(len(data.definition.features))]
    refusal = ""
    may_be_missing = any(feature.optional for feature in data.definition.features)
    for content in forms(fitted, recipe.kind, columns, on_progress, may_be_missing=may_be_missing):
        agreement = _compare_with_scikit_learn(recipe, fitted, content, data)
        if agreement.holds:
            return content
        refusal = _disagreement(recipe, agreement)
    raise EstimatorError(refusal)


def _compare_with_scikit_learn(
    recipe: Recipe,
    fitted: Any,  # noqa: ANN401 (no types)
    content: dict[str, Any],
    data: Dataset,
) -> Agreement:
    try:
        model = unpack_model(content, data.definition)
        model.specialize()
        space = SampleSpace(data.definition, data.rows)
        return compare(fitted, model, space, count=CHECKED_POINTS[recipe.kind], seed=recipe.seed)
    except (NoColumnsError, TypeError, ValueError) as error:
        raise EstimatorError(
            f"{recipe.estimator} can't be exported: {' '.join(str(error).split())[:200]}. The nearest "
            f"alternative is {estimator_support(recipe.estimator).nearest or 'DecisionTreeClassifier'}."
        ) from error


def _disagreement(recipe: Recipe, agreement: Agreement) -> str:
    nearest = estimator_support(recipe.estimator).nearest or "the same with other parameters"
    if recipe.task == "regression":
        return (
            f"{recipe.estimator} can't be exported exactly: of {agreement.points:,} points, "
            f"{agreement.differences:,} get another value than from scikit-learn. The nearest alternative is "
            f"{nearest}."
        )
    return (
        f"{recipe.estimator} can't be exported exactly: of {agreement.points:,} points, "
        f"{agreement.differences:,} get another label than from scikit-learn, and probabilities differ by up "
        f"to {agreement.probability_error:.0e}. The nearest alternative is {nearest}."
    )


def _model_card(
    recipe: Recipe, data: Dataset, validation: CrossValidation | RegressionValidation
) -> dict[str, Any]:
    libraries = ("numpy", "scikit-learn", *(("skl2onnx", "onnxruntime") if recipe.kind == "onnx" else ()))
    return {
        "name": recipe.name,
        "kind": recipe.kind,
        "estimator": recipe.estimator,
        "parameters": dict(recipe.parameters),
        "scaled": recipe.scaled,
        "definition": data.definition.content(),
        "classes": list(data.classes),
        "features": [
            {
                "name": feature.short_name,
                "long_name": feature.name,
                "unit": feature.unit,
                **(
                    {}
                    if feature.levels
                    else {"minimum": float(np.nanmin(column)), "maximum": float(np.nanmax(column))}
                ),
            }
            for feature, column in zip(data.definition.features, data.rows.T, strict=True)
        ],
        "training": {
            "data": data.origin.data,
            "source": data.origin.source,
            **data.origin.details,
            "rows": len(data.target),
            **({} if data.is_regression else {"rows_per_class": np.bincount(data.target).tolist()}),
            "seed": recipe.seed,
        },
        "metrics": _metrics(data, validation),
        "libraries": {"python": platform.python_version()} | {name: version(name) for name in libraries},
    }


def _metrics(data: Dataset, validation: CrossValidation | RegressionValidation) -> dict[str, Any]:
    if isinstance(validation, RegressionValidation):
        # Their last digits depend on the machine, like those of the parameters.
        return {
            "measured_by": f"cross-validation, {FOLDS} folds",
            "r2": float(f"{validation.r2:.6g}"),
            "r2_per_fold": [float(f"{score:.6g}") for score in validation.r2_per_fold],
            "mean_absolute_error": float(f"{validation.mean_absolute_error:.6g}"),
            "root_mean_squared_error": float(f"{validation.root_mean_squared_error:.6g}"),
        }
    return {
        "measured_by": f"cross-validation, {FOLDS} stratified folds",
        "accuracy": validation.accuracy,
        "accuracy_per_fold": list(validation.accuracy_per_fold),
        # Its last digits depend on the machine, like those of the parameters.
        "log_loss": float(f"{validation.log_loss:.6g}"),
        "per_class": {
            name: {"precision": precision, "recall": recall}
            for name, precision, recall in zip(
                data.classes, validation.precision, validation.recall, strict=True
            )
        },
        "confusion": [list(row) for row in validation.confusion],
    }


def _known_answers(fitted: Any, data: Dataset) -> list[dict[str, Any]]:  # noqa: ANN401 (no types)
    """Return the answers for one row of each class, the one closest to their mean.

    Of a regression, for the rows with the smallest, the middle and the largest value.
    """
    answers: list[dict[str, Any]] = []
    if data.is_regression:
        order = np.argsort(data.target)
        for index in (order[0], order[len(order) // 2], order[-1]):
            value = rounded(fitted.predict(data.rows[[index]]), digits=12)
            answers.append(
                {
                    "values": row_values(data.definition, data.rows[index].tolist()),
                    data.definition.response_key: float(value[0]),
                }
            )
        return answers
    for index in range(len(data.classes)):
        rows = data.rows[data.target == index]
        # A value that is missing has no distance, and a feature without any has no mean.
        present = np.where(np.isnan(rows), 0.0, rows)
        typical = rows[[np.argmin(np.linalg.norm(present - present.mean(axis=0), axis=1))]]
        answers.append(
            {
                "values": row_values(data.definition, typical[0].tolist()),
                data.definition.response_key: data.classes[int(fitted.predict(typical)[0])],
                # Fewer digits than depend on the machine; the readiness check compares to 1e-9.
                "probabilities": rounded(fitted.predict_proba(typical)[0], digits=10).tolist(),
            }
        )
    return answers
