"""Packing of an imported model: its form, its comparison with the original, and its model card."""

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

from scripts.training.equivalence.agreement import Agreement, compare
from scripts.training.equivalence.sample_points import SampleSpace
from scripts.training.export import ExportedPredictor
from scripts.training.formats.columns_export import Column, NoColumnsError, flat_steps
from scripts.training.formats.estimator_support import EstimatorError
from scripts.training.formats.forms import forms
from scripts.training.formats.supported_estimators import fitted_support
from scripts.training.own_data.csv_dataset import file_hash
from service.model.definition import hashed_bytes, row_values
from service.model.formats import unpack_model

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Protocol

    from scripts.training.imported.inferred_inputs import Inputs
    from scripts.training.imported.original import Original
    from service.model.definition import Definition

    class Imported(Protocol):
        """Model of a file, called with rows of a definition."""

        is_regression: bool

        def predict(self, points: Any) -> Any:  # noqa: ANN401 (arrays)
            """Return the index of each row's class, or its value."""
            ...

        def predict_proba(self, points: Any) -> Any:  # noqa: ANN401 (the same)
            """Return the probabilities of each row, unless it is a regression."""
            ...


SEED: Final = 42
"""Seed of the points."""


def pack_original(
    original: Original, inputs: Inputs, definition: Definition, path: Path, *, name: str, points: int
) -> ExportedPredictor:
    """Return the files of a predictor that is equal to a fitted model.

    Raises:
        EstimatorError: It can't be exported, or no form of it is equal.
    """
    model = original.original
    estimator = type(flat_steps(model)[-1]).__name__
    support = fitted_support(estimator)
    if not original.is_regression and not hasattr(model, "predict_proba"):
        raise EstimatorError(
            f"{estimator} can't be exported: as it was fitted, it gives no probabilities, which every "
            f"predictor needs. The nearest alternative is {support.nearest}."
        )
    rows = example_rows(definition, inputs)
    space = SampleSpace(definition, rows)
    columns = [Column(feature=index, levels=levels) for index, levels in enumerate(inputs.levels)]
    may_be_missing = any(feature.optional for feature in definition.features)
    agreement: Agreement | None = None
    model_name = " and ".join(type(step).__name__ for step in flat_steps(model))
    nearest = support.nearest or f"another {estimator}, or one without the steps before it"
    advice = (
        f"The nearest alternative is {nearest}. Or convert it by skl2onnx in single precision, and import "
        "the .onnx file."
    )
    try:
        for content in forms(model, str(support.kind), columns, may_be_missing=may_be_missing):
            packed = unpack_model(content, definition)
            packed.specialize()
            agreement = compare(original, packed, space, count=points, seed=SEED)
            if agreement.holds:
                card = Card(
                    name=name,
                    estimator=estimator,
                    path=path,
                    agreement=agreement,
                    libraries={"scikit-learn": version("scikit-learn")},
                )
                return pack_files(original, content, definition, rows, card)
    except NoColumnsError as error:
        raise EstimatorError(f"The pipeline can't be exported: {error}.") from error
    except (TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise EstimatorError(f"{model_name} can't be exported: {reason}. {advice}") from error
    raise EstimatorError(
        f"No form of {model_name} is equal to it: {agreement.differences if agreement else 0:,} of "
        f"{points:,} random points differ. {advice}"
    )


def example_rows(definition: Definition, inputs: Inputs) -> Any:  # noqa: ANN401 (an array)
    """Return the smallest and the largest row that is allowed, and those of the example."""
    return np.array(
        [
            [feature.minimum for feature in definition.features],
            [feature.maximum for feature in definition.features],
            *(definition.row(example) for example in inputs.examples),
        ]
    )


@dataclass(frozen=True, kw_only=True)
class Card:
    """Content of an imported predictor's model card, besides its definition."""

    name: str
    estimator: str
    path: Path
    """File of the imported model."""
    agreement: Agreement
    libraries: dict[str, str]
    """Library -> its version."""
    precision: str = "double"
    """Precision of its numbers, `single` or `double`."""


def pack_files(
    original: Imported,
    content: dict[str, Any],
    definition: Definition,
    rows: Any,  # noqa: ANN401 (an array)
    card: Card,
) -> ExportedPredictor:
    """Return the files of a predictor, from the content of its `predictor.json` and its model card.

    `rows` are those of `example_rows`.
    """
    predictor = (json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n").encode()
    source = {"file": card.path.name, "sha256": file_hash(card.path)}
    manifest = {
        "name": card.name,
        "kind": content["kind"],
        "estimator": card.estimator,
        "parameters": {},
        **({} if card.precision == "double" else {"precision": card.precision}),
        "imported": source,
        "definition": definition.content(),
        "classes": list(definition.classes),
        "features": [
            {
                "name": feature.short_name,
                "long_name": feature.name,
                "unit": feature.unit,
                **({} if feature.levels else {"minimum": feature.minimum, "maximum": feature.maximum}),
            }
            for feature in definition.features
        ],
        "training": {"data": "unknown", "source": card.path.name, "sha256": source["sha256"]},
        "metrics": {
            "measured_by": "comparison with the imported model at random points",
            "points": card.agreement.points,
            "largest_error": float(f"{card.agreement.probability_error:.1g}"),
        },
        "libraries": {"python": platform.python_version(), **card.libraries},
        "version": hashlib.sha256(hashed_bytes(predictor, definition.content())).hexdigest(),
        "known_answers": [_known_answer(original, definition, row) for row in rows[2:5]],
    }
    return ExportedPredictor(predictor=predictor, manifest=manifest)


def _known_answer(original: Imported, definition: Definition, row: Any) -> dict[str, Any]:  # noqa: ANN401 (an array)
    (predicted,) = original.predict(row[None]).ravel().tolist()
    values = row_values(definition, row.tolist())
    if original.is_regression:
        return {"values": values, definition.response_key: predicted}
    return {
        "values": values,
        definition.response_key: definition.classes[predicted],
        "probabilities": original.predict_proba(row[None])[0].tolist(),
    }
