"""`iris train`: trains classifiers, shows how good they are, and writes them where `iris pack` finds them."""

from __future__ import annotations

import json
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console

from scripts.console.options import format_option
from scripts.console.progress import stages
from scripts.training import report
from scripts.training.formats.supported_estimators import EstimatorError
from scripts.training.options import Options
from scripts.training.recipe import defaults
from service.model.registry import PredictorError, load_predictor, load_predictors

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from rich.progress import Progress, TaskID

    from scripts.training.data import Dataset
    from scripts.training.equivalence.verification import Verified
    from scripts.training.export import PackedPredictor
    from scripts.training.export_files import Written
    from scripts.training.recipe import Recipe

PREDICTORS: Final = Path(__file__).resolve().parents[2] / "build" / "predictors"
"""Where trained predictors lie, a folder each."""

SEED: Final = 42
"""For all that is left to chance, unless another is asked for."""

POINTS: Final = 1_000_000
"""At which a predictor is held against scikit-learn, unless more or fewer are asked for."""


@click.command()
@click.option(
    "--estimator",
    metavar="NAME",
    help="Train this classifier of scikit-learn, say ExtraTreesClassifier, and not the project's own.",
)
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="KEY=VALUE",
    help="Parameter of --estimator, its value as JSON or as plain text. Any number of times.",
)
@click.option("--scale", is_flag=True, help="Scale the lengths to unit variance before --estimator.")
@click.option("--name", help="What to call the predictor of --estimator; or the only one to --verify.")
@click.option("--list", "listing", is_flag=True, help="Show which classifiers can be packed, and train none.")
@click.option("--verify", is_flag=True, help="Hold what was trained against scikit-learn, and train none.")
@click.option(
    "--points",
    type=click.IntRange(min=1_000),
    show_default=f"{POINTS:,}",
    help="How many points --verify compares at; half of them lie next to thresholds or boundaries.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=PREDICTORS,
    show_default="build/predictors",
    help="Folder with a subfolder for each predictor.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=SEED,
    show_default=True,
    help="For all that is left to chance: folds, forests, points.",
)
@format_option
def train(  # noqa: PLR0913 (an argument is an option of the command)
    *,
    estimator: str | None,
    parameters: tuple[str, ...],
    scale: bool,
    name: str | None,
    listing: bool,
    verify: bool,
    points: int | None,
    output: Path,
    seed: int,
    form: str,
) -> None:
    r"""Train classifiers on Fisher's Iris data, and write them as plain JSON.

    Without options these are the project's own: iris-logistic, which answers by default, iris-forest and
    iris-bayes. Each is cross-validated on five folds, trained on all 150 flowers, packed as predictor.json
    (the parameters) and manifest.json (what they are, how good, and their hash), and compared with
    scikit-learn before it is written.

    The same data and seed give the same bytes. Training again what is there already changes nothing;
    SOURCE_DATE_EPOCH (seconds since 1970) sets the date in the manifest.

    --verify trains again by what the manifests say, compares the label of every point and the probabilities
    of one in a hundred, and fails if any label differs.

    \b
    iris train --list
    iris train --estimator GradientBoostingClassifier --parameter n_estimators=50
    iris train --estimator MLPClassifier --scale --parameter max_iter=2000 --name iris-neural
    iris train --verify
    """
    options = Options(
        estimator=estimator,
        parameters=parameters,
        scale=scale,
        name=name,
        listing=listing,
        verify=verify,
        points=points,
    )
    if mistakes := options.mistakes():
        raise click.UsageError(" ".join(mistakes))
    if listing:
        _show_list(form)
    elif verify:
        _verify(output, name, points=points or POINTS, seed=seed, form=form)
    else:
        with _told_in_one_line():
            recipes = options.recipes(seed)
        _show_trained(_train(recipes, output), form)


