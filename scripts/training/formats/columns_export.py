"""Export of a pipeline's transformers as columns, each computed from one feature by a few operations."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Step = tuple[str, Any]
    """Operation and operand, as `service.model.generated.prepared` has them."""


TEXTS_IN_A_GRAPH: Final = (
    "and ONNX takes no texts here. Encode them in a step before it, by a OneHotEncoder or an OrdinalEncoder"
)
"""End of the sentence on a step that takes texts and has no form of its own."""


class NoColumnsError(Exception):
    """A transformer can't be exported as columns; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """Column of numbers, or of a category whose levels are still to be encoded."""

    feature: int
    steps: tuple[Step, ...] = ()
    levels: tuple[object, ...] = field(default=())
    """Levels of the category as the estimator was trained on them, in the order of their indices."""

    def with_step(self, name: str, operand: object) -> Column:
        """Return the column after one more operation, as numbers."""
        return Column(feature=self.feature, steps=(*self.steps, (name, operand)))

    def index(self, level: object) -> float:
        """Return the number that stands for a value: the index of a level, or the number itself.

        Raises:
            NoColumnsError: It is neither.
        """
        if self.levels:
            if level not in self.levels:
                raise NoColumnsError(f"the level {level!r} is unknown")
            return float(self.levels.index(level))
        if isinstance(level, (int, float, np.number)) and math.isfinite(float(level)):
            return float(level)
        raise NoColumnsError(f"the value {level!r} is no number")

    def content(self) -> dict[str, Any]:
        """Return the part of a `predictor.json`."""
        return {"feature": self.feature, "steps": [list(step) for step in self.steps]}


def flat_steps(fitted: Any) -> list[Any]:  # noqa: ANN401 (no types)
    """Return the steps of a fitted estimator or pipeline, its estimator last; those of pipelines inside, too.

    A step that passes its columns through is left out.
    """
    if not hasattr(fitted, "steps"):
        return [] if fitted is None or isinstance(fitted, str) else [fitted]
    return [inner for _, step in fitted.steps for inner in flat_steps(step)]


def split_before_graph(fitted: Any, columns: Sequence[Column]) -> tuple[list[Column], list[Any], str]:  # noqa: ANN401 (no types)
    """Return the columns that the first steps of a pipeline compute, and the other steps, for a graph.

    The last item is the reason why the first of several other steps has no such form; empty for one step.

    Raises:
        NoColumnsError: A step that has no such form takes texts, which no graph does.
    """
    steps, current = flat_steps(fitted), list(columns)
    while len(steps) > 1:
        try:
            current = _transform(steps[0], current)
        except NoColumnsError as error:
            if any(isinstance(level, str) for column in current for level in column.levels):
                raise NoColumnsError(f"{error}, {TEXTS_IN_A_GRAPH}") from error
            return current, steps, str(error)
        steps = steps[1:]
    return current, steps, ""


