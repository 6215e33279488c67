"""Table of the requests' path: internet, firewall, load balancers and instances, a row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.text import Text

from scripts.local.watch.view import numbers
from scripts.local.watch.view.texts import text
from scripts.local.watch.view.zones import zones_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.local.watch.observation.snapshot import Firewall, Instance, Node, Snapshot
    from scripts.local.watch.view.texts import Language

STYLES: Final = {
    "healthy": "green",
    "initial": "yellow",
    "draining": "yellow",
    "unused": "dim",
    "unhealthy": "bold red",
    "frozen": "bold red",
    "dead": "bold red",
}
"""State of an instance -> its style."""

STATE: Final = 2
"""Index of the column of states; those after it hold numbers, aligned on the right."""

MINIMUM_STATE: Final = 6
"""Characters of a state that a narrow terminal shows."""


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    cells: Sequence[str]
    """Name, version, state, requests per second, latencies and CPU."""
    style: str = ""
    """Style of its state."""
    is_instance: bool = False


def path_rows(snapshot: Snapshot, language: Language) -> list[Row]:
    """Return the rows of a snapshot, in the order in which a request passes them, after a row of headings."""
    point = snapshot.point
    internet, latencies = text("internet", language), _latencies(point.p50, point.p99)
    rows = [
        Row(("", "", "", text("per_second", language), "p50 / p99", text("cpu", language)), "dim"),
        Row(
            (internet, "", "", numbers.rate(point.per_second), latencies, numbers.percent(point.cpu)),
        ),
    ]
    if snapshot.firewall is not None:
        rows.append(_firewall_row(snapshot.firewall, language))
    for node, instances in zones_of(snapshot):
        if node is not None:
            rows.append(_node_row(node, language))
        rows.extend(_instance_row(each, language) for each in instances)
    return rows


def _firewall_row(firewall: Firewall, language: Language) -> Row:
    rate = firewall.blocked_per_second if firewall.blocks else firewall.counted_per_second
    unit = text("blocked_each" if firewall.blocks else "counted_each", language)
    state = text("mode_blocks" if firewall.blocks else "mode_counts", language)
    style = "bold red" if rate else ""
    return Row((text("firewall", language), "", state, numbers.rate(rate), unit, ""), style)


def _node_row(node: Node, language: Language) -> Row:
    state = "balancer" if node.answers else "lost" if node.lost else "silent"
    name = node.zone or text("all_zones", language)
    style = "" if node.answers else "bold red"
    return Row((name, "", text(state, language), numbers.rate(node.per_second), "", ""), style)


def _instance_row(instance: Instance, language: Language) -> Row:
    return Row(
        (
            f"  {numbers.short_id(instance.id)}",
            f"v{instance.version or '?'}",
            text(instance.state, language),
            numbers.rate(instance.per_second),
            _latencies(instance.p50, instance.p99),
            numbers.percent(instance.cpu),
        ),
        STYLES[instance.state],
        is_instance=True,
    )


def _latencies(p50: float | None, p99: float | None) -> str:
    return f"{numbers.milliseconds_without_unit(p50)} / {numbers.milliseconds(p99)}"


def table(rows: Sequence[Row], columns: int, maximum: int, language: Language) -> list[Text]:
    """Return at most so many rows with aligned cells; the last one counts instances that are left out.

    Where the terminal is narrow, cells are closer to each other, and states are cut.
    """
    widths = [max(map(len, cells)) for cells in zip(*(row.cells for row in rows), strict=True)]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= columns else " "
    excess = sum(widths) + len(gap) * (len(widths) - 1) - columns
    widths[STATE] -= max(min(excess, widths[STATE] - MINIMUM_STATE), 0)
    if len(rows) <= maximum:
        return [_aligned(row, widths, gap) for row in rows]
    kept = max(maximum - 1, 1)
    left_out = sum(row.is_instance for row in rows[kept:])
    more = Text(text("more_instances", language, count=left_out), "dim", no_wrap=True, overflow="crop")
    return [*(_aligned(row, widths, gap) for row in rows[:kept]), more]


def _aligned(row: Row, widths: Sequence[int], gap: str) -> Text:
    line = Text(no_wrap=True, overflow="crop")
    for index, (cell, width) in enumerate(zip(row.cells, widths, strict=True)):
        is_number = index > STATE
        aligned = cell.rjust(width) if is_number else cell.ljust(width)[:width]
        line.append(gap if index else "").append(aligned, "" if is_number and row.is_instance else row.style)
    return line
