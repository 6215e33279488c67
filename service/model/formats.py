"""The forms in which predictors are packed, each in a module of its own, imported when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from service.model.flower import Flower


class Model(Protocol):
    """What a kind of predictor can do, in indices of classes."""

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        ...

    @property
    def decide(self) -> Callable[[Flower], int]:
        """Return the index of the likeliest class, the first one of equals as in numpy's argmax."""
        ...

    @property
    def decide_all(self) -> Callable[[Iterable[Flower]], list[int]]:
        """Return what `decide` returns for each flower, in their order."""
        ...

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class; they add up to 1."""
        ...


class PredictorError(Exception):
    """A predictor cannot be loaded: it is missing, was tampered with, or is of no known form."""


KINDS: Final = ("linear", "gaussian", "trees", "onnx")
"""The values of `kind` in a `predictor.json`."""


def check_kind(kind: object) -> None:
    """Make sure that models of a kind can be made here, without importing what makes them.

    Raises:
        ValueError: there is no such kind.
        PredictorError: what it needs is not installed.
    """
    if kind not in KINDS:
        raise ValueError(f"its kind {kind!r} is none of {', '.join(KINDS)}")
    if kind == "onnx":
        from importlib.util import find_spec  # noqa: PLC0415 (no other kind needs it)

        if find_spec("onnxruntime") is None:
            raise PredictorError(
                "a predictor of kind onnx needs onnxruntime, which is not installed here; "
                "it comes with the extra `onnx`: pip install 'scalable-models[onnx]'"
            )


def unpack_model(packed: Mapping[str, Any]) -> Model:
    """Make a model of the content of a `predictor.json`.

    Raises:
        KeyError, TypeError, ValueError: it is not that of a predictor.
        PredictorError: what its kind needs is not installed.
    """
    kind = packed["kind"]
    check_kind(kind)
    # One process mostly needs one of them, and must start quickly.
    if kind == "linear":
        from service.model.linear import Linear  # noqa: PLC0415 (the same)

        return Linear.unpack(packed)
    if kind == "gaussian":
        from service.model.gaussian_nb import Gaussian  # noqa: PLC0415 (the same)

        return Gaussian.unpack(packed)
    if kind == "trees":
        from service.model.trees import Trees  # noqa: PLC0415 (the same)

        return Trees.unpack(packed)
    from service.model.onnx_model import Onnx  # noqa: PLC0415 (the same)

    return Onnx.unpack(packed)
