"""Packs what has no form of its own as a graph of ONNX operators. Needs the extra `onnx`."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# skl2onnx has no types.

from __future__ import annotations

import base64
from typing import Any

from scripts.training.formats.supported_estimators import EstimatorError, packable
from service.model.flower import FEATURES


def pack_onnx(fitted: Any) -> dict[str, Any]:  # noqa: ANN401 (scikit-learn has no types)
    """Convert a fitted classifier, in double precision.

    Raises:
        EstimatorError: the extra is not installed, or the classifier cannot be converted.
    """
    estimator = type(fitted.steps[-1][1] if hasattr(fitted, "steps") else fitted).__name__
    try:
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import DoubleTensorType
    except ImportError as error:
        raise EstimatorError(
            f"{estimator} is packed through ONNX, and that needs the extra `onnx`: "
            "pip install 'scalable-models[onnx]'."
        ) from error
    try:
        lengths: Any = ("lengths", DoubleTensorType([None, len(FEATURES)]))
        graph: Any = to_onnx(
            fitted,
            initial_types=[lengths],
            options={"zipmap": False},
        )
    except Exception as error:
        # skl2onnx raises whatever its converters do.
        raise EstimatorError(
            f"{estimator} cannot be converted to ONNX: {' '.join(str(error).split())[:200]}. "
            f"The nearest that can be packed is {packable(estimator).nearest}."
        ) from error
    # Names that are drawn anew each time would make other bytes of the same graph.
    graph.graph.name = estimator
    return {
        "kind": "onnx",
        "graph": base64.b64encode(graph.SerializeToString(deterministic=True)).decode(),
        "classes": len(fitted.classes_),
    }
