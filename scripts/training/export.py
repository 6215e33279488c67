"""Trains by a recipe and packs: the parameters, and the model card that goes with them."""

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

from scripts.training.data import LONG_NAMES, SOURCE, UNIT
from scripts.training.equivalence.agreement import Agreement, compare
from scripts.training.formats.formulas import pack_gaussian, pack_linear, round_gaussian, round_linear
from scripts.training.formats.onnx import pack_onnx
from scripts.training.formats.rounding import rounded
from scripts.training.formats.supported_estimators import EstimatorError, packable
from scripts.training.formats.trees import pack_trees
from scripts.training.recipe import new_classifier
from scripts.training.validation import FOLDS, CrossValidation
from service.model.flower import FEATURES
from service.model.formats import unpack_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.training.data import Dataset
    from scripts.training.recipe import Recipe

CHECKED_POINTS: Final = {"linear": 2_000, "gaussian": 2_000, "trees": 2_000, "onnx": 100_000}
"""Kind -> at how many points a packed predictor must agree with scikit-learn before it is written. The first
three are exact by their construction; whether a graph is, only many points tell."""


@dataclass(frozen=True, kw_only=True)
class PackedPredictor:
    """The two files of a predictor, but for the date in its manifest."""

    predictor: bytes
    manifest: dict[str, Any]


def fit(recipe: Recipe, data: Dataset) -> Any:  # noqa: ANN401 (scikit-learn has no types)
    """Train on every flower, and round what was learned where that depends on the machine.

    Raises:
        EstimatorError: the classifier cannot be packed, or has no such parameter.
    """
    fitted = new_classifier(recipe).fit(data.lengths, data.species)
    if recipe.kind == "linear":
        round_linear(fitted)
    elif recipe.kind == "gaussian":
        round_gaussian(fitted)
    return fitted


def pack(
    recipe: Recipe,
    data: Dataset,
    validation: CrossValidation,
    *,
    advance: Callable[[int, int], object] = lambda _done, _of: None,
) -> PackedPredictor:
    """Train and turn what was learned into the files that the service loads.

    `json` writes each float with as many digits as it takes to read the very same one back. `advance` is told
    how much of the packing is done, of how much.

    Raises:
        EstimatorError: the classifier cannot be packed, or what was packed differs from scikit-learn.
    """
    fitted = fit(recipe, data)
    content = _form(recipe, fitted, advance)
    agreement = _agreement(recipe, fitted, content)
    if not agreement.holds:
        raise EstimatorError(_disagreement(recipe, agreement))
    predictor = (json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n").encode()
    manifest = _card(recipe, data, validation) | {
        "version": hashlib.sha256(predictor).hexdigest(),
        "known_answers": _known_answers(fitted, data),
    }
    return PackedPredictor(predictor=predictor, manifest=manifest)


def manifest_bytes(packed: PackedPredictor, *, trained_at: str) -> bytes:
    """Return the manifest's file, dated."""
    content = packed.manifest | {"trained_at": trained_at}
    return (json.dumps(content, indent=2, allow_nan=False) + "\n").encode()


def _form(recipe: Recipe, fitted: Any, advance: Callable[[int, int], object]) -> dict[str, Any]:  # noqa: ANN401 (no types)
    if recipe.kind == "linear":
        return pack_linear(fitted)
    if recipe.kind == "gaussian":
        return pack_gaussian(fitted)
    if recipe.kind == "trees":
        return pack_trees(fitted, advance)
    return pack_onnx(fitted)


def _agreement(recipe: Recipe, fitted: Any, content: dict[str, Any]) -> Agreement:  # noqa: ANN401 (no types)
    try:
        model = unpack_model(content)
        return compare(fitted, model, count=CHECKED_POINTS[recipe.kind], seed=recipe.seed)
    except (TypeError, ValueError) as error:
        raise EstimatorError(
            f"{recipe.estimator} cannot be packed: {' '.join(str(error).split())[:200]}. "
            f"The nearest that can is {packable(recipe.estimator).nearest}."
        ) from error


def _disagreement(recipe: Recipe, agreement: Agreement) -> str:
    return (
        f"{recipe.estimator} cannot be packed exactly: of {agreement.points:,} points, "
        f"{agreement.differences:,} get another label than from scikit-learn, and probabilities are up to "
        f"{agreement.probability_error:.0e} off. "
        f"The nearest that can is {packable(recipe.estimator).nearest or 'the same with other parameters'}."
    )


def _card(recipe: Recipe, data: Dataset, validation: CrossValidation) -> dict[str, Any]:
    libraries = ("numpy", "scikit-learn", *(("skl2onnx", "onnxruntime") if recipe.kind == "onnx" else ()))
    return {
        "name": recipe.name,
        "kind": recipe.kind,
        "estimator": recipe.estimator,
        "parameters": dict(recipe.parameters),
        "scaled": recipe.scaled,
        "classes": list(data.classes),
        "features": [
            {
                "name": feature,
                "long_name": LONG_NAMES[feature],
                "unit": UNIT,
                "minimum": float(column.min()),
                "maximum": float(column.max()),
            }
            for feature, column in zip(FEATURES, data.lengths.T, strict=True)
        ],
        "training": {
            "data": "Fisher's Iris",
            "source": SOURCE,
            "rows": len(data.species),
            "rows_per_class": np.bincount(data.species).tolist(),
            "seed": recipe.seed,
        },
        "metrics": _metrics(data, validation),
        "libraries": {"python": platform.python_version()} | {name: version(name) for name in libraries},
    }


def _metrics(data: Dataset, validation: CrossValidation) -> dict[str, Any]:
    return {
        "measured_by": f"cross-validation, {FOLDS} stratified folds",
        "accuracy": validation.accuracy,
        "accuracy_per_fold": list(validation.accuracy_per_fold),
        # Its last digits depend on the machine, as those of the parameters do.
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
    """Ask about one flower of each species, the one closest to their mean."""
    answers: list[dict[str, Any]] = []
    for specie in range(len(data.classes)):
        flowers = data.lengths[data.species == specie]
        typical = flowers[[np.argmin(np.linalg.norm(flowers - flowers.mean(axis=0), axis=1))]]
        answers.append(
            {
                "flower": dict(zip(FEATURES, typical[0].tolist(), strict=True)),
                "specie": data.classes[int(fitted.predict(typical)[0])],
                # One digit less than would show which machine computed it; readiness compares to 1e-9.
                "probabilities": rounded(fitted.predict_proba(typical)[0], digits=10).tolist(),
            }
        )
    return answers
