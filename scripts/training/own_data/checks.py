"""Checks of training data that refuse what no honest model comes from, each with its way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from scripts.training.own_data.column import MAX_LEVELS
from scripts.training.own_data.csv_table import DataError
from scripts.training.own_data.texts import hidden_quantity, shown
from service.http.agreement import noun_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from scripts.training.own_data.column import Column

MIN_ROWS: Final = 50
"""Minimum number of rows: of fewer, a fifth that is held out has not even ten."""

MIN_ROWS_PER_CLASS: Final = 5
"""Minimum number of rows of a class: one for each fold of the cross-validation."""

MAX_WHOLE_CLASSES: Final = 30
"""Maximum number of different whole numbers that are read as classes; more are a quantity."""

_UNIQUE: Final = 0.9
"""Share of different values from which a column identifies its rows."""


MIN_PRESENT: Final = 10
"""Minimum number of rows in which a feature has a value: two for each fold of the cross-validation."""

MAX_MAGNITUDE: Final = 1e100
"""Largest magnitude of a number, and the inverse of its smallest range: training adds squares of both."""


def infer_task(target: Column) -> str:
    """Return `regression` for a quantity, and `classification` for texts and a few whole numbers."""
    if target.type == "number" and not target.is_whole:
        return "regression"
    is_quantity = not target.levels and target.distinct > MAX_WHOLE_CLASSES
    return "regression" if is_quantity and not _counts_rows(target) else "classification"


def check_quantity(target: Column, rows: int) -> None:
    """Check that a column can be the target of a regression.

    Raises:
        DataError: It can't.
    """
    _check_rows(target, rows)
    _check_magnitude(target)
    if reason := hidden_quantity(target):
        raise DataError(f"The target {target.name} {reason}")
    if target.levels:
        raise DataError(
            f"The target {target.name} holds texts, which are classes. Use --task classification."
        )
    if _counts_rows(target):
        raise DataError(f"The target {target.name} numbers the rows. Choose another column.")


_EXTREME: Final = (
    f"has numbers beyond {MAX_MAGNITUDE:g}, or that differ by less than {1 / MAX_MAGNITUDE:g}, whose squares "
    "no double holds; write it in another unit"
)


def _present_sentence(count: int) -> str:
    return f"has a value in only {count} {noun_for(count, 'row')}, of at least {MIN_PRESENT}"


def _is_extreme(column: Column) -> bool:
    minimum, maximum = column.training_range()
    return max(-minimum, maximum) > MAX_MAGNITUDE or 0 < maximum - minimum < 1 / MAX_MAGNITUDE


def _check_magnitude(target: Column) -> None:
    if not target.levels and _is_extreme(target):
        raise DataError(f"The target {target.name} {_EXTREME}.")


def check_target(target: Column, rows: int) -> None:
    """Check that a column can be the target of a classification.

    Raises:
        DataError: It can't.
    """
    _check_rows(target, rows)
    name = target.name
    if reason := hidden_quantity(target):
        raise DataError(f"The target {name} {reason}")
    if target.type == "number" and not target.is_whole:
        raise DataError(
            f"The target {name} is continuous ({target.distinct} different numbers), and no class. Use "
            "--task regression, or divide it into classes, such as low and high, in a column of texts."
        )
    if target.distinct > _UNIQUE * rows:
        raise DataError(
            f"The target {name} identifies the rows: {target.distinct} of {rows} values differ. Choose a "
            "column whose values repeat."
        )
    if not target.levels and target.distinct > MAX_WHOLE_CLASSES:
        raise DataError(
            f"The target {name} is continuous ({target.distinct} different whole numbers), and no class. "
            "Use --task regression, or divide it into classes, such as low and high, in a column of texts."
        )
    values, counts = np.unique(target.values, return_counts=True)
    if rare := [
        f"{class_name(target, value)} ({count})"
        for value, count in zip(values.tolist(), counts.tolist(), strict=True)
        if count < MIN_ROWS_PER_CLASS
    ]:
        raise DataError(
            f"Each class of {name} needs at least {MIN_ROWS_PER_CLASS} rows, but fewer have "
            f"{', '.join(rare)}. Collect more, merge classes, or remove these rows."
        )


def _check_rows(target: Column, rows: int) -> None:
    name = target.name
    if target.missing:
        written = f" ({', '.join(map(shown, target.missing_texts))})" if any(target.missing_texts) else ""
        raise DataError(
            f"The target {name} is missing in {target.missing} {noun_for(target.missing, 'row')}{written}. "
            f"Remove {noun_for(target.missing, 'this row', 'these rows')}"
            f"{', or write another text if that is a class' if written else ''}."
        )
    if rows < MIN_ROWS:
        given = f"There {noun_for(rows, 'is', 'are')} {rows} {noun_for(rows, 'row')}"
        raise DataError(f"{given}, and training needs at least {MIN_ROWS}. Collect more.")
    if target.distinct == 1:
        raise DataError(
            f"The target {name} has only one value, so there is nothing to learn. Add rows of other values."
        )


def check_features(
    features: Sequence[Column], target: Column, *, chosen: bool, is_regression: bool = False
) -> None:
    """Check that features can be learned from; those `chosen` by the user may identify or reveal a class.

    Raises:
        DataError: Some of them can't; the message has the option that leaves all of them out.
    """
    reasons = {
        feature.name: reason
        for feature in features
        if (reason := _reason(feature, target, chosen, is_regression))
    }
    if not reasons:
        return
    rest = [feature.name for feature in features if feature.name not in reasons]
    faults = "; ".join(f"{name} {reason}" for name, reason in reasons.items())
    if not rest:
        raise DataError(f"No column can be learned from: {faults}.")
    consent = "" if chosen else " (A column that --features names is taken as known before the target.)"
    raise DataError(f"Some columns can't be learned from: {faults}. Use --features {_option(rest)}{consent}")


def class_name(target: Column, value: float) -> str:
    """Return the name of the class with a value of the target."""
    return target.levels[int(value)] if target.levels else target.texts.get(value, str(int(value)))


def _reason(feature: Column, target: Column, chosen: bool, is_regression: bool) -> str | None:  # noqa: FBT001 (private)
    """Return the first reason against a feature; cheap ones are first, and the last sorts the column."""
    hidden = hidden_quantity(feature)
    checks = [
        (lambda: feature.distinct == 1, "is constant"),
        (
            lambda: len(feature.present) < MIN_PRESENT,
            _present_sentence(len(feature.present)),
        ),
        (lambda: _is_extreme(feature), _EXTREME),
        (lambda: bool(hidden), hidden.rstrip(".")),
        (
            lambda: len(feature.levels) > MAX_LEVELS,
            f"has {len(feature.levels)} different texts, which is free text or an identifier",
        ),
        (lambda: not chosen and _counts_rows(feature), "numbers the rows"),
        (
            lambda: not chosen and bool(feature.levels) and feature.distinct > _UNIQUE * len(feature.values),
            "identifies the rows",
        ),
        (
            lambda: not chosen and _reveals(feature, target, is_regression=is_regression),
            f"predicts {target.name} without an error, as if it was known only afterwards (a leak)",
        ),
    ]
    return next((reason for is_wrong, reason in checks if is_wrong()), None)


def _counts_rows(feature: Column) -> bool:
    minimum, maximum = feature.training_range()
    rows = len(feature.values)
    return feature.type == "integer" and feature.distinct == rows and maximum - minimum + 1 == rows


def _reveals(feature: Column, target: Column, *, is_regression: bool) -> bool:
    is_present = ~np.isnan(feature.values)
    values, answers = feature.values[is_present], target.values[is_present]
    return _rises(values, answers) if is_regression else _predicts(values, answers)


def _rises(values: NDArray[np.float64], target: NDArray[np.float64]) -> bool:
    """Return whether a quantity only rises with a column of many values, or only falls."""
    if len(np.unique(values)) < len(values) / 2:
        return False
    order = np.lexsort((target, values))
    changes, steps = np.diff(target[order]), np.diff(values[order])
    return bool(((changes > 0) == (steps > 0)).all() or ((changes < 0) == (steps > 0)).all())


def _predicts(values: NDArray[np.float64], target: NDArray[np.float64]) -> bool:
    """Return whether a column separates all classes, with one interval or one set of levels for each."""
    order = np.lexsort((target, values))
    values, target = values[order], target[order]
    changes = target[1:] != target[:-1]
    if (changes & (values[1:] == values[:-1])).any():
        return False
    one_interval_each = int(changes.sum()) + 1 == len(np.unique(target))
    few_levels = len(np.unique(values)) <= MAX_LEVELS and len(np.unique(values)) * 5 <= len(values)
    return one_interval_each or few_levels


def _option(names: Sequence[str]) -> str:
    """Return the value of --features, quoted for a shell where it must be."""
    import shlex

    return shlex.quote(",".join(f'"{name}"' if "," in name else name for name in names))
