"""`iris import`: a fitted model in a file becomes a predictor, compared with it at random points."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

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
  iris import wine.onnx --example rows.json --target cultivar --classes Barolo,Grignolino,Barbera

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
@click.option(
    "--classes",
    metavar="NAMES",
    help="Names of the classes, separated by commas in their order, if the model numbers them.",
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
def import_model(  # noqa: PLR0913 (an argument is an option of the command)
    *,
    model: Path,
    example: Path,
    name: str | None,
    target: str,
    classes: str | None,
    unit: str,
    trust: bool,
    points: int,
    output: Path,
) -> None:
    """Import a fitted model from MODEL: .skops, .joblib, .pkl or .pickle of scikit-learn, or .onnx.

    The scalers, imputers and encoders of a pipeline become part of the predictor, which needs no
    scikit-learn. An ONNX graph is run by ONNX Runtime in its own precision. The predictor and the model must
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
    from scripts.console.extras import ExtraError
    from scripts.training.export_files import write_files
    from scripts.training.formats.estimator_support import EstimatorError

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            packed = _import(
                model,
                example,
                name=name,
                target=target,
                classes=[one.strip() for one in classes.split(",")] if classes else [],
                unit=unit,
                trust=trust,
                points=points,
            )
        except (EstimatorError, ExtraError, ValueError, TypeError) as error:
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
    path: Path,
    example: Path,
    *,
    name: str,
    target: str,
    classes: list[str],
    unit: str,
    trust: bool,
    points: int,
) -> ExportedPredictor:
    from scripts.training.imported.imported_definition import imported_definition
    from scripts.training.imported.inferred_inputs import infer_inputs, read_examples
    from scripts.training.imported.model_file import load_model
    from scripts.training.imported.onnx_file import OnnxInput, numeric_rows, read_onnx
    from scripts.training.imported.onnx_packing import pack_onnx
    from scripts.training.imported.original import Original
    from scripts.training.imported.packing import pack_original

    examples = read_examples(example)
    texts = {"name": name, "target": target, "unit": unit}
    if path.suffix == ".onnx":
        inputs = infer_inputs(OnnxInput(len(examples[0])), examples)
        file = read_onnx(path, numeric_rows(inputs), classes)
        definition = imported_definition(
            inputs, file.labels, classes, is_regression="value" in file.outputs, **texts
        )
        return pack_onnx(file, inputs, definition, path, name=name, points=points)
    fitted = load_model(path, trust=trust)
    inputs = infer_inputs(fitted, examples)
    original = Original(fitted, inputs.levels)
    definition = imported_definition(
        inputs, original.labels, classes, is_regression=original.is_regression, **texts
    )
    return pack_original(original, inputs, definition, path, name=name, points=points)
