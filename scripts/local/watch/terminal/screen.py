"""Screen of the terminal view: rows of text, at most as many as the terminal has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.text import Text

from scripts.local.watch.observation.history import SECONDS
from scripts.local.watch.terminal.path_table import path_rows, table
from scripts.local.watch.terminal.sparkline import sparkline
from scripts.local.watch.view import numbers
from scripts.local.watch.view.alarms import alarms_of
from scripts.local.watch.view.charts import round_maximum
from scripts.local.watch.view.events import event_sentence
from scripts.local.watch.view.texts import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scripts.local.watch.observation.snapshot import Point, Snapshot
    from scripts.local.watch.view.texts import Language

EVENTS: Final = 4
"""Number of events that are shown even if instances are left out for them."""

MINIMUM_PATH: Final = 6
"""Number of rows of the requests' path that a low terminal shows before anything else."""

MAXIMUM_CHART: Final = 100
"""Columns of a sparkline; a wider one shows no more than the seconds between two points."""


@dataclass(frozen=True)
class Screen:
    """Size and characters of a terminal, and the language of its view."""

    columns: int
    rows: int
    levels: str
    """Characters of rising height."""
    language: Language


def draw_screen(snapshot: Snapshot, points: Sequence[Point], screen: Screen) -> list[Text]:
    """Return the rows of a snapshot, with the points of the last minutes as sparklines."""
    head = _head(snapshot, screen)
    end = [Text(text("terminal_end", screen.language), "dim")]
    if not snapshot.url:
        return [*head, Text(), *end]
    middle = [*_charts(snapshot, points, screen), *_alarms(snapshot, screen)]
    free = screen.rows - len(head) - len(middle) - len(end)
    path_size = max(free - EVENTS, MINIMUM_PATH)
    path = table(path_rows(snapshot, screen.language), screen.columns, path_size, screen.language)
    events = _events(snapshot, screen.language)[: max(free - len(path), 0)]
    return [*head, *path, *middle, *events, *end]


def _row(*parts: tuple[str, str] | str) -> Text:
    return Text.assemble(*parts, no_wrap=True, overflow="crop")


def wrapped(parts: Iterable[tuple[str, str]], columns: int) -> list[Text]:
    """Return texts with their styles on as few rows as hold them, none of them broken."""
    rows: list[Text] = []
    for words, style in parts:
        if rows and rows[-1].cell_len + 2 + len(words) <= columns:
            rows[-1].append("  ").append(words, style)
        else:
            rows.append(_row((words, style)))
    return rows


def _head(snapshot: Snapshot, screen: Screen) -> list[Text]:
    language = screen.language
    if not snapshot.url:
        return wrapped(
            [(text("down", language), "bold red"), (f"{text('down_help', language)} `make up`", "")],
            screen.columns,
        )
    parts = [(snapshot.url, "bold")]
    if fleet := snapshot.fleet:
        settings = text(
            "settings",
            language,
            minimum=fleet.minimum,
            maximum=fleet.maximum,
            type=fleet.instance_type,
            algorithm=fleet.algorithm,
        )
        parts.append((settings, ""))
        if fleet.refresh:
            parts.append((text("refresh", language, percent=fleet.refreshed), "yellow"))
    parts.append((f"{text('cost', language)}: {numbers.dollars(snapshot.point.cost)}", ""))
    if not snapshot.control_plane_answers:
        parts.append((text("control_plane_silent", language), "bold red"))
    return wrapped(parts, screen.columns)


def _charts(snapshot: Snapshot, points: Sequence[Point], screen: Screen) -> list[Text]:
    now = snapshot.point
    size = max((max(point.desired or 0, point.running) for point in points), default=0)
    desired = numbers.NONE if now.desired is None else str(now.desired)
    charts: list[tuple[str, str, Callable[[Point], float | None], float]] = [
        ("per_second", numbers.rate(now.per_second), lambda point: point.per_second, 1.0),
        ("p99", numbers.milliseconds(now.p99), lambda point: point.p99, 0.001),
        ("errors_each", numbers.rate(now.errors), lambda point: point.errors, 1.0),
        ("desired", desired, lambda point: point.desired, max(size, 2)),
        ("running", str(now.running), lambda point: point.running, max(size, 2)),
        ("healthy_count", str(now.healthy), lambda point: point.healthy, max(size, 2)),
    ]
    labels = [text(name, screen.language) for name, *_ in charts]
    values = [value for _, value, *_ in charts]
    label_width, value_width = max(map(len, labels)), max(map(len, values))
    columns = max(min(screen.columns - label_width - value_width - 4, MAXIMUM_CHART), 1)
    rows: list[Text] = []
    for label, (_, value, read, least) in zip(labels, charts, strict=True):
        series = [(point.time, read(point)) for point in points]
        highest = max((known for _, known in series if known is not None), default=0.0)
        drawn = sparkline(
            series,
            columns=columns,
            end=now.time,
            seconds=SECONDS,
            maximum=round_maximum(max(highest, least)),
            levels=screen.levels,
        )
        rows.append(
            _row((label.ljust(label_width + 2), "dim"), value.rjust(value_width), "  ", (drawn, "cyan"))
        )
    return rows


def _alarms(snapshot: Snapshot, screen: Screen) -> list[Text]:
    alarms = alarms_of(snapshot, screen.language)
    on = [(alarm.name, "bold red") for alarm in alarms if alarm.is_on]
    title = (f"{text('alarms', screen.language)}:", "dim")
    return wrapped([title, *(on or [(text("all_quiet", screen.language), "")])], screen.columns)


def _events(snapshot: Snapshot, language: Language) -> list[Text]:
    """Return the events, the newest first."""
    return [
        _row((event.time[11:19], "dim"), "  ", event_sentence(event.what, language))
        for event in reversed(snapshot.events)
    ]
