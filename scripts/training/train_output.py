"""Output of `iris train`: tables, or data for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from scripts.training.formats.supported_estimators import ESTIMATORS
from scripts.training.formats.supported_regressors import REGRESSORS
from service.model.definition import row_values
from service.model.feature import number_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.training.equivalence.verification import Verification
    from scripts.training.own_data.csv_dataset import CsvDataset


def estimators_table() -> Table:
    """Return a table of every classifier and regressor of scikit-learn, and its export."""
    table = Table("Estimator", "Kind", "Exported content, or why it can't be exported", "Alternative")
    for support in (ESTIMATORS | REGRESSORS).values():
        table.add_row(support.estimator, support.kind or "-", support.remark, support.nearest or "")
    return table


def estimators_data() -> list[dict[str, str | None]]:
    """Return the content of the table for JSON."""
    return [
        {
            "estimator": support.estimator,
            "kind": support.kind,
            "task": support.task,
            "remark": support.remark,
            "nearest": support.nearest,
        }
        for support in (ESTIMATORS | REGRESSORS).values()
    ]


def accuracy_table(cards: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of the accuracy of each predictor, per fold."""
    folds = range(1, len(cards[0]["metrics"]["accuracy_per_fold"]) + 1)
    table = Table(title="Cross-validated accuracy")
    table.add_column("Predictor", no_wrap=True)
    for heading in (*(f"Fold {fold}" for fold in folds), "All", "Log loss"):
        table.add_column(heading, justify="right")
    for card in cards:
        metrics = card["metrics"]
        accuracies = (*metrics["accuracy_per_fold"], metrics["accuracy"], metrics["log_loss"])
        table.add_row(card["name"], *(f"{figure:.3f}" for figure in accuracies))
    return table


def errors_table(cards: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of the R² of each regression, per fold, and of its errors."""
    folds = range(1, len(cards[0]["metrics"]["r2_per_fold"]) + 1)
    table = Table(title="Cross-validated R² and errors")
    table.add_column("Predictor", no_wrap=True)
    for heading in (*(f"Fold {fold}" for fold in folds), "All", "Mean absolute error"):
        table.add_column(heading, justify="right")
    for card in cards:
        metrics = card["metrics"]
        scores = [f"{score:.3f}" for score in (*metrics["r2_per_fold"], metrics["r2"])]
        table.add_row(card["name"], *scores, number_text(metrics["mean_absolute_error"]))
    return table


def columns_table(read: CsvDataset) -> Table:
    """Return a table of the columns of a CSV file, as they were understood."""
    definition = read.dataset.definition
    table = Table(title=f"{definition.name}: {len(read.dataset.target):,} rows")
    for heading in ("Column", "In requests", "Type", "Values", "Allowed in requests"):
        table.add_column(heading)
    for column, feature in zip(read.columns, definition.features, strict=True):
        allowed = feature.allowed if column.levels else _range(feature.minimum, feature.maximum)
        values = f"{column.distinct} levels" if column.levels else _range(*column.training_range())
        table.add_row(column.name, feature.short_name, feature.type, values, allowed)
    answers = (
        f"{len(definition.classes)} classes" if definition.classes else _range(*read.target.training_range())
    )
    table.add_row(read.target.name, definition.response_key, "target", answers, "")
    return table


def held_out_sentence(card: Mapping[str, Any]) -> str | None:
    """Return a sentence with the score on held-out rows and the baseline's, if there is one."""
    held_out = card["metrics"].get("held_out")
    if not held_out:
        return None
    baseline = held_out["baseline"]
    if "r2" in held_out:
        return (
            f"On {held_out['rows']:,} held-out rows, R² is {held_out['r2']:.3f} (baseline: "
            f"{baseline['r2']:.3f}), the mean absolute error {held_out['mean_absolute_error']:.4g} "
            f"({baseline['mean_absolute_error']:.4g}). The baseline always predicts the mean."
        )
    return (
        f"On {held_out['rows']:,} held-out rows, the accuracy is {held_out['accuracy']:.3f} (baseline: "
        f"{baseline['accuracy']:.3f}), the balanced accuracy {held_out['balanced_accuracy']:.3f} "
        f"({baseline['balanced_accuracy']:.3f}). The baseline always names the most frequent class."
    )


def _range(minimum: float, maximum: float) -> str:
    return f"{number_text(minimum)} to {number_text(maximum)}"


def confusion_table(cards: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of the confusion matrices, with precision and recall."""
    classes: list[str] = cards[0]["classes"]
    response_key = cards[0]["definition"]["response_key"]
    plural, singular = ("species", "Species") if response_key == "specie" else (response_key, response_key)
    table = Table(title=f"Predicted {plural}", box=box.SIMPLE, padding=0)
    for heading in ("Predictor", singular):
        table.add_column(heading, no_wrap=True)
    species = [name.removeprefix("Iris ") for name in classes]  # short enough for eighty columns
    for heading in (*species, "Precision", "Recall"):
        table.add_column(heading, justify="right")
    for card in cards:
        metrics = card["metrics"]
        for name, specie, row in zip(classes, species, metrics["confusion"], strict=True):
            quality = metrics["per_class"][name]
            shares = (f"{quality['precision']:.3f}", f"{quality['recall']:.3f}")
            table.add_row(card["name"] if specie == species[0] else "", specie, *map(str, row), *shares)
        table.add_section()
    return table


def verification_table(verified: Sequence[Verification]) -> Table:
    """Return a table of the comparison of each predictor with scikit-learn."""
    table = Table(title="Comparison with scikit-learn")
    table.add_column("Predictor", no_wrap=True)
    for heading in ("Points", "At boundaries", "Different labels", "Largest probability error"):
        table.add_column(heading, justify="right")
    for one in verified:
        agreement = one.agreement
        table.add_row(
            one.predictor.name,
            f"{agreement.points:,}",
            f"{agreement.at_boundaries:,}",
            f"{agreement.differences:,}",
            f"{agreement.probability_error:.1e}",
        )
    return table


def verification_data(verified: Sequence[Verification]) -> list[dict[str, Any]]:
    """Return the content of the table for JSON."""
    return [
        {
            "name": one.predictor.name,
            "version": one.predictor.version,
            "estimator": one.predictor.card["estimator"],
            "points": one.agreement.points,
            "at_boundaries": one.agreement.at_boundaries,
            "differences": one.agreement.differences,
            "example": one.agreement.example and row_values(one.predictor.definition, one.agreement.example),
            "probability_error": one.agreement.probability_error,
            "holds": one.agreement.holds,
        }
        for one in verified
    ]
