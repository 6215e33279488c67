"""Draws cold starts: every run is a dot, so that the eye sees the spread before it reads a figure."""

# pyright: reportUnknownMemberType=false
# matplotlib types its options only in part.

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

from scripts.bench.chart_style import ACCENT, INK, QUIET, drawn, lay_out, name_row, say
from scripts.bench.coldstart.results import LABELS, Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scripts.bench.environment import Conditions

EXPLAINED: Final = {
    "empty": "Python alone",
    "ours": "the hot path, parameters as JSON",
    "framework": "FastAPI, Mangum, parameters as JSON",
    "tutorial": "FastAPI, Mangum, scikit-learn, joblib",
}

_ROW: Final = 0.19
"""Half of the height over which the dots of a row are spread, in rows."""


def draw(comparison: Comparison, file: IO[bytes], form: str) -> None:
    """Draw into an open file, as `png` or `svg`. The same figures give the same bytes."""
    with drawn(4.9, file, form) as figure:
        axes = figure.add_axes((0.29, 0.235, 0.645, 0.5))
        lay_out(axes, len(LABELS))
        axes.set_xlim(0, max(result.cold_ms.most for result in comparison.results.values()) * 1.2)
        axes.xaxis.set_major_formatter(_milliseconds)
        for row, name in enumerate(LABELS):
            _draw_row(axes, comparison, row, name)
            name_row(axes, row, LABELS[name], EXPLAINED[name])
        say(
            figure,
            f"A cold start answers {1 / comparison.share:.1f} times sooner",
            f"Process start to first answer. {comparison.runs} starts each, in turns: "
            "every dot is one, the line is their median.",
            _foot(comparison.conditions),
        )


def _milliseconds(value: float, _: float) -> str:
    return f"{value:,.0f}" if value else "0 ms"


def _draw_row(axes: Axes, comparison: Comparison, row: int, name: str) -> None:
    result = comparison.results[name]
    colour = ACCENT if name == "ours" else QUIET
    cold = result.cold_ms
    runs = result.each_cold_ms
    # Spread by the order of the runs, not by chance: a drift over time would show as a slope.
    heights = [row + _ROW * (2 * run / max(len(runs) - 1, 1) - 1) for run in range(len(runs))]
    axes.barh(row, cold.median, height=0.56, color=colour, alpha=0.14, linewidth=0)
    axes.scatter(runs, heights, s=20, color=colour, alpha=0.8, linewidths=0, clip_on=False, zorder=3)
    axes.plot([cold.median] * 2, [row - 0.28, row + 0.28], color=colour, linewidth=2.4, zorder=4)
    axes.annotate(
        f"{cold.median:,.0f} ms",
        (cold.most, row),
        xytext=(14, 0),
        textcoords="offset points",
        va="center",
        fontsize=14,
        fontweight="bold",
        color=ACCENT if name == "ours" else INK,
    )


def _foot(at: Conditions) -> str:
    commit = f", commit {at.commit}" if at.commit else ""
    return (
        f"{at.machine}. Bytecode written, files in memory; Lambda adds its own time to each.\n"
        f"{at.date[:10]}, Python {at.python}, {at.software}{commit}"
    )
