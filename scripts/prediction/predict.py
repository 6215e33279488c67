"""`iris predict`: predictions for the rows of a CSV file, by a trained predictor or a running service."""

from __future__ import annotations

import io
import sys
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

import click

from scripts.console.encoding import ENCODING_BYTES, text_encoding
from scripts.prediction.output import FORMATS, VALUES, PredictionOutput, fault_text
from scripts.prediction.table import Row, Table, TableError, batches, csv_line
from scripts.training.train import PREDICTORS
from service.http.agreement import noun_for

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from scripts.prediction.answers import BatchPredictor, Entry

REFUSED_STATUS: Final = 3
"""Exit status if rows could not be predicted."""

MAXIMUM_NAMED_ROWS: Final = 20
"""Maximum number of invalid rows that are named on standard error; CSV, NDJSON and JSON have all of them."""

EXAMPLES: Final = """\b
Examples:
  iris predict flowers.csv                                    a table, by the default predictor
  iris predict flowers.csv --predictor iris-forest --format csv --output labelled.csv
  iris predict flowers.csv --url http://127.0.0.1:8080        the same, by a running service
  cut -d, -f1-4 flowers.csv | iris predict - --format ndjson  rows from another program

\b
The first line of the file names its columns, in any order, by the names or short names of the model's
definition: manifest.json of each predictor has it, and so has GET /api/v01/predictors.
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--predictor", "name", metavar="NAME", help="Predictor to ask; by default, that of requests without one."
)
@click.option(
    "--predictors",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="build/predictors",
    help="Folder of trained predictors; missing ones of the project are trained first.",
)
@click.option("--url", help="URL of a running service to ask instead of the trained predictor.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="table: for people. csv: the file's columns and the prediction. ndjson, json: one object a row.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, as a whole or not at all; by default, standard output.",
)
def predict(
    *, file: Path, name: str | None, predictors: Path | None, url: str | None, form: str, output: Path | None
) -> None:
    """Predict each row of FILE, a CSV file whose first line names the columns; - is standard input.

    Columns are found by their names in any order; those that the predictor does not take are kept in the
    output, but not sent to a service. Every file that `iris train` reads is read here, with its names, units,
    separators, decimal commas and texts of missing values. The trained predictor answers in this process,
    without a service; a service gets batches below its limits, which are sent again when it asks for that
    (429 or 503, Retry-After).

    Each row that can't be predicted is named with its line on standard error, and the others are predicted
    all the same. The exit status is then 3. It is 1 if the file can't be read or the service does not answer.
    """
    from scripts.console.termination import exit_on_signal
    from scripts.prediction.answers import PredictionError

    if url is not None and predictors is not None:
        raise click.UsageError("--url and --predictors can't be combined.")
    if url is not None and not url.startswith(("http://", "https://")):
        raise click.BadParameter(f"{url!r} does not begin with http:// or https://.", param_hint="--url")
    shown = "standard input" if str(file) == "-" else str(file)
    try:
        with exit_on_signal(), _predictor(name, predictors, url) as predictor, _output(output) as write:
            result = _predict_file(file, predictor, form, write, is_streamed=output is None)
    except TableError as error:
        raise click.ClickException(f"{shown}: {error}") from None
    except PredictionError as error:
        raise click.ClickException(f"{error}.".replace("..", ".")) from None
    except BrokenPipeError:
        raise  # click ends quietly, as `head` expects
    except OSError as error:
        raise click.ClickException(f"Cannot write {error.filename or output}: {error.strerror}") from None
    if result.refused:
        raise SystemExit(REFUSED_STATUS)


def _predict_file(
    file: Path, predictor: BatchPredictor, form: str, write: Callable[[str], object], *, is_streamed: bool
) -> PredictionOutput:
    """Predict and write all rows; name the invalid ones on standard error."""
    from scripts.console.progress import stage_progress
    from scripts.console.terminal import Terminal

    # A bar would be drawn into rows that are printed to the same terminal.
    is_drawn = not (is_streamed and form != "table" and sys.stdout.isatty())
    named: list[str] = []
    with _opened(file) as (lines, size), stage_progress() if is_drawn else nullcontext() as progress:
        table = Table(lines)
        result = PredictionOutput(form, table.header, write)
        task = progress.add_task("Predicting", total=size) if progress else None
        done = 0
        for row, entry in _answers(table, predictor):
            result.add(row, entry)
            done += sum(map(len, row.cells)) + len(row.cells)
            if "errors" in entry and len(named) < MAXIMUM_NAMED_ROWS:
                named.append(f"line {row.line}: {fault_text(entry)}")
            count = result.counts.total() + result.refused
            if progress and task is not None and count % 256 == 0:
                progress.update(task, completed=done, description=f"Predicted {count:,} rows")
        shown = result.end()
    if shown is not None:
        text = io.StringIO()
        terminal = Terminal()
        terminal.file = text if not is_streamed else terminal.file
        terminal.print(shown)
        write(text.getvalue())
    for line in named:
        click.echo(line, err=True)
    _print_summary(result, len(named))
    return result


def _print_summary(result: PredictionOutput, named: int) -> None:
    if result.refused > named:
        more = result.refused - named
        click.echo(f"and {more:,} more {noun_for(more, 'line')}", err=True)
    if result.omitted:
        verb = noun_for(result.omitted, "row is", "rows are")
        click.echo(f"{result.omitted:,} more {verb} not shown; --format csv has all of them.", err=True)
    parts = [
        f"{count:,} {noun_for(count, 'value') if answer == VALUES else answer}"
        for answer, count in result.counts.most_common(10)
    ]
    if result.refused:
        parts.append(f"{result.refused:,} not predicted")
    rows = result.counts.total() + result.refused
    click.echo(f"{rows:,} {noun_for(rows, 'row')}: {', '.join(parts) or 'none'}.", err=True)


def _answers(table: Table, predictor: BatchPredictor) -> Iterator[tuple[Row, Entry]]:
    """Yield each row with its answer, in their order."""
    from scripts.prediction.answers import answer_all, unknown_feature

    features = predictor.features
    if features is None:
        features = [unknown_feature(name) for name in table.header]
    select = table.select(features)
    header = csv_line([feature.short_name for feature in features])
    waiting: list[Row] = []

    def selected() -> Iterator[str]:
        for row in table.rows():
            waiting.append(row)
            if len(row.cells) <= len(table.header):
                yield csv_line(select(row))

    room = predictor.maximum_bytes - len(header.encode())
    for batch in batches(selected(), rows=predictor.maximum_rows, size=room):
        entries = iter(answer_all(predictor, header, batch))
        left = len(batch)
        while left:
            row = waiting.pop(0)
            if len(row.cells) > len(table.header):
                yield row, _too_many_cells(row, table)
            else:
                left -= 1
                yield row, next(entries)
    for row in waiting:
        yield row, _too_many_cells(row, table)


def _too_many_cells(row: Row, table: Table) -> Entry:
    """Return the entry of a row with more cells than columns, of which none may be in its column."""
    columns = len(table.header)
    allowed = f"{columns} {noun_for(columns, 'cell')}, as in the first line"
    return {"errors": [{"field": "row", "given": f"{len(row.cells)} cells", "allowed": allowed}]}


@contextmanager
def _predictor(name: str | None, folder: Path | None, url: str | None) -> Generator[BatchPredictor]:
    """Return the predictor of a folder, or of a service."""
    if url is not None:
        from scripts.prediction.service_client import ServiceClient

        with closing(ServiceClient(url, name)) as client:
            yield client
        return
    from scripts.prediction.answers import LocalPredictor
    from scripts.training.train import train_missing
    from service.model.registry import PredictorError, load_predictors

    if folder is None:
        train_missing()
    try:
        loaded = load_predictors(folder or PREDICTORS)
        found = loaded.default if name is None else loaded.get(name)
        if found is None:
            names = ", ".join(sorted(each.name for each in loaded))
            raise click.BadParameter(f"there is no predictor {name}, only {names}.", param_hint="--predictor")
        _ = found.model
    except PredictorError as error:
        raise click.ClickException(
            f"The predictor can't be used: {error}. Run `iris train` first."
        ) from error
    yield LocalPredictor(found)


@contextmanager
def _opened(file: Path) -> Generator[tuple[IO[str], int | None]]:
    """Open the file as text; return it with its size in bytes, if that is known."""
    if str(file) == "-":
        source = io.BufferedReader(cast("io.RawIOBase", sys.stdin.buffer))
        yield io.TextIOWrapper(source, encoding=text_encoding(source.peek(ENCODING_BYTES)), newline=""), None
        return
    with file.open("rb") as opened:
        encoding = text_encoding(opened.peek(ENCODING_BYTES))
        yield io.TextIOWrapper(opened, encoding=encoding, newline=""), file.stat().st_size


@contextmanager
def _output(file: Path | None) -> Generator[Callable[[str], object]]:
    """Return the function that writes text to a file, or to standard output."""
    from scripts.console.atomic_write import atomic_write

    if file is None:
        yield lambda text: click.echo(text, nl=False)
        return
    with atomic_write(file) as opened:
        yield lambda text: opened.write(text.encode())
