"""What `iris train` prints: tables for people, plain data for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from scripts.training.formats.supported_estimators import SUPPORT
from service.model.flower import FEATURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.training.equivalence.verification import Verified


def support_table() -> Table:
    """Show every classifier of scikit-learn, and how it is packed."""
    table = Table("Estimator", "Form", "What is packed, or why it can not be", "Nearest that can")
    for support in SUPPORT.values():
        table.add_row(support.estimator, support.kind or "-", support.remark, support.nearest or "")
    return table


def support_data() -> list[dict[str, str | None]]:
    """Return the same as data."""
    return [
        {
            "estimator": support.estimator,
            "kind": support.kind,
            "remark": support.remark,
            "nearest": support.nearest,
        }
        for support in SUPPORT.values()
    ]


def accuracy_table(cards: Sequence[Mapping[str, Any]]) -> Table:
    """Show how good each predictor is, fold by fold."""
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


def confusion_table(cards: Sequence[Mapping[str, Any]]) -> Table:
    """Show what the flowers of each species were taken for, and precision and recall."""
    classes: list[str] = cards[0]["classes"]
    table = Table(title="What flowers were taken for", box=box.SIMPLE, padding=0)
    for heading in ("Predictor", "Are"):
        table.add_column(heading, no_wrap=True)
    species = [name.removeprefix("Iris ") for name in classes]  # eighty columns hold no more, nor lines
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


def verification_table(verified: Sequence[Verified]) -> Table:
    """Show how each predictor compares with scikit-learn."""
    table = Table(title="Held against scikit-learn")
    table.add_column("Predictor", no_wrap=True)
    for heading in ("Points", "At boundaries", "Other labels", "Largest probability error"):
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


def verification_data(verified: Sequence[Verified]) -> list[dict[str, Any]]:
    """Return the same as data."""
    return [
        {
            "name": one.predictor.name,
            "version": one.predictor.version,
            "estimator": one.predictor.card["estimator"],
            "points": one.agreement.points,
            "at_boundaries": one.agreement.at_boundaries,
            "differences": one.agreement.differences,
            "example": one.agreement.example and dict(zip(FEATURES, one.agreement.example, strict=True)),
            "probability_error": one.agreement.probability_error,
            "holds": one.agreement.holds,
        }
        for one in verified
    ]
