"""Predictors of kind `onnx`: a graph of operators for ONNX Runtime, for what has no form of its own.

ONNX Runtime and numpy come with the extra `onnx`. They take a tenth of a second to import, and ten times as
much memory as the rest of the service.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# ONNX Runtime has no types.

from __future__ import annotations

from binascii import a2b_base64
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from service.model.flower import Flower


class Onnx:
    """Gives the lengths to a graph, in double precision, and gets label and probabilities."""

    def __init__(self, graph: bytes, classes: int) -> None:
        """Take a graph from one input (rows, 4) to two outputs.

        They are `label` (rows,) and `probabilities` (rows, classes).
        """
        options: Any = onnxruntime.SessionOptions()
        # One flower at a time is no work to share out; threads would only wait for each other.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.classes = classes
        self._session: Any = onnxruntime.InferenceSession(
            graph, sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._input: str = self._session.get_inputs()[0].name

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Onnx:
        """Read the content of a `predictor.json`: `graph`, ONNX in base64, and `classes`, their number.

        Raises:
            KeyError, TypeError, ValueError: there is no graph, or none that can be computed.
        """
        graph = a2b_base64(packed["graph"], strict_mode=True)
        try:
            return cls(graph, int(packed["classes"]))
        except Exception as error:
            # ONNX Runtime's errors have no base of their own.
            raise ValueError(f"its graph cannot be computed: {error}") from error

    def decide(self, flower: Flower) -> int:
        """Return the index of the likeliest class."""
        return int(self._run("label", flower)[0])

    def decide_all(self, flowers: Iterable[Flower]) -> list[int]:
        """Return what `decide` returns for each flower, in their order."""
        return list(map(self.decide, flowers))

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class, in their order; they add up to 1."""
        return tuple(self._run("probabilities", flower)[0].tolist())

    def _run(self, output: str, flower: Flower) -> Any:  # noqa: ANN401 (an array of whatever type the graph gives)
        return self._session.run([output], {self._input: np.array([flower], dtype=np.float64)})[0]
