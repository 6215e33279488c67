"""Formats of packed predictors, one module per `kind`, imported when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.model.feature import Inputs
    from service.model.predictor import Model


class PredictorError(Exception):
    """A predictor cannot be loaded: it is missing, was tampered with, or has an unknown format."""


KINDS: Final = ("linear", "gaussian", "trees", "onnx")
"""Values of `kind` in a `predictor.json`."""


def check_kind(kind: object) -> None:
    """Check that models of a kind can be built here, without importing their module.

    Raises:
        ValueError: There is no such kind.
        PredictorError: A package that it needs is not installed.
    """
    if kind not in KINDS:
        raise ValueError(f"its kind {kind!r} is none of {', '.join(KINDS)}")
    if kind == "onnx":
        from importlib.util import find_spec  # noqa: PLC0415 (only this kind needs it)

        if find_spec("onnxruntime") is None:
            raise PredictorError(
                "a predictor of kind onnx needs onnxruntime, which is not installed here; it comes with the "
                "extra `onnx`: pip install 'scalable-models[onnx]'"
            )


def unpack_model(packed: Mapping[str, Any], inputs: Inputs) -> Model:
    """Build a model from the content of a `predictor.json`, for the features of its definition.

    Raises:
        KeyError, TypeError, ValueError: The content is not a predictor.
        PredictorError: A package that its kind needs is not installed.
    """
    check_kind(packed["kind"])
    if "columns" in packed:
        from service.model.generated.prepared import Prepared  # noqa: PLC0415 (only models of a pipeline need it)

        return Prepared.unpack(packed, inputs, _unpack_kind)
    return _unpack_kind(packed, inputs)


def _unpack_kind(packed: Mapping[str, Any], inputs: Inputs) -> Model:
    kind = packed["kind"]
    if any(feature.optional for feature in inputs.features) and kind in {"linear", "gaussian"}:
        raise ValueError(f"a value may be missing, which the kind {kind} has no answer to")
    # A process needs mostly one of them, and must start quickly.
    if kind == "linear":
        from service.model.linear import Linear  # noqa: PLC0415 (the same)

        return Linear.unpack(packed, inputs)
    if kind == "gaussian":
        from service.model.gaussian_nb import Gaussian  # noqa: PLC0415 (the same)

        return Gaussian.unpack(packed, inputs)
    if kind == "trees":
        from service.model.trees import Trees  # noqa: PLC0415 (the same)

        return Trees.unpack(packed, inputs)
    from service.model.onnx_model import Onnx  # noqa: PLC0415 (the same)

    return Onnx.unpack(packed, inputs)
