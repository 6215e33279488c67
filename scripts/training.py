"""Trains a classifier on Fisher's Iris data and packs it for the service. No files, no terminal."""

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
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

from service.flower import FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME: Final = "iris-logistic"
"""What the predictor is called, in its folder's name too."""

FOLDS: Final = 5
"""Cross-validation trains on four fifths of the flowers and asks about the rest, five times."""

REQUIRED_ACCURACY: Final = 0.95
"""A classifier that cross-validation finds worse than this is not packed."""

INVERSE_REGULARISATION: Final = 1.0
"""scikit-learn's C, and its default: whoever fits a plain `LogisticRegression()` can compare. From 1 to 100
the cross-validated accuracy changes by two flowers."""

SIGNIFICANT_DIGITS: Final = 12
"""Parameters are rounded to so many. The solver is exact to about 14; the digits after that depend on which
instructions the machine's linear algebra uses, and without them every machine writes the same bytes."""

LONG_NAMES: Final = {"pl": "petal length", "pw": "petal width", "sl": "sepal length", "sw": "sepal width"}
"""A feature -> what it is. The data set names its columns so too, in an order of its own."""

UNIT: Final = "cm"
"""Of every length."""

SOURCE: Final = (
    "R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936), "
    "179-188, as it comes with scikit-learn"
)
"""Where the data is from."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Flowers and what they are."""

    lengths: NDArray[np.float64]
    """Shape (rows, 4), in centimetres, columns in the order of `FEATURES`."""
    species: NDArray[np.int64]
    """Shape (rows,), indices into `classes`."""
    classes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """How the classifier did on flowers that it was not trained on."""

    accuracy_per_fold: tuple[float, ...]
    log_loss: float
    """Mean of -ln(probability given to what the flower is); 0 is perfect, ln(3) = 1.1 is guessing."""
    confusion: tuple[tuple[int, ...], ...]
    """Rows: what the flowers are. Columns: what they were taken for."""

    @property
    def accuracy(self) -> float:
        """Share of all flowers that were classified rightly."""
        right = sum(row[index] for index, row in enumerate(self.confusion))
        return right / sum(map(sum, self.confusion))

    @property
    def precision(self) -> tuple[float, ...]:
        """For each class, the share of those taken for it that are; 0 if none was."""
        taken_for = [sum(column) for column in zip(*self.confusion, strict=True)]
        return tuple(
            row[index] / taken_for[index] if taken_for[index] else 0.0
            for index, row in enumerate(self.confusion)
        )

    @property
    def recall(self) -> tuple[float, ...]:
        """For each class, the share of those it is that were taken for it."""
        return tuple(row[index] / sum(row) for index, row in enumerate(self.confusion))


@dataclass(frozen=True, kw_only=True)
class PackedPredictor:
    """The two files of a predictor, but for the date in its manifest."""

    predictor: bytes
    manifest: dict[str, Any]


def load_data() -> Dataset:
    """Return the 150 flowers that come with scikit-learn, 50 of each species."""
    iris: Any = load_iris()
    order = [iris.feature_names.index(f"{LONG_NAMES[feature]} ({UNIT})") for feature in FEATURES]
    return Dataset(
        lengths=iris.data[:, order],
        species=iris.target,
        classes=tuple(f"Iris {name.capitalize()}" for name in iris.target_names),
    )


def new_classifier() -> LogisticRegression:
    """Return the classifier, untrained.

    The lengths are not scaled: all four are centimetres of like size. Newton's method on so small a problem
    converges in a few steps, and to the last digits, where the default solver stops early.
    """
    return LogisticRegression(C=INVERSE_REGULARISATION, solver="newton-cholesky", tol=1e-12)


def cross_validate(data: Dataset, *, seed: int) -> CrossValidation:
    """Train and ask once for each fold, each with the same share of every species.

    `seed` shuffles the flowers into folds; to fit has no randomness.
    """
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    taken_for = np.empty_like(data.species)
    probabilities = np.empty((len(data.species), len(data.classes)))
    accuracies: list[float] = []
    for learn, ask in folds.split(data.lengths, data.species):
        fitted = new_classifier().fit(data.lengths[learn], data.species[learn])
        taken_for[ask] = fitted.predict(data.lengths[ask])
        probabilities[ask] = fitted.predict_proba(data.lengths[ask])
        accuracies.append(float(np.mean(taken_for[ask] == data.species[ask])))
    confusion = np.zeros((len(data.classes), len(data.classes)), dtype=int)
    np.add.at(confusion, (data.species, taken_for), 1)
    return CrossValidation(
        accuracy_per_fold=tuple(accuracies),
        log_loss=float(log_loss(data.species, probabilities)),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
    )


def fit(data: Dataset) -> LogisticRegression:
    """Train on every flower, and round the parameters (`SIGNIFICANT_DIGITS`)."""
    fitted = new_classifier().fit(data.lengths, data.species)
    fitted.coef_ = _rounded(fitted.coef_)
    fitted.intercept_ = _rounded(fitted.intercept_)
    return fitted


def pack(
    fitted: LogisticRegression, data: Dataset, validation: CrossValidation, *, seed: int
) -> PackedPredictor:
    """Turn a trained classifier into the files that the service loads.

    `json` writes each float with as many digits as it takes to read the very same one back.
    """
    predictor = _json(
        {
            "kind": "linear",
            "coefficients": np.asarray(fitted.coef_).tolist(),
            "intercepts": np.asarray(fitted.intercept_).tolist(),
        }
    )
    manifest = {
        "name": NAME,
        "version": hashlib.sha256(predictor).hexdigest(),
        "kind": "linear",
        "estimator": type(fitted).__name__,
        "parameters": {"C": INVERSE_REGULARISATION},
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
            "seed": seed,
        },
        "metrics": _metrics(data, validation),
        "libraries": {
            "python": platform.python_version(),
            "numpy": version("numpy"),
            "scikit-learn": version("scikit-learn"),
        },
        "known_answers": _known_answers(fitted, data),
    }
    return PackedPredictor(predictor=predictor, manifest=manifest)


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


def manifest_bytes(packed: PackedPredictor, *, trained_at: str) -> bytes:
    """Return the manifest's file, dated."""
    return _json(packed.manifest | {"trained_at": trained_at})


def _known_answers(fitted: LogisticRegression, data: Dataset) -> list[dict[str, Any]]:
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
                "probabilities": _rounded(fitted.predict_proba(typical)[0], digits=10).tolist(),
            }
        )
    return answers


def _rounded(numbers: NDArray[np.float64], digits: int = SIGNIFICANT_DIGITS) -> NDArray[np.float64]:
    """Round to significant digits by way of decimal text, so that `json` writes no more digits than these."""
    rounded = [float(f"{number:.{digits - 1}e}") for number in numbers.ravel().tolist()]
    return np.array(rounded).reshape(numbers.shape)


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, allow_nan=False) + "\n").encode()
