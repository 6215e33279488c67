"""`iris pack`: one archive of the service, its predictors and its dependencies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.table import Table

from scripts.console.options import format_option, output_folder_option
from scripts.console.terminal import Terminal
from scripts.packaging import wheels, zip_archive
from scripts.packaging.archive_build import FunctionTooLargeError, pack_service
from scripts.packaging.archive_inputs import ROOT, TARGETS
from scripts.packaging.refusals import install_refusal, size_refusal
from scripts.training.train import PREDICTORS, train_missing
from service.model.registry import PredictorError, Predictors, load_predictors

if TYPE_CHECKING:
    from scripts.packaging.receipts import PackedArchive

ARCHIVES: Final = ROOT / "build" / "archives"
"""Folder of the packed archives."""

MAXIMUM_PARTS_SHOWN: Final = 5
"""Rows of the table of sizes."""


ONNX_IMPORT_SECONDS: Final = 0.2
"""Seconds that ONNX Runtime and numpy take to load, with their bytecode and from memory: the median of eight
processes, measured as `iris bench coldstart` does, of 244 ms instead of 54 ms until the first answer."""

EXAMPLES: Final = """\b
Examples:
  iris pack                                             for this machine
  iris pack --target lambda-arm64                       for Lambda on Graviton
  iris pack --target aws-arm64 --output /tmp/archives   for instances, into another folder
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--target",
    type=click.Choice(list(TARGETS)),
    default="local",
    show_default=True,
    help="Platform to pack for: instances (aws), Lambda, or this machine and this Python (local).",
)
@click.option(
    "--predictors",
    type=click.Path(file_okay=False, path_type=Path),
    default=PREDICTORS,
    show_default="build/predictors",
    help="Folder of trained predictors.",
)
@output_folder_option(ARCHIVES, shown="build/archives", text="Folder for the archive.")
@click.option(
    "--quiet", is_flag=True, help="Show one line about a new archive, and none about an existing one."
)
@format_option
def pack(*, target: str, predictors: Path, output: Path, quiet: bool, form: str) -> None:
    """Pack the service into one archive, and print its path.

    The archive contains the service, the trained predictors, and the dependencies for the target's platform,
    without the files that serving does not need. Unpacked anywhere, `python3 -m service.main` starts it. An
    archive for Lambda has no server; its handler is `service.lambda_handler.handler`. Missing predictors of
    the project are trained first.

    The same content gives the same bytes, and the name of the archive includes their hash. An archive that
    exists already is not packed again, and neither are dependencies that have not changed.

    ONNX Runtime and numpy are packed only if a predictor is of kind onnx (`iris train --list`). They are
    larger than everything else; their size and the starts that they delay are printed. A predictor that the
    target can't serve is refused, with the command that removes it.

    For Lambda, all modules are compiled beforehand, which needs a Python 3.13: this one, `python3.13` on the
    PATH, or one that uv finds. Another patch version gives other bytes and another name. Without any, every
    cold start of the function compiles, and takes about twice as long.
    """
    packed = archive_for(target, predictors, output)
    if not quiet:
        _print_parts(packed)
    if packed.is_new or not quiet:
        _print_summary(target, packed, predictors)
    if form == "json":
        click.echo(json.dumps(_as_json(packed)))
    else:
        click.echo(packed.path)


def archive_for(target: str, predictors: Path = PREDICTORS, output: Path = ARCHIVES) -> PackedArchive:
    """Return the archive for a target: train missing predictors, and pack unless it exists already.

    Raises:
        click.ClickException: It can't be packed; the message says why.
    """
    if predictors == PREDICTORS:
        train_missing()
    try:
        loaded = load_predictors(predictors)
        loaded.unpack()
    except PredictorError as error:
        raise click.ClickException(
            f"The predictors can't be packed: {error}. Run `iris train` first."
        ) from error
    _require_known_answers(loaded)
    try:
        return pack_service(target, predictors, output)
    except wheels.InstallError as error:
        raise click.ClickException(install_refusal(error, target, predictors)) from error
    except FunctionTooLargeError as error:
        raise click.ClickException(size_refusal(error.total, target, predictors)) from error
    except zip_archive.PackingError as error:
        raise click.ClickException(f"Cannot pack: {error}") from error
    except OSError as error:
        raise click.ClickException(f"Cannot write to {error.filename or output}: {error.strerror}") from error


def _require_known_answers(predictors: Predictors) -> None:
    """Check that all predictors give their known answers.

    Raises:
        click.ClickException: A predictor gives a wrong answer.
    """
    for predictor in predictors:
        if not predictor.reproduces_known_answers():
            raise click.ClickException(
                f"{predictor.name} does not give its known answers on this machine. Run `iris train` first."
            )


def _as_json(packed: PackedArchive) -> dict[str, str | int | None]:
    return {
        "path": str(packed.path),
        "sha256": packed.sha256,
        "bytes": packed.bytes,
        "unzipped_bytes": packed.size.unzipped_bytes,
        "files": packed.size.files,
        "bytecode": packed.bytecode,
        "onnx_runtime_bytes": packed.onnx_bytes,
    }


def _print_parts(packed: PackedArchive) -> None:
    size = packed.size
    table = Table()
    table.add_column("Largest parts")
    table.add_column("Unzipped", justify="right")
    largest = list(size.parts.items())[:MAXIMUM_PARTS_SHOWN]
    for part, part_size in largest:
        table.add_row(part, _megabytes(part_size))
    rest = size.unzipped_bytes - sum(part_size for _, part_size in largest)
    table.add_row(f"{len(size.parts) - len(largest)} others", _megabytes(rest))
    table.add_section()
    table.add_row(f"{size.files} files", _megabytes(size.unzipped_bytes))
    Terminal(stderr=True).print(table)


def _print_summary(target: str, packed: PackedArchive, predictors: Path) -> None:
    console = Terminal(stderr=True)
    bytecode = f"with bytecode of Python {packed.bytecode}" if packed.bytecode else "without bytecode"
    console.print(
        f"{packed.path.name}: {_megabytes(packed.bytes)}, {bytecode}.", highlight=False, soft_wrap=True
    )
    if packed.onnx_bytes:
        console.print(_onnx_sentence(target, packed, predictors), highlight=False, soft_wrap=True)
    if packed.bytecode is None and TARGETS[target].is_function:
        console.print(
            f"No Python {wheels.AWS_PYTHON} was found to compile the modules: every cold start of "
            "the function compiles them, and takes about twice as long.",
            style="yellow",
            highlight=False,
            soft_wrap=True,
        )


def _onnx_sentence(target: str, packed: PackedArchive, predictors: Path) -> str:
    """Return the sentence about the size of ONNX Runtime, and about the starts that it delays."""
    loaded = load_predictors(predictors)
    names = [predictor.name for predictor in loaded if predictor.kind == "onnx"]
    if not TARGETS[target].is_function:
        delayed = "every start of an instance's workers"
    elif loaded.default.kind == "onnx":
        delayed = "every cold start"
    else:
        delayed = f"the first request for {' or '.join(names)}, and no other,"
    return (
        f"Of these are {_megabytes(packed.onnx_bytes)} unzipped ONNX Runtime and numpy, for "
        f"{', '.join(names)}: {delayed} takes about {ONNX_IMPORT_SECONDS} s longer."
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