def _transform(transformer: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
    if transformer is None or isinstance(transformer, str):  # "passthrough"
        return columns
    if hasattr(transformer, "get_support"):  # a selection of columns, such as SelectKBest
        return [columns[index] for index in transformer.get_support(indices=True)]
    name = type(transformer).__name__
    if name not in _TRANSFORMERS:
        raise NoColumnsError(f"{name} has no form of its own")
    return _TRANSFORMERS[name](transformer, columns)


def _pipeline(pipeline: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
    for _, transformer in pipeline.steps:
        columns = _transform(transformer, columns)
    return columns


def _column_transformer(transformer: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
    # It has no public name, and resolves names, slices, masks and functions as scikit-learn does.
    chosen: dict[str, Any] = transformer._transformer_to_input_indices  # noqa: SLF001 (see above)
    result: list[Column] = []
    for name, each, _ in transformer.transformers_:
        if isinstance(each, str) and each == "drop":
            continue
        result += _transform(each, [columns[index] for index in chosen[name]])
    return result


def _union(union: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
    if union.transformer_weights:
        raise NoColumnsError("FeatureUnion has weights")
    return [
        column for _, each in union.transformer_list if each != "drop" for column in _transform(each, columns)
    ]


def _function(transformer: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
    """Return the columns as they are: without a function, it is how scikit-learn passes columns through."""
    if transformer.func is not None:
        raise NoColumnsError("FunctionTransformer calls a function of Python, which can't be packed")
    return columns


def _affine(*attributes: tuple[str, str]) -> Callable[[Any, list[Column]], list[Column]]:
    """Return the function of a scaler: its operations, each with the attribute of its operands."""

    def apply(scaler: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
        if getattr(scaler, "clip", False):
            raise NoColumnsError(f"{type(scaler).__name__} clips values")
        for operation, attribute in attributes:
            operands = getattr(scaler, attribute, None)
            if operands is not None:
                columns = [
                    column.with_step(operation, float(operand))
                    for column, operand in zip(columns, operands, strict=True)
                ]
        return columns

    return apply


def _standard_scaler(scaler: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
    mean = [("subtract", "mean_")] if scaler.with_mean else []
    return _affine(*mean, ("divide", "scale_"))(scaler, columns)


def _robust_scaler(scaler: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
    return _affine(("subtract", "center_"), ("divide", "scale_"))(scaler, columns)


def _imputer(imputer: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
    if not _is_nan(imputer.missing_values) and imputer.missing_values is not None:
        raise NoColumnsError("SimpleImputer fills a value that is not missing")
    filled: list[Column] = []
    for column, value in zip(columns, imputer.statistics_, strict=True):
        if _is_nan(value):
            continue  # a feature without any value, which it drops
        number = column.index(value)
        filled.append(
            Column(feature=column.feature, steps=(*column.steps, ("fill", number)), levels=column.levels)
        )
    if imputer.add_indicator:
        filled += [columns[index].with_step("missing", 0.0) for index in imputer.indicator_.features_]
    return filled


def _one_hot(encoder: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
    if getattr(encoder, "_infrequent_enabled", False):
        raise NoColumnsError("OneHotEncoder groups infrequent levels")
    dropped: Any = encoder.drop_idx_
    if dropped is None:
        dropped = [None] * len(columns)
    encoded: list[Column] = []
    for column, levels, drop in zip(columns, encoder.categories_, dropped, strict=True):
        # A level that is dropped is one of the feature's all the same.
        steps: list[Step] = [
            ("missing", 0.0) if _is_missing(level) else ("is", column.index(level))
            for level in levels.tolist()
        ]
        encoded += [column.with_step(*step) for place, step in enumerate(steps) if place != drop]
    return encoded


def _ordinal(encoder: Any, columns: list[Column]) -> list[Column]:  # noqa: ANN401 (no types)
    if getattr(encoder, "_infrequent_enabled", False):
        raise NoColumnsError("OrdinalEncoder groups infrequent levels")
    encoded: list[Column] = []
    for column, levels in zip(columns, encoder.categories_, strict=True):
        present = [level for level in levels.tolist() if not _is_missing(level)]
        # The place of each level of the feature; a number is one of few, too.
        indices = [column.index(level) for level in present]
        if sorted(indices) != list(range(len(indices))):
            raise NoColumnsError("OrdinalEncoder encodes numbers that are no indices")
        places = [float(indices.index(float(number))) for number in range(len(indices))]
        mapped = column.with_step("map", places)
        if not _is_nan(encoder.encoded_missing_value):
            mapped = mapped.with_step("fill", float(encoder.encoded_missing_value))
        encoded.append(mapped)
    return encoded


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _is_missing(value: object) -> bool:
    return value is None or _is_nan(value)


_TRANSFORMERS: Final[dict[str, Callable[[Any, list[Column]], list[Column]]]] = {
    "Pipeline": _pipeline,
    "ColumnTransformer": _column_transformer,
    "FeatureUnion": _union,
    "FunctionTransformer": _function,
    "StandardScaler": _standard_scaler,
    "RobustScaler": _robust_scaler,
    "MinMaxScaler": _affine(("multiply", "scale_"), ("add", "min_")),
    "MaxAbsScaler": _affine(("divide", "scale_")),
    "SimpleImputer": _imputer,
    "OneHotEncoder": _one_hot,
    "OrdinalEncoder": _ordinal,
}
"""Transformers that can be exported as columns."""
