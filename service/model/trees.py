"""Predictors of kind `trees`: a decision tree or many of them, and a table of all that they could answer.

All that trees ask is on which side of a threshold a length lies. So all thresholds of a length cut its axis
into intervals, the intervals of the four axes make cells, and the label is the same all over a cell. The
labels of all cells, as scikit-learn itself gave them, are a table: one flower is four bisections and a byte.
Probabilities, and labels where there would be too many cells, come from the trees themselves.
"""

from __future__ import annotations

import math
import zlib
from binascii import a2b_base64
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final

from service.model.softmax import softmax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from service.model.flower import Flower

LEAF: Final = -1
"""In place of a node's feature: it asks nothing."""

_UNDECIDED: Final = 255
"""In place of a class: it takes the sepals to tell."""


class Trees:
    """Asks every tree, adds up what their leaves say, and the class with most wins.

    Equal to the tree ensembles of scikit-learn: the same comparisons, the same sums in the same order. They
    round a length to single precision before they compare it; the cuts make up for that (see `unpack`).
    """

    def __init__(self, packed: Mapping[str, Any]) -> None:
        """Take what `unpack` describes."""
        self._cuts = [[float(cut) for cut in axis] for axis in packed["cuts"]]
        self._roots: list[int] = packed["roots"]
        self._features: list[int] = packed["features"]
        self._left: list[int] = packed["left"]
        self._right: list[int] = packed["right"]
        self._leaves = [tuple(float(share) for share in leaf) for leaf in packed["leaves"]]
        self._offsets = [float(offset) for offset in packed["offsets"]]
        self._link = _LINKS[packed["link"]]
        self.classes = len(self._offsets)
        thresholds: list[int] = packed["thresholds"]
        self._thresholds = [
            0.0 if feature == LEAF else self._cuts[feature][cut]
            for feature, cut in zip(self._features, thresholds, strict=True)
        ]
        table: str | None = packed["table"]
        self.has_table = table is not None
        """Whether labels come from a table."""
        self.decide: Callable[[Flower], int] = (
            self._decide if table is None else _decide_by_table(self._cuts, table, self.classes)
        )
        """Return the index of the likeliest class, the first one of equals as in numpy's argmax."""

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Trees:
        """Read the trees from the content of a `predictor.json`.

        `cuts`: for each length, all thresholds in cm, ascending. A length goes left if it is not above one,
        compared in double precision. Nodes, of all trees one after the other: `features` (index of a length,
        or -1 for a leaf), `thresholds` (index into the cuts of that length), `left` and `right` (indices of
        nodes; of a leaf, `left` is its index in `leaves`). `roots`: the first node of each tree. `leaves`:
        what is added for each class. `offsets`: what is added to for each class. `link`: `mean` divides by
        the number of trees, `softmax` takes the sums for scores. `table`: a byte for each cell, the index of
        its class, the last length's intervals next to each other; zlib, base64. None where there is none.

        Raises:
            KeyError, TypeError, ValueError: it is anything else.
        """
        _check(packed)
        return cls(packed)

    def decide_all(self, flowers: Iterable[Flower]) -> list[int]:
        """Return what `decide` returns for each flower, in their order."""
        return list(map(self.decide, flowers))

    def probabilities(self, flower: Flower) -> tuple[float, ...]:
        """Return the probability of each class, in their order; they add up to 1."""
        return self._link(self._sums(flower), len(self._roots))

    def _decide(self, flower: Flower) -> int:
        probabilities = self.probabilities(flower)
        return probabilities.index(max(probabilities))

    def _sums(self, flower: Flower) -> list[float]:
        features, thresholds, left, right, leaves = (
            *(self._features, self._thresholds),
            *(self._left, self._right, self._leaves),
        )
        sums = self._offsets.copy()
        for root in self._roots:
            node = root
            while (feature := features[node]) != LEAF:
                node = left[node] if flower[feature] <= thresholds[node] else right[node]
            for index, share in enumerate(leaves[left[node]]):
                sums[index] += share
        return sums


