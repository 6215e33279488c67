"""Export of scikit-learn's histogram-based gradient boosting, whose trees know where a missing value goes."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportPrivateUsage=false
# scikit-learn has no types.

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from scripts.training.formats.estimator_support import EstimatorError
from service.model.trees import LEAF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LINKS: Final = {"IdentityLink": "sum", "LogLink": "exp"}
"""Link of a regression -> that of the exported trees."""


def is_histogram_boosting(fitted: Any) -> bool:  # noqa: ANN401 (scikit-learn has no types)
    """Return whether an estimator is histogram-based gradient boosting."""
    return type(fitted).__name__.startswith("HistGradientBoosting")


def export_histogram_trees(
    fitted: Any,  # noqa: ANN401 (no types)
    table: Callable[[list[list[float]]], str | None],
    *,
    may_be_missing: bool,
) -> dict[str, Any]:
    """Return nodes and table, as `service.model.trees.Trees.unpack` documents them.

    It compares values in double precision, so that its thresholds are exact. `table` returns the labels of
    the cells between them.

    Raises:
        EstimatorError: It has splits by category, or a link that no format here has.
    """
    classes = len(fitted.classes_) if hasattr(fitted, "classes_") else 1
    splits = histogram_split_points(fitted)
    leaves: dict[tuple[float, ...], int] = {}
    content: dict[str, list[Any]] = {
        "features": [],
        "thresholds": [],
        "left": [],
        "right": [],
        "missing_left": [],
    }
    roots: list[int] = []
    per_stage = fitted.n_trees_per_iteration_
    # Of two classes, there is one score, that of the second against the first, whose own is 0.
    first = classes - per_stage
    for index, nodes in enumerate(_trees(fitted)):
        root = len(content["features"])
        roots.append(root)
        for node in nodes:
            if node["is_leaf"]:
                scores = [0.0] * classes
                scores[first + index % per_stage] = float(node["value"])
                row = (LEAF, 0, leaves.setdefault(tuple(scores), len(leaves)), 0, False)
            elif node["is_categorical"]:
                raise EstimatorError(
                    "Splits by category can't be exported. Encode categories by an OrdinalEncoder before it."
                )
            else:
                feature = int(node["feature_idx"])
                split = splits[feature].index(_threshold(node))
                left, right = root + int(node["left"]), root + int(node["right"])
                row = (feature, split, left, right, bool(node["missing_go_to_left"]))
            for column, value in zip(content.values(), row, strict=True):
                column.append(value)
    missing_left = content.pop("missing_left")
    return {
        "kind": "trees",
        "cuts": splits,
        "roots": roots,
        **content,
        "leaves": [list(leaf) for leaf in leaves],
        "offsets": [0.0] * first + fitted._baseline_prediction.ravel().tolist(),  # noqa: SLF001 (it has no public name)
        "link": _link(fitted),
        "table": None if may_be_missing else table(splits),
        **({"missing_left": missing_left} if may_be_missing else {}),
    }


def histogram_split_points(fitted: Any) -> list[list[float]]:  # noqa: ANN401 (no types)
    """Return the thresholds of each feature in ascending order."""
    splits: list[set[float]] = [set() for _ in range(fitted.n_features_in_)]
    for nodes in _trees(fitted):
        for node in nodes:
            if not node["is_leaf"]:
                splits[int(node["feature_idx"])].add(_threshold(node))
    return [sorted(axis) for axis in splits]


def _trees(fitted: Any) -> Iterator[Any]:  # noqa: ANN401 (no types)
    """Yield the nodes of each tree, in the order of its sums."""
    for stage in fitted._predictors:  # noqa: SLF001 (it has no public name)
        for tree in stage:
            yield tree.nodes


def _threshold(node: Any) -> float:  # noqa: ANN401 (no types)
    """Return a threshold; one that divides all values from missing ones is infinite."""
    return min(float(node["num_threshold"]), sys.float_info.max)


def _link(fitted: Any) -> str:  # noqa: ANN401 (no types)
    if hasattr(fitted, "classes_"):
        return "softmax"
    name = type(fitted._loss.link).__name__  # noqa: SLF001 (it has no public name)
    if name not in _LINKS:
        raise EstimatorError(f"The link {name} can't be exported. Choose the loss squared_error.")
    return _LINKS[name]
