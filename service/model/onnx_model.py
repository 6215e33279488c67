"""Predictors of kind `onnx`: a graph for ONNX Runtime, for estimators without a format of their own.

ONNX Runtime and numpy come with the extra `onnx`. They take a tenth of a second to import, and ten times the
memory of the rest of the service.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# ONNX Runtime has no types.

from __future__ import annotations

import math
from binascii import a2b_base64
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from service.model.feature import Inputs, Row


class Onnx:
    """ONNX graph from a row, in double precision, to a label and probabilities, or to a value.

    A graph of the user may be in single precision: then a row is rounded to it.
    """

    def __init__(
        self,
        graph: bytes,
        classes: int,
        *,
        labels: Sequence[int | str] | None = None,
        outputs: Mapping[str, str] | None = None,
    ) -> None:
        """Create a session for a graph with one input (rows, features).

        Its outputs are `label` (rows,) and `probabilities` (rows, classes), or `value` (rows, 1).

        Args:
            graph: ONNX.
            classes: Number of classes; 1 for a regression.
            labels: Values of `label`, in the order of the classes, if they are not their indices.
            outputs: Names of the outputs, if they are others.
        """
        options: Any = onnxruntime.SessionOptions()
        # A single row is too little work for several threads: they would only wait for each other.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # fatal: its errors are raised, too
        self.classes = classes
        self._session: Any = onnxruntime.InferenceSession(
            graph, sess_options=options, providers=["CPUExecutionProvider"]
        )
        first = self._session.get_inputs()[0]
        self._input: str = first.name
        self._type = np.float32 if first.type == "tensor(float)" else np.float64
        self._indices = None if labels is None else {label: index for index, label in enumerate(labels)}
        self._outputs = outputs or {output.name: output.name for output in self._session.get_outputs()}
        self._is_regression = "value" in self._outputs

    @classmethod
    def unpack(cls, packed: Mapping[str, Any], inputs: Inputs) -> Onnx:
        """Build the model from a `predictor.json`.

        It has `graph`, ONNX in base64, `classes`, their number, `labels`, if they are not indices, and
        `outputs`, if they have other names.

        Raises:
            KeyError, TypeError, ValueError: The graph is missing or invalid.
        """
        graph, classes = a2b_base64(packed["graph"], strict_mode=True), packed["classes"]
        if type(classes) is not int:
            raise TypeError("its number of classes is not a whole number")
        # The smallest and the largest row, which the graph computes when it is loaded.
        corners = [
            tuple(feature.minimum for feature in inputs.features),
            tuple(feature.maximum for feature in inputs.features),
        ]
        try:
            model = cls(graph, classes, labels=packed.get("labels"), outputs=packed.get("outputs"))
            are_valid = [model.is_valid_at(corner) for corner in corners]
        except Exception as error:
            # ONNX Runtime's errors have no common base class.
            raise ValueError(f"its graph cannot be computed: {error}") from error
        if not all(are_valid):
            raise ValueError(f"its graph does not return one of {classes} classes and their probabilities")
        return model

    def is_valid_at(self, row: Row) -> bool:
        """Return whether the graph returns what its kind of model needs."""
        if self._is_regression:
            return self.classes == 1 and math.isfinite(self.value(row))
        label, probabilities = self.decide(row), self.probabilities(row)
        return 0 <= label < self.classes == len(probabilities) and all(map(math.isfinite, probabilities))

    def decide(self, row: Row) -> int:
        """Return the index of the most likely class."""
        label = self._run("label", row)[0]
        return int(label) if self._indices is None else self._indices[label]

    def decide_all(self, rows: Iterable[Row]) -> list[int]:
        """Return the result of `decide` for each row, in their order."""
        return list(map(self.decide, rows))

    def specialize(self) -> None:
        """Do nothing: the graph is compiled already."""

    def probabilities(self, row: Row) -> tuple[float, ...]:
        """Return the probability of each class, in their order; the sum is 1."""
        return tuple(self._run("probabilities", row)[0].tolist())

    def value(self, row: Row) -> float:
        """Return the value of a regression."""
        return float(self._run("value", row).ravel()[0])

    def _run(self, output: str, row: Row) -> Any:  # noqa: ANN401 (an array of the type that the graph returns)
        return self._session.run([self._outputs[output]], {self._input: np.array([row], dtype=self._type)})[0]