def _mean(sums: Sequence[float], trees: int) -> tuple[float, ...]:
    return tuple(total / trees for total in sums)


def _softmax(sums: Sequence[float], _: int) -> tuple[float, ...]:
    return softmax(sums)


_LINKS: Final = {"mean": _mean, "softmax": _softmax}


def _decide_by_table(cuts: Sequence[Sequence[float]], table: str, classes: int) -> Callable[[Flower], int]:
    """Look a flower up: first by its petals, which mostly tell, and then by all four lengths."""
    try:
        labels = zlib.decompress(a2b_base64(table, strict_mode=True))
    except zlib.error as error:
        raise ValueError(f"its table cannot be decompressed: {error}") from error
    cells = math.prod(len(axis) + 1 for axis in cuts)
    if len(labels) != cells:
        raise ValueError(f"its table has {len(labels)} cells, its cuts make {cells}")
    if strangers := labels.translate(None, bytes(range(classes))):
        raise ValueError(f"its table names class {strangers[0]}, but there are {classes}")
    pl_cuts, pw_cuts, sl_cuts, sw_cuts = cuts
    sw_cells = len(sw_cuts) + 1
    sepal_cells = (len(sl_cuts) + 1) * sw_cells
    pw_cells = len(pw_cuts) + 1
    decided = {bytes([label]) * sepal_cells: label for label in range(classes)}
    by_petal = bytes(
        decided.get(labels[start : start + sepal_cells], _UNDECIDED) for start in range(0, cells, sepal_cells)
    )
    # A closure's variables are found more quickly than a module's.
    bisect, undecided = bisect_left, _UNDECIDED

    def decide(flower: Flower) -> int:
        pl, pw, sl, sw = flower
        petal = bisect(pl_cuts, pl) * pw_cells + bisect(pw_cuts, pw)
        label = by_petal[petal]
        if label != undecided:
            return label
        return labels[petal * sepal_cells + bisect(sl_cuts, sl) * sw_cells + bisect(sw_cuts, sw)]

    return decide


def _check(packed: Mapping[str, Any]) -> None:
    """Make sure that every walk through the trees ends in a leaf.

    Raises:
        KeyError, TypeError, ValueError: one does not, or a number is none.
    """
    cuts: list[list[float]] = packed["cuts"]
    offsets: list[float] = packed["offsets"]
    if len(cuts) != 4 or any(axis != sorted(set(axis)) for axis in cuts):  # noqa: PLR2004 (as many as lengths)
        raise ValueError("its cuts are not four ascending lists")
    features: list[int] = packed["features"]
    thresholds: list[int] = packed["thresholds"]
    left, right, roots = packed["left"], packed["right"], packed["roots"]
    leaves: list[list[float]] = packed["leaves"]
    nodes = len(features)
    if not nodes == len(thresholds) == len(left) == len(right):
        raise ValueError("its lists of nodes differ in length")
    if not roots or not all(0 <= root < nodes for root in roots):
        raise ValueError("a tree does not begin at a node")
    for node, feature in enumerate(features):
        # Children come after their parent, and so no walk goes in circles.
        is_sound = (
            0 <= left[node] < len(leaves)
            if feature == LEAF
            else node < left[node] < nodes
            and node < right[node] < nodes
            and 0 <= feature < len(cuts)
            and 0 <= thresholds[node] < len(cuts[feature])
        )
        if not is_sound:
            raise ValueError(f"its node {node} leads nowhere")
    if packed["link"] not in _LINKS:
        raise ValueError(f"its link {packed['link']!r} is none of {', '.join(_LINKS)}")
    numbers = [*offsets, *(number for leaf in leaves for number in leaf)]
    if any(len(leaf) != len(offsets) for leaf in leaves) or not all(map(math.isfinite, numbers)):
        raise ValueError("a leaf does not hold a finite number for each class")
