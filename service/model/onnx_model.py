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
    from collections.abc import Iterable, Mapping

    from service.model.definition import Definition
    from service.model.feature import Row


class Onnx:
    """ONNX graph from a row, in double precision, to a label and probabilities."""

    def __init__(self, graph: bytes, classes: int) -> None:
        """Create a session for a graph with one input (rows, features) and two outputs.

        The outputs are `label` (rows,) and `probabilities` (rows, classes).
        """
        options: Any = onnxruntime.SessionOptions()
        # A single row is too little work for several threads: they would only wait for each other.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # fatal: its errors are raised, too
        self.classes = classes
        self._session: Any = onnxruntime.InferenceSession(
            graph, sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._input: str = self._session.get_inputs()[0].name

    @classmethod
    def unpack(cls, packed: Mapping[str, Any], definition: Definition) -> Onnx:
        """Build the model from a `predictor.json`: `graph`, ONNX in base64, and `classes`, their number.

        Raises:
            KeyError, TypeError, ValueError: The graph is missing or invalid.
        """
        graph, classes = a2b_base64(packed["graph"], strict_mode=True), packed["classes"]
        if type(classes) is not int:
            raise TypeError("its number of classes is not a whole number")
        # The smallest and the largest row, which the graph computes when it is loaded.
        corners = [
            tuple(feature.minimum for feature in definition.features),
            tuple(feature.maximum for feature in definition.features),
        ]
        try:
            model = cls(graph, classes)
            computed = [(model.decide(corner), model.probabilities(corner)) for corner in corners]
        except Exception as error:
            # ONNX Runtime's errors have no common base class.
            raise ValueError(f"its graph cannot be computed: {error}") from error
        if not all(
            0 <= label < classes == len(probabilities) and all(map(math.isfinite, probabilities))
            for label, probabilities in computed
        ):
            raise ValueError(f"its graph does not return one of {classes} classes and their probabilities")
        return model

    def decide(self, row: Row) -> int:
        """Return the index of the most likely class."""
        return int(self._run("label", row)[0])

    def decide_all(self, rows: Iterable[Row]) -> list[int]:
        """Return the result of `decide` for each row, in their order."""
        return list(map(self.decide, rows))

    def specialize(self) -> None:
        """Do nothing: the graph is compiled already."""

    def probabilities(self, row: Row) -> tuple[float, ...]:
        """Return the probability of each class, in their order; the sum is 1."""
        return tuple(self._run("probabilities", row)[0].tolist())

    def _run(self, output: str, row: Row) -> Any:  # noqa: ANN401 (an array of the type that the graph returns)
        return self._session.run([output], {self._input: np.array([row], dtype=np.float64)})[0]
