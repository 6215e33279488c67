"""`iris train`: training, cross-validation, export and verification of classifiers."""

from __future__ import annotations

import json
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from scripts.console.options import FiniteRange, format_option, output_folder_option
from scripts.console.progress import stage_progress
from scripts.console.terminal import Terminal
from scripts.training import train_output
from scripts.training.floors import accuracy_refusal, r2_refusal
from scripts.training.formats.supported_estimators import EstimatorError
from scripts.training.recipe import defaults
from scripts.training.train_options import TrainOptions
from service.model.registry import PredictorError, load_predictor, load_predictors

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from rich.progress import Progress, TaskID

    from scripts.training.data import Dataset
    from scripts.training.equivalence.verification import Verification
    from scripts.training.export import ExportedPredictor
    from scripts.training.export_files import ExportedFiles
    from scripts.training.held_out import HeldOutErrors, HeldOutScore
    from scripts.training.recipe import Recipe
    from service.model.predictor import Predictor

PREDICTORS: Final = Path(__file__).resolve().parents[2] / "build" / "predictors"
"""Folder of the trained predictors, with a subfolder for each."""

SEED: Final = 42
"""Default seed."""

POINTS: Final = 1_000_000
"""Default number of points of `--verify`."""

EXAMPLES: Final = """\b
Examples:
  iris train
  iris train --list
  iris train --estimator GradientBoostingClassifier --parameter n_estimators=50
  iris train --estimator MLPClassifier --scale --parameter max_iter=2000 --name iris-neural
  iris train --verify

\b
Example of your own data, wine.csv, whose first line names its columns:
  alcohol,malic_acid,hue,quality
  14.23,1.71,1.04,good
  ...
  iris train --data wine.csv --target quality
  iris train --data wine.csv --target quality --features alcohol,hue --name wine-two --floor 0.8
  iris train --data wine.csv --target quality --estimator RandomForestClassifier
  iris train --data diabetes.csv --target progression --estimator GradientBoostingRegressor
  iris train --verify --name wine --data wine.csv
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--estimator",
    metavar="NAME",
    help="Estimator of scikit-learn to train, such as ExtraTreesClassifier, instead of the project's own.",
)
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="KEY=VALUE",
    help="Parameter of --estimator, with its value as JSON or as plain text. May be repeated.",
)
@click.option("--scale", is_flag=True, help="Scale the features to unit variance before --estimator.")
@click.option(
    "--name",
    show_default="the name of the CSV file, or iris and the estimator",
    help="Name of the predictor of --data or --estimator, or of the only one to --verify.",
)
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.csv",
    help="Table to train on instead of Iris: a line of names, then one row per line.",
)
@click.option(
    "--target",
    metavar="COLUMN",
    help="Column of --data to predict: texts or a few whole numbers, or a quantity.",
)
@click.option(
    "--task",
    type=click.Choice(("classification", "regression")),
    show_default="regression if the target is a quantity",
    help="Task of --data.",
)
@click.option(
    "--features",
    metavar="COLUMNS",
    show_default="all but the target",
    help="Columns of --data to predict from, separated by commas, in the order of a row.",
)
@click.option(
    "--floor",
    type=FiniteRange(max=1),
    show_default="0.9 for Iris, above the baseline for --data",
    help="Minimum cross-validated accuracy, or R² of a regression, which may be negative; a predictor below "
    "it is not written.",
)
@click.option(
    "--list",
    "list_estimators",
    is_flag=True,
    help="List the classifiers and regressors that can be exported, and train none.",
)
@click.option(
    "--verify", is_flag=True, help="Compare the trained predictors with scikit-learn, and write none."
)
@click.option(
    "--points",
    type=click.IntRange(min=1_000),
    show_default=f"{POINTS:,}",
    help="Number of points that --verify compares; half of them lie next to thresholds or boundaries.",
)
@output_folder_option(
    PREDICTORS, shown="build/predictors", text="Folder of the predictors, with a subfolder for each."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=SEED,
    show_default=True,
    help="Seed of the folds, the forests and the points.",
)
@format_option
def train(  # noqa: PLR0913 (an argument is an option of the command)
    *,
    estimator: str | None,
    parameters: tuple[str, ...],
    scale: bool,
    name: str | None,
    list_estimators: bool,
    verify: bool,
    points: int | None,
    data: Path | None,
    target: str | None,
    features: str | None,
    task: str | None,
    floor: float | None,
    output: Path,
    seed: int,
    form: str,
) -> None:
    """Train classifiers on Fisher's Iris data or your own, and write them as plain JSON.

    Without options, these are the project's own: iris-logistic, which answers by default, iris-forest and
    iris-bayes. Each is cross-validated on five folds, trained on all 150 flowers, exported as predictor.json
    (its parameters) and manifest.json (its model card, accuracy and hash), and compared with scikit-learn
    before it is written.

    The same data and seed give the same bytes. Training an existing predictor again changes nothing;
    SOURCE_DATE_EPOCH (seconds since 1970) sets the date in the manifest.

    --data trains one on a CSV file: logistic or ridge regression on scaled features, or a random forest if
    there are categories. Types, ranges and classes are read from the file, shown, and written into the
    manifest as the model's definition. Missing values and categories are filled in and encoded by a pipeline
    that is part of the predictor. Data from which no honest model comes is refused: too few rows, one class,
    a target that identifies the rows, a column that is constant or gives the target away.

    --verify trains again by the manifests, compares the labels of all points and the probabilities of one in
    a hundred, and fails if any of them differs.
    """
    options = TrainOptions(
        estimator=estimator,
        parameters=parameters,
        scale=scale,
        name=name,
        list_estimators=list_estimators,
        verify=verify,
        points=points,
        data=data,
        target=target,
        features=features,
        task=task,
        floor=floor,
    )
    if errors := options.errors():
        raise click.UsageError(" ".join(errors))
    if list_estimators:
        _show_list(form)
    elif verify:
        _verify(output, name, data=data, points=points or POINTS, seed=seed, form=form)
    elif data is not None:
        _show_trained([_train_on_file(options, output, seed=seed, form=form)], form)
    else:
        with _errors_in_one_line():
            recipes = options.recipes(seed)
        _show_trained(_train(recipes, output, floor=floor), form)


def train_missing() -> None:
    """Train the missing predictors of the project, without output.

    A predictor in the format of an earlier version, which can't be read any more, counts as missing.

    Raises:
        click.ClickException: A classifier is not accurate enough, or can't be written.
    """
    missing = [recipe for recipe in defaults(SEED) if not _can_be_read(PREDICTORS / recipe.name)]
    if missing:
        _train(missing, PREDICTORS)


def _can_be_read(predictor: Path) -> bool:
    try:
        load_predictor(predictor)
    except PredictorError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class _Trained:
    packed: ExportedPredictor
    written: ExportedFiles


def _train(recipes: Sequence[Recipe], output: Path, *, floor: float | None = None) -> list[_Trained]:
    """Train all, and then write all: if one fails, nothing is written."""
    with stage_progress() as progress, _errors_in_one_line():
        # scikit-learn takes seconds to import; --help and invalid options should not wait for it.
        task = progress.add_task("Importing scikit-learn", total=None)
        from scripts.training.data import load_data
        from scripts.training.export_files import write_files

        data = load_data()
        packed = [_train_one(recipe, data, progress, task, floor=floor) for recipe in recipes]
        progress.reset(task, description="Writing", total=None)
        written = [write_files(one, output / one.manifest["name"]) for one in packed]
    return [_Trained(packed=one, written=its) for one, its in zip(packed, written, strict=True)]


def _train_on_file(options: TrainOptions, output: Path, *, seed: int, form: str) -> _Trained:
    """Train one predictor on a CSV file, and show the columns before that."""
    if options.data is None or options.target is None:
        raise click.UsageError("--data needs --target, the column to predict.")
    with stage_progress() as progress, _errors_in_one_line():
        task = progress.add_task("Reading the data", total=None)
        from scripts.training.export_files import write_files
        from scripts.training.held_out import score_held_out
        from scripts.training.own_data.csv_dataset import load_csv, split_names

        features = None if options.features is None else split_names(options.features)
        read = load_csv(options.data, options.target, features, options.task)
        if refusal := options.floor_error(read.dataset.definition.task):
            raise click.UsageError(refusal)
        recipe = options.recipe_for(read.dataset.definition, seed)
        for note in read.notes:
            click.echo(note, err=True)
        if form != "json":
            Terminal().print(train_output.columns_table(read))
        progress.reset(task, description="Scoring held-out rows", total=None)
        held_out = score_held_out(recipe, read.dataset)
        packed = _train_one(recipe, read.dataset, progress, task, floor=options.floor, held_out=held_out)
        progress.reset(task, description="Writing", total=None)
        return _Trained(packed=packed, written=write_files(packed, output / recipe.name))


def _train_one(
    recipe: Recipe,
    data: Dataset,
    progress: Progress,
    task: TaskID,
    *,
    floor: float | None = None,
    held_out: HeldOutScore | HeldOutErrors | None = None,
) -> ExportedPredictor:
    from scripts.training import cross_validation
    from scripts.training.export import export_predictor

    progress.reset(task, description=f"Cross-validating {recipe.name}", total=cross_validation.FOLDS)

    def advance() -> None:
        progress.advance(task)

    def export(
        validated: cross_validation.CrossValidation | cross_validation.RegressionValidation,
    ) -> ExportedPredictor:
        progress.reset(task, description=f"Exporting {recipe.name}", total=None)
        return export_predictor(
            recipe,
            data,
            validated,
            held_out=held_out,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )

    if data.is_regression:
        regression = cross_validation.cross_validate_regression(recipe, data, on_progress=advance)
        _require(r2_refusal(recipe.name, regression.r2, floor))
        return export(regression)
    validated = cross_validation.cross_validate(recipe, data, on_progress=advance)
    baseline = cross_validation.most_frequent_share(data) if held_out else None
    _require(accuracy_refusal(recipe.name, validated.accuracy, floor, baseline))
    return export(validated)


def _require(refusal: str) -> None:
    if refusal:
        raise click.ClickException(refusal)


def _verify(output: Path, name: str | None, *, data: Path | None, points: int, seed: int, form: str) -> None:
    try:
        loaded = load_predictors(output)
        loaded.unpack()
        predictors = [one for one in loaded if name in {None, one.name}]
    except PredictorError as error:
        raise click.ClickException(f"There is nothing to verify: {error}. Run `iris train` first.") from error
    if not predictors:
        raise click.ClickException(f"There is no predictor {name} in {output}.")
    verified: list[Verification] = []
    skipped: list[str] = []
    with stage_progress() as progress, _errors_in_one_line():
        task = progress.add_task("Importing scikit-learn", total=None)
        from scripts.training.equivalence.verification import verify

        for predictor in predictors:
            dataset = _data_of(predictor, data)
            if dataset is None:
                skipped.append(predictor.name)
                continue
            progress.reset(task, description=f"Verifying {predictor.name}", total=points)
            verified.append(
                verify(
                    predictor,
                    dataset,
                    points=points,
                    seed=seed,
                    on_progress=lambda more: progress.advance(task, more),
                )
            )
    if skipped:
        click.echo(
            f"Not verified, as they were trained on other data: {', '.join(skipped)}. Use --data.", err=True
        )
    if not verified:
        raise click.ClickException("There is nothing to verify with this data.")
    _show_verified(verified, form)
    if wrong := [one.predictor.name for one in verified if not one.agreement.holds]:
        raise click.ClickException(f"{', '.join(wrong)} differs from scikit-learn.")


def _data_of(predictor: Predictor, file: Path | None) -> Dataset | None:
    """Return the data that a predictor was trained on: Iris, or a CSV file with its hash; None if neither.

    Raises:
        DataError: The file can't be read.
    """
    from scripts.training.data import load_data
    from scripts.training.own_data.csv_dataset import file_hash, load_csv

    training = predictor.card["training"]
    if file is None:
        return None if "sha256" in training else load_data()
    if training.get("sha256") != file_hash(file):
        return None
    return load_csv(file, training["target"], training["columns"], predictor.definition.task).dataset


def _show_list(form: str) -> None:
    if form == "json":
        click.echo(json.dumps({"estimators": train_output.estimators_data()}))
    else:
        Terminal().print(train_output.estimators_table())


def _show_trained(trained: Sequence[_Trained], form: str) -> None:
    if form == "json":
        click.echo(json.dumps({"predictors": [_as_json(one) for one in trained]}))
        return
    cards = [one.packed.manifest for one in trained]
    console = Terminal()
    if trained[0].packed.manifest["definition"]["task"] == "regression":
        console.print(train_output.errors_table(cards))
    else:
        console.print(train_output.accuracy_table(cards))
        console.print(train_output.confusion_table(cards))
    for card in cards:
        if sentence := train_output.held_out_sentence(card):
            click.echo(sentence)
    for one in trained:
        action = "Wrote" if one.written.changed else "Nothing changed in"
        version = one.packed.manifest["version"][:12]
        click.echo(f"{action} {one.written.folder}, version {version}, {len(one.packed.predictor):,} bytes.")


def _as_json(trained: _Trained) -> dict[str, object]:
    card = {key: value for key, value in trained.packed.manifest.items() if key != "known_answers"}
    return {
        **card,
        "bytes": len(trained.packed.predictor),
        "folder": str(trained.written.folder),
        "changed": trained.written.changed,
    }


def _show_verified(verified: Sequence[Verification], form: str) -> None:
    if form == "json":
        click.echo(json.dumps({"predictors": train_output.verification_data(verified)}))
    else:
        Terminal().print(train_output.verification_table(verified))


@contextmanager
def _errors_in_one_line() -> Generator[None]:
    """Turn errors of classifiers into one line, and print each of their warnings once.

    Raises:
        click.ClickException: A classifier can't be trained or exported.
    """
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            yield
        except (EstimatorError, ValueError, TypeError) as error:
            raise click.ClickException(_one_line(error)) from error
        finally:
            for message in dict.fromkeys(_one_line(warning.message) for warning in warned):
                click.echo(f"Warning: {message}", err=True)


def _one_line(message: object) -> str:
    return " ".join(str(message).split())
