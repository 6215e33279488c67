"""Training data read from a CSV file, with its definition and its origin."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from infra.config_reader import did_you_mean
from scripts.training.data import Dataset, Origin
from scripts.training.own_data.checks import (
    check_features,
    check_quantity,
    check_target,
    class_name,
    infer_task,
)
from scripts.training.own_data.column import Column, read_column
from scripts.training.own_data.csv_table import CsvTable, DataError, column_name, read_csv
from scripts.training.own_data.inferred_definition import infer_definition, slug
from scripts.training.own_data.texts import check_texts
from service.model.definition_reader import read_definition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class CsvDataset:
    """Training data with what was inferred from the file."""

    dataset: Dataset
    columns: tuple[Column, ...]
    """Columns of the features, in their order."""
    target: Column
    notes: tuple[str, ...]
    """Sentences on how the file was read."""


def load_csv(
    path: Path, target: str, features: Sequence[str] | None = None, task: str | None = None
) -> CsvDataset:
    """Read a CSV file as training data; without `features`, all other columns are some.

    Without `task`, that of the target is inferred: a regression for a quantity.

    Raises:
        DataError: It can't be read, or no honest model comes from it.
    """
    table = read_csv(path)
    target, features = column_name(target), [column_name(name) for name in features or []] or None
    _check_names(table, target, features)
    target_column = read_column(table, target)
    task = task or infer_task(target_column)
    is_regression = task == "regression"
    (check_quantity if is_regression else check_target)(target_column, len(table.rows))
    names = features or [name for name in table.header if name != target]
    if not names:
        raise DataError(f"{table.name} has no other column than the target {target}. Add features.")
    columns = tuple(read_column(table, name) for name in names)
    check_features(columns, target_column, chosen=features is not None, is_regression=is_regression)
    _, indices = np.unique(target_column.values, return_inverse=True)
    values: list[float] = [] if is_regression else np.unique(target_column.values).tolist()
    check_texts(columns, target_column, [class_name(target_column, value) for value in values])
    definition = read_definition(infer_definition(slug(path.stem) or "model", columns, target_column, task))
    origin = Origin(
        data=table.name,
        source=table.name,
        details={
            "sha256": file_hash(path),
            "target": target,
            "columns": list(names),
        },
    )
    dataset = Dataset(
        rows=np.column_stack([column.values for column in columns]),
        target=target_column.values if is_regression else indices.astype(np.int64),
        definition=definition,
        origin=origin,
    )
    commas = [column.name for column in (*columns, target_column) if column.has_decimal_comma]
    notes = list(table.notes)
    if commas:
        notes.append(f"Decimal commas are read in {', '.join(commas)}; requests have decimal points.")
    return CsvDataset(dataset=dataset, columns=columns, target=target_column, notes=tuple(notes))


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        DataError: It can't be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror}.") from error


def split_names(text: str) -> list[str]:
    """Return the names of a list separated by commas; those with commas are in quotation marks."""
    return [name.strip() for row in csv.reader([text], skipinitialspace=True) for name in row]


def _check_names(table: CsvTable, target: str, features: Sequence[str] | None) -> None:
    for option, names in (("--target", [target]), ("--features", features or [])):
        for name in names:
            if name not in table.header:
                hint = did_you_mean(name, table.header)
                shown = hint[:1].upper() + hint[1:] or f"Its columns are {', '.join(table.header)}."
                raise DataError(f"{option}: {table.name} has no column {name!r}. {shown}")
    if features and target in features:
        raise DataError(f"--features names the target {target}, which a model can't know. Leave it out.")
    if features and len(set(features)) < len(features):
        raise DataError("--features names a column twice.")
