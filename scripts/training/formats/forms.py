"""Forms of a fitted estimator or pipeline: contents of a `predictor.json`, the fastest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scripts.training.formats.columns_export import split_before_graph
from scripts.training.formats.formula_export import export_gaussian, export_linear, is_foldable
from scripts.training.formats.onnx_export import export_onnx, export_steps
from scripts.training.formats.tree_export import export_trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scripts.training.formats.columns_export import Column


def forms(
    fitted: Any,  # noqa: ANN401 (scikit-learn has no types)
    kind: str,
    columns: Sequence[Column],
    on_progress: Callable[[int, int], object] = lambda _done, _of: None,
    *,
    may_be_missing: bool = False,
) -> Iterator[dict[str, Any]]:
    """Yield the forms of an estimator of a kind.

    A linear model's scaler is first folded into its weights, which is faster. The next form keeps it, as
    folding rounds too much for a feature whose mean is far larger than its variation. A pipeline with a
    transformer that is no arithmetic of columns, such as PCA, is a graph from that step on.

    Args:
        fitted: An estimator, or a pipeline that ends with one.
        kind: Kind of the predictor.
        columns: Features that it takes.
        on_progress: Receives the number of exported cells of a table and their total.
        may_be_missing: Whether values of a feature may be missing.

    Raises:
        EstimatorError: It can't be converted.
        NoColumnsError: A transformer of texts can't be.
    """
    if not hasattr(fitted, "steps"):
        yield _export(fitted, kind, on_progress, may_be_missing=may_be_missing)
        return
    if kind == "linear" and is_foldable(fitted):
        yield export_linear(fitted)
    computed, steps, _ = split_before_graph(fitted, columns)
    content = (
        _export(steps[0], kind, on_progress, may_be_missing=may_be_missing)
        if len(steps) == 1
        else export_steps(steps)
    )
    yield content | {"columns": [column.content() for column in computed]}


def _export(
    fitted: Any,  # noqa: ANN401 (no types)
    kind: str,
    on_progress: Callable[[int, int], object],
    *,
    may_be_missing: bool,
) -> dict[str, Any]:
    if kind == "linear":
        return export_linear(fitted)
    if kind == "gaussian":
        return export_gaussian(fitted)
    if kind == "trees":
        return export_trees(fitted, on_progress, may_be_missing=may_be_missing)
    return export_onnx(fitted)
