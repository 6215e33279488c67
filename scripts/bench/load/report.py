"""Report of a load: tables in the terminal, and a page with a chart."""

from __future__ import annotations

import html
import io
from typing import TYPE_CHECKING

from scripts.console.extras import require
from scripts.cost.output.html_page import html_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scripts.bench.load.results import LoadResult

Rows = list[tuple[str, ...]]


def latency_rows(result: LoadResult) -> Rows:
    """Return the percentiles, from the moment at which a request was due and from its sending."""
    return [
        (name, f"{value:,.2f}", f"{result.service_ms[name]:,.2f}")
        for name, value in result.latency_ms.items()
    ]


def instance_rows(result: LoadResult) -> Rows:
    """Return the answers of each instance, and its share."""
    total = sum(result.instances.values()) or 1
    return [(name, f"{number:,}", f"{number / total:.1%}") for name, number in result.instances.items()]


def conclusion(result: LoadResult) -> str:
    """Return the result in a sentence."""
    if not result.requests:
        return f"No request was due in {result.seconds:,.3g} s."
    rest = [
        f"{number:,} {text}"
        for number, text in (
            (result.failed, "failed"),
            (result.wrong, "had a wrong answer"),
            (result.unanswered, "had no answer when the load was interrupted"),
        )
        if number
    ]
    seconds = f"{result.seconds:,.0f}"
    return (
        f"{result.right:,} of {result.requests:,} requests in {seconds} s had the right answer"
        f"{''.join(f', {each}' for each in rest)}; {result.rate:,g} right answers per second, p99 "
        f"{result.latency_ms['p99']:,g} ms."
    )


def print_report(result: LoadResult) -> None:
    """Print percentiles, instances, failures and the conclusion."""
    from rich.table import Table

    from scripts.console.terminal import Terminal

    console = Terminal()

    def show(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        table = Table(box=None)
        for number, name in enumerate(head):
            table.add_column(name, justify="right" if number else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table, "")

    show(("latency", "ms", "ms after sending"), latency_rows(result))
    if result.instances:
        show(("instance", "answers", "share"), instance_rows(result))
    if result.problems:
        show(("failure", "requests"), _numbers(result.problems))
    for wrong in result.wrong_answers:
        console.print(f"Wrong: {wrong}", soft_wrap=True)
    console.print(conclusion(result), soft_wrap=True)


def _numbers(counts: Mapping[str, int]) -> Rows:
    return [(name, f"{number:,}") for name, number in counts.items()]


def html_report(result: LoadResult) -> str:
    """Return a page in one file, with the chart and the tables.

    Raises:
        ExtraError: matplotlib is missing, and can't be installed.
    """
    require("charts")
    from scripts.bench.load.load_chart import draw

    drawn = io.BytesIO()
    draw(result, drawn)
    svg = drawn.getvalue().decode()
    parts = [
        svg[svg.index("<svg") :],
        _html_table(("latency", "ms", "ms after sending"), latency_rows(result)),
    ]
    if result.instances:
        parts.append(_html_table(("instance", "answers", "share"), instance_rows(result)))
    if result.statuses:
        parts.append(_html_table(("status", "responses"), _numbers(result.statuses)))
    if result.problems:
        parts.append(_html_table(("failure", "requests"), _numbers(result.problems)))
    parts += [f"<p>{html.escape(wrong)}</p>" for wrong in result.wrong_answers]
    summary = f"<p>{html.escape(result.plan)}. {html.escape(conclusion(result))}</p>"
    return html_page(f"Load on {result.url}", [summary, *parts], "en")


def _html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(tag: str, cells: Sequence[str]) -> str:
        sides = ("left", *["right"] * (len(cells) - 1))
        written = (
            f'<{tag} class="{side}">{html.escape(cell)}</{tag}>'
            for side, cell in zip(sides, cells, strict=True)
        )
        return f"<tr>{''.join(written)}</tr>"

    return f"<table>{line('th', head)}{''.join(line('td', row) for row in rows)}</table>"
