"""`iris import`: a fitted model in a file becomes a predictor, compared with it at random points."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from scripts.console.options import output_folder_option
from scripts.training.train import PREDICTORS

if TYPE_CHECKING:
    from scripts.training.export import ExportedPredictor

POINTS: Final = 10_000
"""Default number of points that are compared."""

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

EXAMPLES: Final = """\b
Examples:
  iris import wine.skops --example rows.json
  iris import wine.joblib --example rows.json --target cultivar --trust --output build/wine

\b
rows.json is a row, or a list of rows with the values that the features may have:
  [{"alcohol": 11.0, "hue": 0.5, "region": "north"}, {"alcohol": 14.8, "hue": 1.7, "region": "south"}]
"""


@click.command("import", epilog=EXAMPLES)
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--example",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    metavar="ROWS.json",
    help="Row of the model, or several, from which names and ranges of the features are read.",
)
@click.option("--name", show_default="the name of the file", help="Name of the predictor.")
@click.option(
    "--target", default="prediction", show_default=True, help="Key of the class or value in responses."
)
@click.option("--unit", default="", help="Unit of the value of a regression.")
@click.option(
    "--trust",
    is_flag=True,
    help="Read a pickle, or unknown types of skops: this runs the code in the file, with your rights.",
)
@click.option(
    "--points",
    type=click.IntRange(min=1_000),
    default=POINTS,
    show_default=True,
    help="Number of random points at which both must agree.",
)
@output_folder_option(
    PREDICTORS, shown="build/predictors", text="Folder of the predictors, with a subfolder for each."
)
def import_model(
    *,
    model: Path,
    example: Path,
    name: str | None,
    target: str,
    unit: str,
    trust: bool,
    points: int,
    output: Path,
) -> None:
    """Import a fitted estimator or pipeline of scikit-learn from MODEL: .skops, .joblib, .pkl or .pickle.

    Its scalers, imputers and encoders become part of the predictor, which needs no scikit-learn. Both must
    agree at random points of the ranges: in every label, and in probabilities or values to a billionth.
    Otherwise nothing is written.
    """
    from scripts.training.own_data.inferred_definition import slug

    name = name or slug(model.stem) or "model"
    if not _NAME.fullmatch(name):
        raise click.UsageError(
            f"--name is {name!r}; it must be 1 to 63 characters of a-z, 0-9, and - inside."
        )
    # scikit-learn takes seconds to import; --help and invalid options should not wait for it.
    from scripts.training.export_files import write_files
    from scripts.training.formats.estimator_support import EstimatorError

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            packed = _import(model, example, name=name, target=target, unit=unit, trust=trust, points=points)
        except (EstimatorError, ValueError, TypeError) as error:
            raise click.ClickException(" ".join(str(error).split())) from error
        finally:
            for message in dict.fromkeys(" ".join(str(warning.message).split()) for warning in warned):
                click.echo(f"Warning: {message[:300]}", err=True)
    written = write_files(packed, output / name)
    metrics = packed.manifest["metrics"]
    click.echo(
        f"Equal to {model.name} at {metrics['points']:,} random points; the largest difference of a "
        f"probability or value is {metrics['largest_error']:.0e}."
    )
    action = "Wrote" if written.changed else "Nothing changed in"
    version = packed.manifest["version"][:12]
    click.echo(f"{action} {written.folder}, version {version}, {len(packed.predictor):,} bytes.")


def _import(
    path: Path, example: Path, *, name: str, target: str, unit: str, trust: bool, points: int
) -> ExportedPredictor:
    from scripts.training.imported.inferred_inputs import infer_inputs, read_examples, response_key
    from scripts.training.imported.model_file import load_model
    from scripts.training.imported.original import Original
    from scripts.training.imported.packing import pack_original
    from service.model.definition_reader import read_definition

    examples = read_examples(example)
    fitted = load_model(path, trust=trust)
    inputs = infer_inputs(fitted, examples)
    original = Original(fitted, inputs.levels)
    answer: dict[str, Any] = {"classes": [str(label) for label in original.labels]}
    if original.is_regression:
        answer = {"unit": unit} if unit else {}
    definition = read_definition(
        {
            "name": name,
            "title": f"Predictor of {target}"[:100],
            "description": f"Predicts {target} from {len(inputs.content)} features.",
            "task": "regression" if original.is_regression else "classification",
            "features": inputs.content,
            **answer,
            "response_key": response_key(target),
            "example": inputs.examples[0],
        }
    )
    return pack_original(original, inputs, definition, path, name=name, points=points)
