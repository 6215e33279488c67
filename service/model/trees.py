"""Predictors of kind `trees`: decision trees and ensembles of them, with a table of all their decisions.

Trees only compare values with thresholds. The thresholds of a feature divide its axis into intervals, the
intervals of all axes form cells, and the decision is the same everywhere in a cell. The table has the label
of each cell as scikit-learn itself computed it: one row takes a bisection per feature and a byte.
Probabilities, and labels where there would be too many cells, come from the trees themselves.
"""

from __future__ import annotations

import math
import zlib
from binascii import a2b_base64
from typing import TYPE_CHECKING, Any, Final

from service.model.parameters import MAX_EXPONENT, numbers
from service.model.softmax import softmax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from service.model.feature import Inputs, Row

LEAF: Final = -1
"""Feature of a node that is a leaf."""

MAX_CELLS: Final = 1_000_000
"""Maximum cells of a table, at one byte each in every process, and a few seconds of training. A hundred trees
on Fisher's data have half as many."""

MAX_STEPS: Final = 1_000_000
"""Maximum comparisons and additions per row: some tens of milliseconds. A hundred trees on Iris make about
a thousand."""

_UNDECIDED: Final = 255
"""Label of a cell of the first features whose class depends on the others."""

_FIRST_FEATURES: Final = 2
"""Number of features that are looked up first: of an iris, they usually decide."""


class Trees:
    """Tree ensemble: the leaves of all trees are added up, and the class with the highest sum wins.

    Equal to the tree ensembles of scikit-learn: the same comparisons, the same sums in the same order.
    scikit-learn rounds a value to single precision before it compares; the cuts compensate for that (see
    `unpack`).
    """

    def __init__(self, packed: Mapping[str, Any]) -> None:
        """Create the model from the content that `unpack` has checked and describes."""
        self._cuts = [numbers(axis) for axis in packed["cuts"]]
        self._roots: list[int] = packed["roots"]
        self._features: list[int] = packed["features"]
        self._left: list[int] = packed["left"]
        self._right: list[int] = packed["right"]
        self._missing_left: list[bool] | None = packed.get("missing_left")
        self._leaves = [tuple(map(float, leaf)) for leaf in packed["leaves"]]
        self._offsets = [*numbers(packed["offsets"])]
        self._link = _LINKS[packed["link"]]
        self.classes = len(self._offsets)
        thresholds: list[int] = packed["thresholds"]
        self._thresholds = [
            0.0 if feature == LEAF else self._cuts[feature][cut]
            for feature, cut in zip(self._features, thresholds, strict=True)
        ]
        table: str | None = packed["table"]
        self.has_table = table is not None
        """True if labels come from the table."""
        self.decide: Callable[[Row], int] = (
            self._decide if table is None else _decide_by_table(self._cuts, table, self.classes)
        )
        """Function that returns the index of the most likely class, the first of equals as numpy's argmax."""

    @classmethod
    def unpack(cls, packed: Mapping[str, Any], inputs: Inputs) -> Trees:
        """Build the model from the content of a `predictor.json`.

        `cuts`: all thresholds of each feature, ascending. A value that is not above a threshold,
        compared in double precision, goes left. Nodes of all trees, one tree after the other: `features`
        (index of a feature, or -1 for a leaf), `thresholds` (index into the cuts of that feature), `left` and
        `right` (indices of nodes; for a leaf, `left` is its index in `leaves`). `roots`: the first node of
        each tree. `leaves`: the addend of each class. `offsets`: the initial sum of each class. `link`:
        `mean` divides by the number of trees, `softmax` treats the sums as scores, `sum` and `exp` are for a
        regression. `table`: one byte per cell, the index of its class, with the last feature's intervals next
        to each other; zlib, base64. None without a table. `missing_left`, where a value may be missing: true
        for each node at which it goes left.

        Raises:
            KeyError, TypeError, ValueError: The content is invalid.
        """
        _check(packed, len(inputs.features))
        if any(feature.optional for feature in inputs.features) and (
            packed.get("missing_left") is None or packed["table"] is not None
        ):
            raise ValueError("a value may be missing, but its trees do not say where such rows go")
        return cls(packed)

    def decide_all(self, rows: Iterable[Row]) -> list[int]:
        """Return the result of `decide` for each row, in their order."""
        return list(map(self.decide, rows))

    def specialize(self) -> None:
        """Do nothing: the lookup in the table is already for these features."""

    def probabilities(self, row: Row) -> tuple[float, ...]:
        """Return the probability of each class, in their order; the sum is 1."""
        return self._link(self._sums(row), len(self._roots))

    def value(self, row: Row) -> float:
        """Return the value of a regression."""
        return self._link(self._sums(row), len(self._roots))[0]

    def _decide(self, row: Row) -> int:
        probabilities = self.probabilities(row)
        return probabilities.index(max(probabilities))

    def _leaves_of(self, row: Row) -> Iterator[tuple[float, ...]]:
        """Yield the leaf of each tree for a row of which values may be missing."""
        missing_left = self._missing_left or ()
        for root in self._roots:
            node = root
            while (feature := self._features[node]) != LEAF:
                value = row[feature]
                is_left = missing_left[node] if value != value else value <= self._thresholds[node]  # noqa: PLR0124 (NaN)
                node = self._left[node] if is_left else self._right[node]
            yield self._leaves[self._left[node]]

    def _sums(self, row: Row) -> list[float]:
        if self._missing_left:
            sums = self._offsets.copy()
            for leaf in self._leaves_of(row):
                for index, share in enumerate(leaf):
                    sums[index] += share
            return sums
        features, thresholds, left, right, leaves = (
            *(self._features, self._thresholds),
            *(self._left, self._right, self._leaves),
        )
        sums = self._offsets.copy()
        for root in self._roots:
            node = root
            while (feature := features[node]) != LEAF:
                node = left[node] if row[feature] <= thresholds[node] else right[node]
            for index, share in enumerate(leaves[left[node]]):
                sums[index] += share
        return sums


