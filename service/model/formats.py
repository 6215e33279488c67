"""Formats of packed predictors, one module per `kind`, imported when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Protocol

    from service.model.definition import Definition
    from service.model.feature import Row

    class Model(Protocol):
        """Interface of the models of every kind; classes are indices."""

        @property
        def classes(self) -> int:
            """Number of classes."""
            ...

        @property
        def decide(self) -> Callable[[Row], int]:
            """Function that returns the index of the most likely class, the first of equals as in argmax."""
            ...

        @property
        def decide_all(self) -> Callable[[Iterable[Row]], list[int]]:
            """Function that returns the result of `decide` for each row, in their order."""
            ...

        def specialize(self) -> None:
            """Generate faster functions for these features and classes, where that takes time to start."""
            ...

        def probabilities(self, row: Row) -> tuple[float, ...]:
            """Return the probability of each class; the sum is 1."""
            ...


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


def unpack_model(packed: Mapping[str, Any], definition: Definition) -> Model:
    """Build a model from the content of a `predictor.json`.

    Raises:
        KeyError, TypeError, ValueError: The content is not a predictor.
        PredictorError: A package that its kind needs is not installed.
    """
    kind = packed["kind"]
    check_kind(kind)
    # A process needs mostly one of them, and must start quickly.
    if kind == "linear":
        from service.model.linear import Linear  # noqa: PLC0415 (the same)

        return Linear.unpack(packed, definition)
    if kind == "gaussian":
        from service.model.gaussian_nb import Gaussian  # noqa: PLC0415 (the same)

        return Gaussian.unpack(packed, definition)
    if kind == "trees":
        from service.model.trees import Trees  # noqa: PLC0415 (the same)

        return Trees.unpack(packed, definition)
    from service.model.onnx_model import Onnx  # noqa: PLC0415 (the same)

    return Onnx.unpack(packed, definition)
