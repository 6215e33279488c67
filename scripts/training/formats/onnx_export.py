"""Export of other classifiers as an ONNX graph; needs the extra `onnx`."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# skl2onnx has no types.

from __future__ import annotations

import base64
from typing import Any

from scripts.console.extras import ExtraError, require
from scripts.training.formats.supported_estimators import EstimatorError, fitted_support


def export_onnx(fitted: Any) -> dict[str, Any]:  # noqa: ANN401 (scikit-learn has no types)
    """Convert a fitted estimator to an ONNX graph in double precision.

    Raises:
        EstimatorError: The libraries are missing, or the classifier can't be converted.
    """
    last = fitted.steps[-1][1] if hasattr(fitted, "steps") else fitted
    estimator = type(last).__name__
    if hasattr(last, "flatten_transform"):
        last.flatten_transform = False  # skl2onnx needs it; predictions don't depend on it
    try:
        require("onnx")
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import DoubleTensorType
    except (ExtraError, ImportError) as error:
        raise EstimatorError(f"{estimator} is exported as ONNX: {error}.") from error
    try:
        rows: Any = ("rows", DoubleTensorType([None, fitted.n_features_in_]))
        is_classifier = hasattr(fitted, "classes_")
        options = {"zipmap": False} if is_classifier else None
        graph: Any = to_onnx(fitted, initial_types=[rows], options=options)
    except Exception as error:
        # skl2onnx passes on every exception of its converters.
        raise EstimatorError(
            f"{estimator} can't be converted to ONNX: {' '.join(str(error).split())[:200]}. The nearest "
            f"alternative is {fitted_support(estimator).nearest}."
        ) from error
    # A random name, the default, would change the bytes of the same graph.
    graph.graph.name = estimator
    if not is_classifier:
        rename_output(graph, graph.graph.output[0].name, "value")
    labels = fitted.classes_.tolist() if is_classifier else [0]
    return {
        "kind": "onnx",
        "graph": base64.b64encode(graph.SerializeToString(deterministic=True)).decode(),
        "classes": len(labels),
        **({} if labels == list(range(len(labels))) else {"labels": labels}),
    }


def rename_output(graph: Any, name: str, new_name: str) -> None:  # noqa: ANN401 (onnx has no types)
    """Rename an output of an ONNX graph, and wherever its nodes name it."""
    for output in graph.graph.output:
        output.name = new_name if output.name == name else output.name
    for node in graph.graph.node:
        for names in (node.input, node.output):
            for index, each in enumerate(names):
                names[index] = new_name if each == name else each
