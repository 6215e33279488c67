"""`iris train`: trains the classifier, shows how good it is, and writes it where `iris pack` finds it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.table import Table

from scripts.atomic import replacing

if TYPE_CHECKING:
    from scripts.training import CrossValidation, Dataset, PackedPredictor

PREDICTORS: Final = Path(__file__).resolve().parent.parent / "build" / "predictors"
"""Where trained predictors lie, a folder each."""

SEED: Final = 42
"""Shuffles the flowers into folds, unless another is asked for."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a training left on the disk."""

    folder: Path
    changed: bool
    """False where the very same predictor was there already."""


@click.command()
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=PREDICTORS,
    show_default="build/predictors",
    help="Folder that gets a subfolder for the predictor.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=SEED,
    show_default=True,
    help="Shuffles the flowers into folds.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print the result."
)
def train(output: Path, seed: int, form: str) -> None:
    """Train the classifier on Fisher's Iris data, and write it as plain JSON.

    Cross-validates it on five folds and prints the accuracy of each fold and the confusion matrix. Then
    trains on all 150 flowers and writes predictor.json (the parameters) and manifest.json (what they are,
    and their hash).

    The same data and seed give the same bytes. Training again what is there already changes nothing;
    SOURCE_DATE_EPOCH (seconds since 1970) sets the date in the manifest.
    """
    trained = _train(output, seed)
    if form == "json":
        click.echo(json.dumps(_as_json(trained)))
    else:
        _print(trained)


def train_default() -> None:
    """Train as the command does without options, and say nothing of it.

    Raises:
        click.ClickException: the classifier is not good enough, or can't be written.
    """
    _train(PREDICTORS, SEED)


@dataclass(frozen=True, kw_only=True)
class _Trained:
    data: Dataset
    validation: CrossValidation
    packed: PackedPredictor
    written: Written


def _train(output: Path, seed: int) -> _Trained:
    with Console(stderr=True).status("Training") as status:
        # scikit-learn takes seconds to import, and neither --help nor a wrong option should wait for it.
        from scripts import training

        data = training.load_data()
        validation = training.cross_validate(data, seed=seed)
        if validation.accuracy < training.REQUIRED_ACCURACY:
            raise click.ClickException(
                f"Cross-validated accuracy is {validation.accuracy:.3f}, but must be at least "
                f"{training.REQUIRED_ACCURACY}. Nothing was written."
            )
        status.update("Writing")
        packed = training.pack(training.fit(data), data, validation, seed=seed)
        written = write(packed, output / training.NAME)
    return _Trained(data=data, validation=validation, packed=packed, written=written)


def write(packed: PackedPredictor, folder: Path) -> Written:
    """Write both files, each at once and whole, unless they are there already.

    Raises:
        click.ClickException: the folder cannot be written to, or SOURCE_DATE_EPOCH is no date.
    """
    from scripts.training import manifest_bytes

    manifest = manifest_bytes(packed, trained_at=_date(packed, folder))
    changed = False
    # The manifest comes last: until it is there, its hash tells that the pair does not belong together.
    for name, content in (("predictor.json", packed.predictor), ("manifest.json", manifest)):
        try:
            if _content(folder / name) != content:
                with replacing(folder / name) as file:
                    file.write(content)
                changed = True
        except OSError as error:
            raise click.ClickException(f"Cannot write {folder / name}: {error.strerror}.") from error
    return Written(folder=folder, changed=changed)


def _date(packed: PackedPredictor, folder: Path) -> str:
    """Return when the predictor was trained: as asked for, or when it first was, or now."""
    asked_for = os.environ.get("SOURCE_DATE_EPOCH")
    if asked_for:
        try:
            return _iso(datetime.fromtimestamp(int(asked_for), UTC))
        except (ValueError, OverflowError, OSError) as error:
            raise click.ClickException(
                f"SOURCE_DATE_EPOCH is {asked_for!r}; it takes whole seconds since 1970."
            ) from error
    return _date_of_same(packed, folder) or _iso(datetime.now(UTC))


def _date_of_same(packed: PackedPredictor, folder: Path) -> str | None:
    try:
        there: dict[str, Any] = json.loads(_content(folder / "manifest.json") or b"")
        date = str(there.pop("trained_at"))
    except (ValueError, KeyError, AttributeError):
        return None
    return date if there == packed.manifest else None


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _iso(date: datetime) -> str:
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_json(trained: _Trained) -> dict[str, Any]:
    card = {key: value for key, value in trained.packed.manifest.items() if key != "known_answers"}
    return card | {
        "folder": str(trained.written.folder),
        "changed": trained.written.changed,
    }


def _print(trained: _Trained) -> None:
    console = Console()
    validation = trained.validation
    folds = Table("Fold", "Accuracy", title="Cross-validation")
    for fold, accuracy in enumerate(validation.accuracy_per_fold, start=1):
        folds.add_row(str(fold), f"{accuracy:.3f}")
    folds.add_section()
    folds.add_row("all", f"{validation.accuracy:.3f}")
    console.print(folds)

    confusion = Table("", *trained.data.classes, title="Confusion: rows are, columns were taken for")
    for name, row in zip(trained.data.classes, validation.confusion, strict=True):
        confusion.add_row(name, *map(str, row))
    console.print(confusion)

    what = "Wrote" if trained.written.changed else "Nothing changed in"
    version = trained.packed.manifest["version"][:12]
    click.echo(f"{what} {trained.written.folder}, version {version}.")
