"""Export of other classifiers as an ONNX graph; needs the extra `onnx`."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# skl2onnx has no types.

from __future__ import annotations

import base64
from typing import Any

from scripts.console.extras import ExtraError, require
from scripts.training.formats.columns_export import flat_steps
from scripts.training.formats.supported_estimators import EstimatorError, fitted_support


def export_onnx(fitted: Any) -> dict[str, Any]:  # noqa: ANN401 (scikit-learn has no types)
    """Convert a fitted estimator to an ONNX graph in double precision.

    Raises:
        EstimatorError: The libraries are missing, or the classifier can't be converted.
    """
    first, last = (steps := flat_steps(fitted))[0], steps[-1]
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
        rows: Any = ("rows", DoubleTensorType([None, first.n_features_in_]))
        is_classifier = hasattr(fitted, "classes_")
        options = {"zipmap": False} if is_classifier else None
        graph: Any = to_onnx(fitted, initial_types=[rows], options=options)
    except Exception as error:
        # skl2onnx passes on every exception of its converters.
        converted = " and ".join(type(step).__name__ for step in steps)
        reason = " ".join(str(error).split())[:200].rstrip(".")
        alternative = fitted_support(estimator).nearest or f"{estimator} without the other steps"
        raise EstimatorError(
            f"{converted} can't be converted to ONNX: {reason}. The nearest alternative is {alternative}."
        ) from error
    if not _can_be_loaded(graph):
        _make_double(graph.graph)
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


def export_steps(steps: list[Any]) -> dict[str, Any]:
    """Convert fitted transformers and the estimator after them to a graph, as `export_onnx` does.

    Raises:
        EstimatorError: As there.
    """
    from sklearn.pipeline import Pipeline

    return export_onnx(Pipeline([(f"step{place}", step) for place, step in enumerate(steps)]))


def _can_be_loaded(graph: Any) -> bool:  # noqa: ANN401 (onnx has no types)
    import onnxruntime

    try:
        onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    except Exception:  # noqa: BLE001 (its errors have no common base class)
        return False
    return True


def _make_double(graph: Any) -> None:  # noqa: ANN401 (the same)
    """Make the constants, conversions and outputs of a graph double.

    Of some transformers, such as PolynomialFeatures, skl2onnx mixes single precision into a graph of doubles.
    """
    from onnx import TensorProto, numpy_helper

    attributes = [attribute for node in graph.node for attribute in node.attribute]
    for attribute in attributes:
        if attribute.name == "to" and attribute.i == TensorProto.FLOAT:
            attribute.i = TensorProto.DOUBLE
    constants = [attribute.t for attribute in attributes if attribute.HasField("t")]
    for constant in [*graph.initializer, *constants]:
        if constant.data_type == TensorProto.FLOAT:
            double = numpy_helper.to_array(constant).astype(float)
            constant.CopyFrom(numpy_helper.from_array(double, constant.name))
    for output in graph.output:
        if output.type.tensor_type.elem_type == TensorProto.FLOAT:
            output.type.tensor_type.elem_type = TensorProto.DOUBLE
    del graph.value_info[:]
