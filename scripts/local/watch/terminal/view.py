"""View of a running cloud on standard output, until Ctrl-C."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console, Group
from rich.live import Live

from scripts.console.termination import exit_on_signal
from scripts.local.watch.observation.cloud_reader import CloudReader
from scripts.local.watch.observation.observer import INTERVAL, Observer
from scripts.local.watch.running_cloud import find_identity
from scripts.local.watch.terminal.lines import document, new_events, sentences
from scripts.local.watch.terminal.screen import Screen, draw_screen
from scripts.local.watch.terminal.sparkline import levels_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from localcloud.event_log import Event
    from localcloud.state_dir import StateDir
    from scripts.local.watch.observation.snapshot import Snapshot
    from scripts.local.watch.view.texts import Language

LINE_INTERVAL: Final = 5
"""Seconds between two lines."""


def show(state_dir: StateDir, language: Language, *, as_json: bool) -> None:
    """Show the cloud in a folder until Ctrl-C: on the whole screen of a terminal, else in lines.

    Raises:
        IncompatibleStateError: A different version of the code started it.
        NoCloudError: No cloud runs there.
    """
    find_identity(state_dir)
    console = Console(highlight=False, emoji=False)
    try:
        with exit_on_signal(), closing(CloudReader(state_dir)) as reader:
            observer = Observer(reader)
            if as_json or not console.is_terminal or console.is_dumb_terminal:
                _print_lines(observer, language, as_json=as_json)
            else:
                _draw(observer, console, language)
    except KeyboardInterrupt:
        # The only end of the view is no failure of it.
        return


def _snapshots(observer: Observer) -> Iterator[Snapshot]:
    """Yield a snapshot each second."""
    while True:
        due = time.monotonic() + INTERVAL
        yield observer.observe()
        time.sleep(max(0.1, due - time.monotonic()))


def _draw(observer: Observer, console: Console, language: Language) -> None:
    levels = levels_for(console.encoding)
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for snapshot in _snapshots(observer):
            screen = Screen(console.width, console.height, levels, language)
            live.update(Group(*draw_screen(snapshot, observer.history.points, screen)), refresh=True)


def _print_lines(observer: Observer, language: Language, *, as_json: bool) -> None:
    known: Sequence[Event] = ()
    for number, snapshot in enumerate(_snapshots(observer)):
        # A rate needs two readings.
        if number % LINE_INTERVAL != 1:
            continue
        events, known = new_events(known, snapshot.events), snapshot.events
        for line in [document(snapshot, events)] if as_json else sentences(snapshot, events, language):
            click.echo(line)
