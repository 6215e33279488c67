"""Functions of models generated as source, without loops over features and classes.

A loop over a few numbers takes longer than the arithmetic itself. Sources consist of code of this module,
numbers and names of this module's variables only, never of text of a file.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from service.model.feature import Row

MAX_TERMS: Final = 2_000
"""Maximum number of terms of a generated function: compiling it takes 20 ms, and longer code has no more use,
as loops over so many terms take no longer than the arithmetic."""

_LINEAR: Final = """
def decide(row):
    {variables}, = row
    {scores}
    {choice}

def decide_all(rows):
    decided = []
    add = decided.append
    for row in rows:
        {variables}, = row
        first = {a_over_b}
        if first > {tolerance}:
            best, second = 0, {a_over_c}
        elif first < -{tolerance}:
            best, second = 1, {b_over_c}
        else:
            best, second = 0, 0.0
        if second > {tolerance}:
            add(best)
        elif second < -{tolerance}:
            add(2)
        else:
            add(decide(row))
    return decided
"""


def generate(source: str, **variables: object) -> dict[str, Any]:
    """Return the functions of a source that this module wrote."""
    namespace: dict[str, Any] = dict(variables)
    exec(source, namespace)  # noqa: S102 (it holds no text of others)
    return namespace


def linear_functions(
    rows: Sequence[Sequence[float]], tolerance: float
) -> tuple[Callable[[Row], int], Callable[[Iterable[Row]], list[int]]]:
    """Return `decide` and `decide_all` of a linear model.

    `decide_all` is for three classes: two differences of scores take half the time of three scores. Where
    rounding could change the sign of a difference, `decide` compares the scores themselves.

    Args:
        rows: The weights of a class, and then its intercept.
        tolerance: Largest difference of scores whose sign rounding could change.
    """
    features = len(rows[0]) - 1
    names = [f"s{index}" for index in range(len(rows))]
    scores = "; ".join(f"{name} = {_sum(row)}" for name, row in zip(names, rows, strict=True))
    if len(rows) == 3:  # noqa: PLR2004 (classes)
        choice = "return (0 if s0 >= s2 else 2) if s0 >= s1 else (1 if s1 >= s2 else 2)"
        differences = [_difference(rows[one], rows[other]) for one, other in ((0, 1), (0, 2), (1, 2))]
    else:
        choice = f"scores = ({', '.join(names)},); return scores.index(max(scores))"
        differences = ["0.0"] * 3
    source = _LINEAR.format(
        variables=_variables(features),
        scores=scores,
        choice=choice,
        tolerance=repr(tolerance),
        a_over_b=differences[0],
        a_over_c=differences[1],
        b_over_c=differences[2],
    )
    functions = generate(source)
    return functions["decide"], functions["decide_all"]


def gaussian_scores(
    terms: Sequence[tuple[float, float, Sequence[float], Sequence[float]]],
) -> Callable[[Row], list[float]]:
    """Return the function that computes the score of each class of naive Bayes.

    Args:
        terms: The logarithm of the prior, the norm, the means and the variances of each class.
    """
    features = range(len(terms[0][2]))
    lines = [f"    {_variables(len(features))}, = row"]
    for index, (_, _, means, _) in enumerate(terms):
        lines += [f"    d{index}_{each} = x{each} - {means[each]!r}" for each in features]
    scores = [
        f"{log_prior!r} + ({norm!r} - 0.5 * ("
        + " + ".join(f"d{index}_{each} * d{index}_{each} / {variances[each]!r}" for each in features)
        + "))"
        for index, (log_prior, norm, _, variances) in enumerate(terms)
    ]
    source = "\n".join(["def scores(row):", *lines, f"    return [{', '.join(scores)}]"])
    return generate(source)["scores"]


def table_lookup(
    cuts: Sequence[Sequence[float]], labels: bytes, first_labels: bytes, undecided: int, *, first: int
) -> Callable[[Row], int]:
    """Return the function that looks a row up in a table of cells: by the first features, then by all.

    Args:
        cuts: Thresholds of each feature.
        labels: Label of each cell, with the last feature's intervals next to each other.
        first_labels: Label of each cell of the first features, if the others don't change it.
        undecided: Label of the cells of the first features whose label depends on the others.
        first: Number of first features.
    """
    features = range(len(cuts))
    rest = math.prod(len(axis) + 1 for axis in cuts[first:])
    source = f"""
def decide(row):
    {_variables(len(cuts))}, = row
    first = {_cell(cuts, features[:first])}
    label = first_labels[first]
    if label != {undecided}:
        return label
    return labels[first * {rest} + {_cell(cuts, features[first:])}]
"""
    axes = {f"cuts{index}": axis for index, axis in enumerate(cuts)}
    variables: dict[str, object] = {"bisect": bisect_left, "labels": labels, "first_labels": first_labels}
    # Parameters of a closure are faster than globals.
    parameters = ", ".join([*variables, *axes])
    indented = source.replace("\n", "\n    ")
    functions = generate(f"def make({parameters}):{indented}\n    return decide")
    return functions["make"](**variables, **axes)


def _cell(cuts: Sequence[Sequence[float]], features: range) -> str:
    """Return the expression of the index of a row's cell."""
    index = "0"
    for each in features:
        place = f"bisect(cuts{each}, x{each})"
        index = place if index == "0" else f"({index}) * {len(cuts[each]) + 1} + {place}"
    return index


def _variables(features: int) -> str:
    return ", ".join(f"x{index}" for index in range(features))


def _sum(row: Sequence[float]) -> str:
    terms = [f"{weight!r} * x{index}" for index, weight in enumerate(row[:-1])]
    return " + ".join([*terms, repr(row[-1])])


def _difference(one: Sequence[float], other: Sequence[float]) -> str:
    return _sum([first - second for first, second in zip(one, other, strict=True)])