def train_missing() -> None:
    """Train those of the project's own predictors that are not there, and say nothing of it.

    One that an earlier version left in a form which nobody reads any more is not there.

    Raises:
        click.ClickException: a classifier is not good enough, or can't be written.
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
    packed: PackedPredictor
    written: Written


def _train(recipes: Sequence[Recipe], output: Path) -> list[_Trained]:
    """Train and pack all, and then write all: where one fails, everything stays as it was."""
    with stages() as progress, _told_in_one_line():
        # scikit-learn takes seconds to import, and neither --help nor a wrong option should wait for it.
        task = progress.add_task("Importing scikit-learn", total=None)
        from scripts.training.data import load_data
        from scripts.training.export_files import write

        data = load_data()
        packed = [_train_one(recipe, data, progress, task) for recipe in recipes]
        progress.reset(task, description="Writing", total=None)
        written = [write(one, output / one.manifest["name"]) for one in packed]
    return [_Trained(packed=one, written=its) for one, its in zip(packed, written, strict=True)]


def _train_one(recipe: Recipe, data: Dataset, progress: Progress, task: TaskID) -> PackedPredictor:
    from scripts.training import validation
    from scripts.training.export import pack

    progress.reset(task, description=f"Cross-validating {recipe.name}", total=validation.FOLDS)
    validated = validation.cross_validate(recipe, data, advance=lambda: progress.advance(task))
    if validated.accuracy < validation.REQUIRED_ACCURACY:
        raise click.ClickException(
            f"Cross-validated accuracy of {recipe.name} is {validated.accuracy:.3f}, but must be at least "
            f"{validation.REQUIRED_ACCURACY}. Nothing was written."
        )
    progress.reset(task, description=f"Packing {recipe.name}", total=None)
    return pack(
        recipe,
        data,
        validated,
        advance=lambda done, total: progress.update(task, completed=done, total=total),
    )


def _verify(output: Path, name: str | None, *, points: int, seed: int, form: str) -> None:
    try:
        predictors = [one for one in load_predictors(output) if name in {None, one.name}]
    except PredictorError as error:
        raise click.ClickException(f"There is nothing to verify: {error}. Run `iris train` first.") from error
    if not predictors:
        raise click.ClickException(f"There is no predictor {name} in {output}.")
    verified: list[Verified] = []
    with stages() as progress, _told_in_one_line():
        task = progress.add_task("Importing scikit-learn", total=None)
        from scripts.training.data import load_data
        from scripts.training.equivalence.verification import verify

        data = load_data()
        for predictor in predictors:
            progress.reset(task, description=f"Verifying {predictor.name}", total=points)
            verified.append(
                verify(
                    predictor,
                    data,
                    points=points,
                    seed=seed,
                    advance=lambda more: progress.advance(task, more),
                )
            )
    _show_verified(verified, form)
    if wrong := [one.predictor.name for one in verified if not one.agreement.holds]:
        raise click.ClickException(f"{', '.join(wrong)} differs from scikit-learn.")


def _show_list(form: str) -> None:
    if form == "json":
        click.echo(json.dumps({"estimators": report.support_data()}))
    else:
        Console().print(report.support_table())


def _show_trained(trained: Sequence[_Trained], form: str) -> None:
    if form == "json":
        click.echo(json.dumps({"predictors": [_as_json(one) for one in trained]}))
        return
    cards = [one.packed.manifest for one in trained]
    console = Console()
    console.print(report.accuracy_table(cards))
    console.print(report.confusion_table(cards))
    for one in trained:
        what = "Wrote" if one.written.changed else "Nothing changed in"
        version = one.packed.manifest["version"][:12]
        click.echo(f"{what} {one.written.folder}, version {version}, {len(one.packed.predictor):,} bytes.")


def _as_json(trained: _Trained) -> dict[str, object]:
    card = {key: value for key, value in trained.packed.manifest.items() if key != "known_answers"}
    return {
        **card,
        "bytes": len(trained.packed.predictor),
        "folder": str(trained.written.folder),
        "changed": trained.written.changed,
    }


def _show_verified(verified: Sequence[Verified], form: str) -> None:
    if form == "json":
        click.echo(json.dumps({"predictors": report.verification_data(verified)}))
    else:
        Console().print(report.verification_table(verified))


@contextmanager
def _told_in_one_line() -> Generator[None]:
    """Turn what classifiers raise into one line each, and so their warnings, which repeat fold by fold.

    Raises:
        click.ClickException: a classifier cannot be trained or packed.
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
