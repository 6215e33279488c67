"""Export of trees: their nodes as lists, and a table with the label of every cell between splits."""

from __future__ import annotations

import base64
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from scripts.training.formats.histogram_export import (
    export_histogram_trees,
    histogram_split_points,
    is_histogram_boosting,
)
from service.model.trees import LEAF, MAX_CELLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Contribution: TypeAlias = Callable[[NDArray[np.float64]], tuple[float, ...]]
    """Value of a leaf -> its contribution to each class."""

_CELLS_AT_ONCE: Final = 50_000


def export_trees(
    fitted: Any,  # noqa: ANN401 (no types)
    on_progress: Callable[[int, int], object],
    *,
    may_be_missing: bool = False,
) -> dict[str, Any]:
    """Return nodes and table; `service.model.trees.Trees.unpack` documents them.

    `on_progress` receives the number of labelled cells and their total. If values may be missing, there is no
    table.
    """
    if is_histogram_boosting(fitted):
        return export_histogram_trees(
            fitted, lambda splits: _table(fitted, splits, on_progress), may_be_missing=may_be_missing
        )
    forest = _read_forest(fitted)
    splits = split_points(fitted)
    leaves: dict[tuple[float, ...], int] = {}
    nodes: dict[str, list[int]] = {"features": [], "thresholds": [], "left": [], "right": []}
    roots: list[int] = []
    missing_left: list[bool] = []
    for tree, contribution in forest.trees:
        missing_left += map(bool, tree.missing_go_to_left)
        root = len(nodes["features"])
        roots.append(root)
        for node in range(tree.node_count):
            feature = int(tree.feature[node])
            if feature < 0:
                leaf = leaves.setdefault(contribution(tree.value[node, 0]), len(leaves))
                row = (LEAF, 0, leaf, 0)
            else:
                split = splits[feature].index(split_point(float(tree.threshold[node])))
                left, right = int(tree.children_left[node]), int(tree.children_right[node])
                row = (feature, split, root + left, root + right)
            for column, number in zip(nodes.values(), row, strict=True):
                column.append(number)
    return {
        "kind": "trees",
        "cuts": splits,
        "roots": roots,
        **nodes,
        "leaves": [list(leaf) for leaf in leaves],
        "offsets": forest.offsets,
        "link": forest.link,
        "table": None if may_be_missing else _table(fitted, splits, on_progress),
        **({"missing_left": missing_left} if may_be_missing else {}),
    }


def split_points(fitted: Any) -> list[list[float]]:  # noqa: ANN401 (no types)
    """Return the split points of each feature in ascending order."""
    if is_histogram_boosting(fitted):
        return histogram_split_points(fitted)
    splits: list[set[float]] = [set() for _ in range(fitted.n_features_in_)]
    for tree, _ in _read_forest(fitted).trees:
        features: list[int] = tree.feature.tolist()
        thresholds: list[float] = tree.threshold.tolist()
        for feature, threshold in zip(features, thresholds, strict=True):
            if feature >= 0:
                splits[feature].add(split_point(threshold))
    return [sorted(axis) for axis in splits]


def split_point(threshold: float) -> float:
    """Return the largest double for which scikit-learn goes left at a threshold.

    It rounds the value to single precision (to nearest, ties to even) and goes left if that is not above the
    threshold, which has double precision. So the last to go left is rounded to the largest single that is not
    above the threshold: everything up to half way to the next single, inclusive if the tie rounds down.
    """
    last = np.float32(threshold)
    if float(last) > threshold:
        last = np.nextafter(last, np.float32(-np.inf))
    following = np.nextafter(last, np.float32(np.inf))
    half_way = (float(last) + float(following)) / 2
    return half_way if np.float32(half_way) == last else float(np.nextafter(half_way, -np.inf))


def _table(
    fitted: Any,  # noqa: ANN401 (no types)
    splits: list[list[float]],
    on_progress: Callable[[int, int], object],
) -> str | None:
    """Return the labels that scikit-learn gives to one row per cell, at the cell's upper end.

    None for too many cells, and for a regression.
    """
    shape = [len(axis) + 1 for axis in splits]
    cells = math.prod(shape)  # of as many digits as it takes: that of numpy would overflow
    if cells > MAX_CELLS or not hasattr(fitted, "classes_"):
        return None
    ends: list[NDArray[np.float64]] = [np.array([*axis, axis[-1] + 1 if axis else 1.0]) for axis in splits]
    labels = np.empty(cells, dtype=np.uint8)
    for start in range(0, cells, _CELLS_AT_ONCE):
        some = np.arange(start, min(start + _CELLS_AT_ONCE, cells))
        places = np.unravel_index(some, shape)
        rows = np.column_stack([end[place] for end, place in zip(ends, places, strict=True)])
        labels[some] = np.searchsorted(fitted.classes_, fitted.predict(rows))
        on_progress(int(some[-1]) + 1, cells)
    return base64.b64encode(zlib.compress(labels.tobytes(), level=9)).decode()


@dataclass(frozen=True, kw_only=True)
class _Forest:
    trees: list[tuple[Any, Contribution]]
    """Trees of scikit-learn in the order of its sums, each with the contribution of its leaves."""
    offsets: list[float]
    """Initial values of the sums."""
    link: str
    """Function that turns the sums into probabilities: `softmax` or `mean`."""


def _read_forest(fitted: Any) -> _Forest:  # noqa: ANN401 (no types)
    classes = len(fitted.classes_) if hasattr(fitted, "classes_") else 1
    if type(fitted).__name__ in {"GradientBoostingClassifier", "GradientBoostingRegressor"}:
        rate = float(fitted.learning_rate)
        # It has no public name, and does not depend on the row.
        offsets = fitted._raw_predict_init(np.zeros((1, fitted.n_features_in_)))[0].tolist()  # noqa: SLF001 (see above)
        # Of two classes, there is one score, that of the second against the first, whose own is 0.
        first = classes - len(offsets)
        return _Forest(
            trees=[
                (tree.tree_, _score(first + index, classes, rate))
                for stage in fitted.estimators_
                for index, tree in enumerate(stage)
            ],
            offsets=[0.0] * first + offsets,
            link="softmax" if hasattr(fitted, "classes_") else "sum",
        )
    trees = fitted.estimators_ if hasattr(fitted, "estimators_") else [fitted]
    return _Forest(trees=[(tree.tree_, _shares) for tree in trees], offsets=[0.0] * classes, link="mean")


def _shares(value: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(value.tolist())


def _score(index: int, classes: int, learning_rate: float) -> Contribution:
    def contribution(value: NDArray[np.float64]) -> tuple[float, ...]:
        scores = [0.0] * classes
        scores[index] = learning_rate * float(value[0])
        return tuple(scores)

    return contribution
