"""ONNX graphs in files: their input, their outputs and classes, and the graph that the service runs."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# onnx and ONNX Runtime have no types.

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from scripts.console.extras import require
from scripts.training.imported.model_file import ModelFileError
from service.http.agreement import noun_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from scripts.training.imported.inferred_inputs import Inputs

MAX_GRAPH_BYTES: Final = 48_000_000
"""Maximum size of a graph: in base64, it fits into the 64 MiB of a `predictor.json`."""

_NUMBERS: Final = {"tensor(float)": np.float32, "tensor(double)": np.float64}
_LABELS: Final = ("tensor(int64)", "tensor(int32)", "tensor(string)")

_CLASS_ATTRIBUTES: Final = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")
"""Attributes that name the classes: those of ZipMap and of ONNX's own classifiers."""

_SHARE_TOLERANCE: Final = 1e-3
"""Largest distance of a sum of probabilities from 1 in single precision; that of other scores is larger."""


@dataclass(frozen=True)
class OnnxInput:
    """Input of a graph, as `infer_inputs` takes a model: rows of numbers without names."""

    n_features_in_: int


@dataclass(frozen=True, kw_only=True)
class OnnxFile:
    """ONNX graph from rows of numbers to labels and probabilities, or to values."""

    given: bytes
    """Content of the file."""
    graph: bytes
    """The same for the service: its outputs are tensors."""
    outputs: dict[str, str]
    """Role (`label` and `probabilities`, or `value`) -> name of the output of `graph`."""
    labels: list[Any]
    """Classes in the order of the probabilities; none for a regression."""
    is_single: bool
    """True if its numbers have single precision."""
    producer: str
    """Program that wrote it."""


def read_onnx(path: Path, rows: Sequence[Sequence[float]], classes: Sequence[str]) -> OnnxFile:
    """Read a graph that takes rows such as the given ones.

    `classes` names the classes of a graph that does not; its probabilities have the same order.

    Raises:
        ExtraError: onnx can't be installed.
        ModelFileError: The file holds no graph, or one that the service can't run.
    """
    require("onnx")
    given = path.read_bytes()
    if len(given) > MAX_GRAPH_BYTES:
        raise ModelFileError(f"{path.name} has more than {MAX_GRAPH_BYTES // 1_000_000} MB.")
    model = _parse(path, given)
    labels = _remove_zipmap(model)
    session = new_session(path, model.SerializeToString())
    number = _input_type(path, session, len(rows[0]))
    label, scores = _outputs(path, session)
    computed = _run(path, session, np.array(rows[:1], dtype=number))
    results = dict(zip([output.name for output in session.get_outputs()], computed, strict=True))
    width = results[scores].size
    if label is None and width == 1:
        if classes:
            raise ModelFileError(
                f"{path.name} returns one number per row, so it is a regression, which has no --classes. A "
                "classification returns a probability for each class."
            )
        outputs = {"value": scores}
    else:
        _check_shapes(path, label, scores, results)
        check_probabilities(path, results[scores])
        labels = labels or _classes(model, width)
        if label is None:
            label, labels = _add_argmax(model, scores), []
        elif not labels and results[label].dtype == object:
            if len(classes) != width:
                raise ModelFileError(
                    f"{path.name} does not say which classes it has. Name all {width} with --classes, in the "
                    "order of its probabilities."
                )
            labels = list(classes)
        labels = labels or list(range(width))
        outputs = {"label": label, "probabilities": scores}
    return OnnxFile(
        given=given,
        graph=model.SerializeToString(deterministic=True),
        outputs=outputs,
        labels=labels,
        is_single=number is np.float32,
        producer=" ".join(f"{model.producer_name} {model.producer_version}".split())[:50] or "unknown",
    )


def numeric_rows(inputs: Inputs) -> list[list[float]]:
    """Return the rows of an example; NaN stands for a missing value."""
    return [
        [math.nan if value is None else float(value) for value in row.values()] for row in inputs.examples
    ]