def _mean(sums: Sequence[float], trees: int) -> tuple[float, ...]:
    return tuple(total / trees for total in sums)


def _softmax(sums: Sequence[float], _: int) -> tuple[float, ...]:
    return softmax(sums)


def _sum(sums: Sequence[float], _: int) -> tuple[float, ...]:
    return tuple(sums)


def _exp(sums: Sequence[float], _: int) -> tuple[float, ...]:
    return tuple(map(math.exp, sums))


_LINKS: Final = {"mean": _mean, "softmax": _softmax, "sum": _sum, "exp": _exp}


def _decide_by_table(cuts: Sequence[Sequence[float]], table: str, classes: int) -> Callable[[Row], int]:
    """Return a lookup in the table: by the first features, and then by all."""
    from service.model.generated.formulas import table_lookup  # noqa: PLC0415 (only models with a table need it)

    cells = math.prod(len(axis) + 1 for axis in cuts)
    if cells > MAX_CELLS:
        raise ValueError(f"its cuts make {cells} cells, and a table has at most {MAX_CELLS}")
    labels = _decompress(a2b_base64(table, strict_mode=True), cells)
    if unknown := labels.translate(None, bytes(range(classes))):
        raise ValueError(f"its table names class {unknown[0]}, but there are {classes}")
    first = min(_FIRST_FEATURES, len(cuts))
    rest = math.prod(len(axis) + 1 for axis in cuts[first:])
    first_labels = bytes(
        label if labels.count(label, start, start + rest) == rest else _UNDECIDED
        for start in range(0, cells, rest)
        for label in labels[start : start + 1]
    )
    return table_lookup(cuts, labels, first_labels, _UNDECIDED, first=first)


