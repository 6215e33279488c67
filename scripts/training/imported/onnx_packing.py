"""Packing of an imported ONNX graph, and its comparison with the file as ONNX Runtime runs it."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# ONNX Runtime has no types.

from __future__ import annotations

import base64
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from scripts.training.equivalence.agreement import PROBABILITY_TOLERANCE, Agreement
from scripts.training.equivalence.sample_points import SampleSpace
from scripts.training.imported.model_file import ModelFileError
from scripts.training.imported.onnx_file import check_probabilities, new_session
from scripts.training.imported.packing import SEED, Card, example_rows, pack_files
from service.model.formats import unpack_model

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeAlias

    from scripts.training.export import ExportedPredictor
    from scripts.training.imported.inferred_inputs import Inputs
    from scripts.training.imported.onnx_file import OnnxFile
    from service.model.definition import Definition
    from service.model.feature import Row
    from service.model.predictor import Model

    Answer: TypeAlias = tuple[int, list[float], float]
    """Index of the class and probabilities of a row, or its value."""

MINIMUM_SHARE: Final = 0.5
"""Smallest share of points whose label has the largest probability. Platt's method lets a few differ; if the
classes are in another order than the probabilities, nearly all do."""


class OnnxOriginal:
    """Graph of a file as its author runs it, one row at a time."""

    def __init__(self, file: OnnxFile, path: Path) -> None:
        """Create it from the file."""
        self.labels = file.labels
        self.is_regression = "value" in file.outputs
        self._session = new_session(path, file.given)
        self._input = self._session.get_inputs()[0].name
        self._type = np.float32 if file.is_single else np.float64

    def predict(self, points: Any) -> Any:  # noqa: ANN401 (an array)
        """Return the index of each row's class, or its value.

        Raises:
            ValueError: It returns another label than those it names.
        """
        answers = [self.answer(row) for row in points.tolist()]
        return np.array([value if self.is_regression else label for label, _, value in answers])

    def predict_proba(self, points: Any) -> Any:  # noqa: ANN401 (the same)
        """Return the probabilities of each row."""
        return np.array([shares for _, shares, _ in map(self.answer, points.tolist())])

    def answer(self, row: Row) -> Answer:
        """Return the index of the label and the probabilities of a row, or its value."""
        results = self._session.run(None, {self._input: np.array([row], dtype=self._type)})
        if self.is_regression:
            return 0, [], float(results[0].ravel()[0])
        label: Any = None
        shares: list[float] = []
        for result in results:
            if isinstance(result, list):  # of a ZipMap
                shares = [result[0][each] for each in self.labels]
            elif result.ndim > 1:
                shares = result[0].tolist()
            else:
                label = result.tolist()[0]
        index = int(np.argmax(shares)) if label is None else self.labels.index(label)
        return index, shares, 0.0


def pack_onnx(
    file: OnnxFile, inputs: Inputs, definition: Definition, path: Path, *, name: str, points: int
) -> ExportedPredictor:
    """Return the files of a predictor that is equal to an ONNX graph.

    Raises:
        ModelFileError: It isn't, or the graph's labels and probabilities contradict each other.
    """
    original = OnnxOriginal(file, path)
    count = len(file.labels) or 1
    content: dict[str, Any] = {
        "kind": "onnx",
        "graph": base64.b64encode(file.graph).decode(),
        "classes": count,
        "outputs": file.outputs,
        **({} if file.labels in ([], list(range(count))) else {"labels": file.labels}),
    }
    rows = example_rows(definition, inputs)
    space, generator, half = SampleSpace(definition, rows), np.random.default_rng(SEED), points // 2
    every = np.vstack(
        [space.in_the_typical_range(points - half, generator), space.over_the_whole_range(half, generator)]
    )
    sampled = [tuple(row) for row in every.tolist()]
    answers = _answers(original, sampled, path)
    agreement = _compare(original, answers, unpack_model(content, definition), sampled, path)
    card = Card(
        name=name,
        estimator=f"ONNX graph of {file.producer}",
        path=path,
        agreement=agreement,
        libraries={"onnxruntime": version("onnxruntime")},
        precision="single" if file.is_single else "double",
    )
    return pack_files(original, content, definition, rows, card)


def _answers(original: OnnxOriginal, rows: list[Row], path: Path) -> list[Answer]:
    """Return the answers of a graph.

    Raises:
        ModelFileError: Its labels and probabilities contradict each other.
    """
    try:
        answers = [original.answer(row) for row in rows]
    except ValueError as error:
        raise ModelFileError(
            f"{path.name} returns other classes than {', '.join(map(str, original.labels))[:200]}: {error}."
        ) from error
    if original.is_regression:
        return answers
    check_probabilities(path, np.array([shares for _, shares, _ in answers]))
    contradictions = sum(label != int(np.argmax(shares)) for label, shares, _ in answers)
    if contradictions > (1 - MINIMUM_SHARE) * len(rows):
        raise ModelFileError(
            f"At {contradictions:,} of {len(rows):,} random points, the label of {path.name} is not that of "
            "its largest probability. Are the classes in the order of the probabilities?"
        )
    return answers


def _compare(
    original: OnnxOriginal, answers: list[Answer], packed: Model, rows: list[Row], path: Path
) -> Agreement:
    """Compare labels, probabilities and values with those of a graph.

    Raises:
        ModelFileError: They differ.
    """
    differences, errors = 0, 0.0
    for row, (label, shares, value) in zip(rows, answers, strict=True):
        if original.is_regression:
            off = abs(packed.value(row) - value) / max(abs(value), 1.0)
        else:
            pairs = zip(packed.probabilities(row), shares, strict=True)
            off = max(abs(one - other) for one, other in pairs)
            differences += packed.decide(row) != label
        differences += not off <= PROBABILITY_TOLERANCE
        errors = max(errors, off)
    if differences:
        raise ModelFileError(f"{differences:,} of {len(rows):,} random points differ from {path.name}.")
    return Agreement(points=len(rows), at_boundaries=0, differences=0, example=None, probability_error=errors)