def new_session(path: Path, graph: bytes) -> Any:  # noqa: ANN401 (no types)
    """Create a session of ONNX Runtime.

    Raises:
        ModelFileError: It can't run the graph.
    """
    import onnxruntime

    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # fatal: its errors are raised, too
    try:
        return onnxruntime.InferenceSession(graph, sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # ONNX Runtime's errors have no common base class.
        raise ModelFileError(f"ONNX Runtime can't run {path.name}: {_short(error)}") from error


def _parse(path: Path, content: bytes) -> Any:  # noqa: ANN401 (no types)
    import onnx

    try:
        model: Any = onnx.load_model_from_string(content)
    except Exception as error:
        # protobuf's errors have no common base class with those of onnx.
        raise ModelFileError(
            f"{path.name} is no ONNX graph, or only a part of one: {_short(error)}"
        ) from error
    if not model.graph.node:
        raise ModelFileError(f"{path.name} is no ONNX graph: it has no nodes.")
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise ModelFileError(
            f"{path.name} has its weights in another file. Save it as one: onnx.save_model(onnx.load("
            f"'{path.name}'), 'whole.onnx')."
        )
    return model


def _remove_zipmap(model: Any) -> list[Any]:  # noqa: ANN401 (no types)
    """Replace skl2onnx's list of dictionaries by a tensor, and return its keys, the classes."""
    import onnx

    graph = model.graph
    for output in graph.output:
        for node in [one for one in graph.node if one.op_type == "ZipMap" and output.name in one.output]:
            # A ZipMap takes single precision only.
            output.CopyFrom(
                onnx.helper.make_tensor_value_info(node.input[0], onnx.TensorProto.FLOAT, [None, None])
            )
            graph.node.remove(node)
            return next(_class_lists([node]), [])
    return []


def _input_type(path: Path, session: Any, features: int) -> Any:  # noqa: ANN401 (no types)
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(one.name for one in inputs)
        raise ModelFileError(
            f"{path.name} has {len(inputs)} inputs ({names[:200]}); it must have one, with a column for each "
            "feature. A pipeline with columns of its own can be imported as a file of skops."
        )
    (only,) = inputs
    if only.type not in _NUMBERS:
        raise ModelFileError(
            f"The input {only.name} of {path.name} is a {only.type}; it must be a tensor(float) or "
            "tensor(double). A pipeline that takes texts can be imported as a file of skops."
        )
    shape = only.shape
    if len(shape) != len(("rows", "features")) or (isinstance(shape[0], int) and shape[0] != 1):
        raise ModelFileError(
            f"The input {only.name} of {path.name} has the shape {_shape(shape)}; it must be rows of "
            "features, such as [rows, 13]."
        )
    if isinstance(shape[1], int) and shape[1] != features:
        raise ModelFileError(
            f"{path.name} takes {shape[1]} {noun_for(shape[1], 'feature')}, but the example has {features}."
        )
    return _NUMBERS[only.type]


def _outputs(path: Path, session: Any) -> tuple[str | None, str]:  # noqa: ANN401 (no types)
    """Return the names of the output with the labels, if there is one, and of that with the numbers."""
    outputs = session.get_outputs()
    labels = [one.name for one in outputs if one.type in _LABELS]
    scores = [one.name for one in outputs if one.type in _NUMBERS]
    if len(scores) != 1 or len(outputs) - len(labels) != 1 or len(labels) > 1:
        raise ModelFileError(
            f"{path.name} returns {', '.join(f'{one.name} ({one.type})' for one in outputs)[:200]}; it must "
            "return the labels and one tensor with all probabilities, only the latter, or one value. With "
            "skl2onnx, convert a classifier with options={'zipmap': False}."
        )
    return (labels[0] if labels else None), scores[0]


def _run(path: Path, session: Any, rows: Any) -> list[Any]:  # noqa: ANN401 (no types)
    try:
        return session.run(None, {session.get_inputs()[0].name: rows})
    except Exception as error:
        # ONNX Runtime's errors have no common base class.
        raise ModelFileError(
            f"{path.name} can't compute the first row of the example: {_short(error)}"
        ) from error


def check_probabilities(path: Path, shares: Any) -> None:  # noqa: ANN401 (an array)
    """Check that the numbers of each row are probabilities.

    Raises:
        ModelFileError: They are not.
    """
    wrong = np.flatnonzero(~((shares >= 0).all(axis=1) & (abs(shares.sum(axis=1) - 1) <= _SHARE_TOLERANCE)))
    if len(wrong):
        numbers = ", ".join(f"{number:.3g}" for number in shares[wrong[0], :5])
        raise ModelFileError(
            f"{path.name} returns {numbers}, which are no probabilities: they must add up to 1. End the "
            "graph with a softmax; a regression returns one value."
        )


def _check_shapes(path: Path, label: str | None, scores: str, results: dict[str, Any]) -> None:
    width = results[scores].size
    if results[scores].shape != (1, width) or (label and results[label].shape != (1,)):
        shapes = ", ".join(f"{_shape(result.shape)} for {name}" for name, result in results.items())
        raise ModelFileError(
            f"{path.name} returns the shapes {shapes} for one row; the probabilities must have [1, classes], "
            "and the label [1]."
        )


def _classes(model: Any, width: int) -> list[Any]:  # noqa: ANN401 (no types)
    """Return the classes that the nodes or constants of a graph name, or none if they name several."""
    found = [labels for labels in _class_lists(model.graph.node) if len(labels) == width]
    found += [labels for labels in _class_constants(model.graph) if len(labels) == width]
    return found[0] if found and all(labels == found[0] for labels in found) else []


def _class_lists(nodes: Iterable[Any]) -> Iterator[list[Any]]:
    for node in nodes:
        for attribute in node.attribute:
            if attribute.name in _CLASS_ATTRIBUTES and (attribute.strings or attribute.ints):
                yield [text.decode() for text in attribute.strings] or list(attribute.ints)


def _class_constants(graph: Any) -> Iterator[list[Any]]:  # noqa: ANN401 (no types)
    import onnx

    for tensor in graph.initializer:
        # Of neural networks and naive Bayes, by skl2onnx.
        if tensor.name == "classes":
            values = onnx.numpy_helper.to_array(tensor).ravel().tolist()
            yield [value.decode() if isinstance(value, bytes) else value for value in values]


def _add_argmax(model: Any, scores: str) -> str:  # noqa: ANN401 (no types)
    """Return the name of a new output, the index of the largest probability."""
    import onnx

    name = f"{scores}_argmax"
    model.graph.node.append(onnx.helper.make_node("ArgMax", [scores], [name], axis=1, keepdims=0))
    model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT64, [None]))
    return name


def _shape(shape: Iterable[Any]) -> str:
    return f"[{', '.join(map(str, shape))}]"


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
