"""`iris lesson`: one idea of scaling, shown on the running local cloud."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click

from scripts.console.options import FiniteRange, table_format_option
from scripts.cost.cli.spanish_command import SpanishCommand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.local.lessons.lesson import AnyLesson, LessonResult
    from scripts.local.lessons.texts import Language, Text

PROJECT: Final = Path(__file__).resolve().parents[3]

EPILOG: Final = """\b
Examples:
  iris lesson                      list the lessons
  iris lesson balancing            run one
  iris lesson zone --lang es       the same in Spanish
  iris lesson all                  run all, one after the other
"""


@click.command(cls=SpanishCommand, epilog=EPILOG)
@click.argument("name", required=False)
@click.option(
    "--lang", "language", type=click.Choice(["en", "es"]), default="en", show_default=True, help="Language."
)
@click.option(
    "--pace",
    type=FiniteRange(0.1, 10),
    default=1,
    show_default=True,
    help="Factor of the durations of loads and pauses.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT / ".local",
    envvar="IRIS_LOCAL_HOME",
    show_default="./.local",
    help="Folder of the local cloud.",
)
@click.option(
    "--record",
    is_flag=True,
    help="Also write the result into docs/lessons.md, as the last one of its lesson.",
)
@table_format_option
def lesson(name: str | None, language: str, pace: float, home: Path, record: bool, form: str) -> None:  # noqa: FBT001 - click's
    """Show one idea of scaling on the running local cloud, or list all of them.

    A lesson says what it does, does it, puts everything back, also on Ctrl-C, and ends in a table and a
    sentence that is computed from its figures.
    """
    from scripts.local.lessons.registry import LESSONS, find_lesson

    spoken = cast("Language", language)
    if name is None:
        _print_list(spoken, form)
        return
    found = find_lesson(name)
    if found is None and name != "all":
        from scripts.local.lessons.registry import similar_names
        from scripts.local.lessons.words import DID_YOU_MEAN, NO_LESSON, OR

        listed = ", ".join(it.name for it in LESSONS)
        meant = OR.of(spoken).join(similar_names(name))
        question = DID_YOU_MEAN.of(spoken).format(names=meant) if meant else ""
        raise click.UsageError(NO_LESSON.of(spoken).format(name=name, listed=listed) + question)
    for each in LESSONS if found is None else (found,):
        result = _run(each, home, spoken, pace)
        _show(result, spoken, form)
        if record:
            from scripts.local.lessons import document

            document.record(result)


def _run(chosen: AnyLesson, home: Path, language: Language, pace: float) -> LessonResult:
    from botocore.exceptions import BotoCoreError, ClientError
    from httpx import HTTPError
    from psutil import NoSuchProcess

    from localcloud.controller.zone_failure import ZoneError
    from localcloud.incompatible_state import IncompatibleStateError
    from localcloud.state_dir import StateDir
    from scripts.bench.load.target import TargetError
    from scripts.console.termination import exit_on_signal
    from scripts.cost.capacity.vcpu_throughput import CapacityError
    from scripts.local.lessons.lesson import result_of
    from scripts.local.lessons.stage import Stage, StageError
    from scripts.local.lessons.words import CLOUD_FAILED, RESTORING

    def say(text: Text) -> None:
        click.echo(text.of(language), err=True)

    say(chosen.idea)
    say(chosen.does)
    begun = time.monotonic()
    try:
        with exit_on_signal():
            stage = Stage(StateDir(home.resolve()), say, pace)
            try:
                figures = chosen.measure(stage)
            finally:
                if stage.has_changed:
                    say(RESTORING)
                stage.close()
    except StageError as error:
        raise click.ClickException(f"{error.text.of(language)}.") from None
    except (CapacityError, TargetError, IncompatibleStateError) as error:
        raise click.ClickException(f"{str(error).rstrip('.')}.") from None
    except (BotoCoreError, ClientError, HTTPError, NoSuchProcess, ZoneError) as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise click.ClickException(f"{CLOUD_FAILED.of(language).format(error=reason)}.") from None
    return result_of(chosen, figures, time.monotonic() - begun)


def _show(result: LessonResult, language: Language, form: str) -> None:
    from scripts.local.lessons.texts import written

    columns = [written(cell, language) for cell in result.table.columns]
    rows = [[written(cell, language) for cell in row] for row in result.table.rows]
    sentence = result.conclusion.of(language)
    if form == "json":
        document = {
            "lesson": result.lesson.name,
            "seconds": round(result.seconds),
            "columns": columns,
            "rows": rows,
            "conclusion": sentence,
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    _print_table(columns, rows)
    click.echo(sentence)


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> None:
    from rich.table import Table

    from scripts.console.terminal import Terminal

    table = Table(box=None)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < left else "right")
    for row in rows:
        table.add_row(*row)
    Terminal().print("", table, "")


def _print_list(language: Language, form: str) -> None:
    from scripts.local.lessons.registry import LESSONS
    from scripts.local.lessons.words import LIST_COLUMNS

    listed = [(it.name, it.idea.of(language), it.seconds) for it in LESSONS]
    if form == "json":
        keys = ("name", "idea", "seconds")
        click.echo(json.dumps([dict(zip(keys, it, strict=True)) for it in listed], ensure_ascii=False))
        return
    columns = [text.of(language) for text in LIST_COLUMNS]
    _print_table(columns, [(name, idea, f"{seconds} s") for name, idea, seconds in listed], 2)