def _decompress(table: bytes, cells: int) -> bytes:
    """Return the labels of the cells, and never decompress more: a kilobyte can hold a megabyte.

    Raises:
        ValueError: The table is no zlib stream, or has another size.
    """
    stream = zlib.decompressobj()
    try:
        labels = stream.decompress(table, cells + 1)
    except zlib.error as error:
        raise ValueError(f"its table cannot be decompressed: {error}") from error
    if len(labels) > cells:
        raise ValueError(f"its table has more than {cells} cells, which its cuts make")
    if len(labels) < cells:
        raise ValueError(f"its table has {len(labels)} cells, its cuts make {cells}")
    if not stream.eof or stream.unused_data:
        raise ValueError("its table cannot be decompressed: it ends too early or too late")
    return labels


def _check(packed: Mapping[str, Any], features: int) -> None:
    """Check that every path through the trees ends in a leaf, soon enough, and that sums are finite.

    Raises:
        KeyError, TypeError, ValueError: A path does not, or a number is invalid.
    """
    cuts = [numbers(axis) for axis in packed["cuts"]]
    if len(cuts) != features or any([*axis] != sorted(set(axis)) for axis in cuts):
        raise ValueError(f"its cuts are not {features} ascending lists")
    if packed["link"] not in _LINKS:
        raise ValueError(f"its link {packed['link']!r} is none of {', '.join(_LINKS)}")
    roots: list[int] = packed["roots"]
    offsets, leaves = numbers(packed["offsets"]), [numbers(leaf) for leaf in packed["leaves"]]
    steps = sum(depth + len(offsets) for depth in _depths(packed, cuts, len(leaves)))
    if steps > MAX_STEPS:
        raise ValueError(f"a row takes {steps} steps, and at most {MAX_STEPS} are allowed")
    largest = max(map(abs, (*offsets, *(number for leaf in leaves for number in leaf))), default=0.0)
    bound = largest * (len(roots) + 1)
    if any(len(leaf) != len(offsets) for leaf in leaves) or not math.isfinite(bound):
        raise ValueError("a leaf does not hold a finite number for each class")
    if packed["link"] == "exp" and bound > MAX_EXPONENT:
        raise ValueError("a value is not finite")


def _depths(packed: Mapping[str, Any], cuts: Sequence[Sequence[float]], leaves: int) -> list[int]:
    """Return the maximum number of comparisons in each tree.

    Raises:
        KeyError, TypeError, ValueError: A path through a tree does not end in a leaf.
    """
    features: list[int] = packed["features"]
    thresholds: list[int] = packed["thresholds"]
    left: list[int] = packed["left"]
    right: list[int] = packed["right"]
    roots: list[int] = packed["roots"]
    if not all(type(index) is int for index in (*features, *thresholds, *left, *right, *roots)):
        raise TypeError("an index is not a whole number")
    nodes = len(features)
    missing_left: list[object] = packed.get("missing_left") or [False] * nodes
    if not all(type(goes_left) is bool for goes_left in missing_left):
        raise TypeError("a missing value does not go left or right")
    if not nodes == len(thresholds) == len(left) == len(right) == len(missing_left):
        raise ValueError("its lists of nodes differ in length")
    if not roots or not all(0 <= root < nodes for root in roots):
        raise ValueError("a tree does not begin at a node")
    depths = [0] * nodes
    for node in reversed(range(nodes)):
        feature = features[node]
        # Children come after their parent, so no path is a cycle.
        is_valid = (
            0 <= left[node] < leaves
            if feature == LEAF
            else node < left[node] < nodes
            and node < right[node] < nodes
            and 0 <= feature < len(cuts)
            and 0 <= thresholds[node] < len(cuts[feature])
        )
        if not is_valid:
            raise ValueError(f"its node {node} leads nowhere")
        if feature != LEAF:
            depths[node] = 1 + max(depths[left[node]], depths[right[node]])
    return [depths[root] for root in roots]
