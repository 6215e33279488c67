"""Chart of the cold starts: every run is a dot, which shows the distribution."""

# pyright: reportUnknownMemberType=false
# matplotlib types its options only in part.

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

from scripts.bench.chart_style import ACCENT, INK, QUIET, add_text, label_row, new_figure, style_axes
from scripts.bench.coldstart.coldstart_results import LABELS, ColdStartComparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scripts.bench.measurement_conditions import MeasurementConditions

EXPLAINED: Final = {
    "empty": "only Python",
    "ours": "fast path, parameters as JSON",
    "framework": "FastAPI, Mangum, parameters as JSON",
    "tutorial": "FastAPI, Mangum, scikit-learn, joblib",
}

_ROW: Final = 0.19
"""Half of the height over which the dots of a row are distributed, in rows."""


def draw(comparison: ColdStartComparison, file: IO[bytes], form: str) -> None:
    """Draw into an open file, as `png` or `svg`; the same figures give the same bytes."""
    with new_figure(4.9, file, form) as figure:
        axes = figure.add_axes((0.29, 0.235, 0.645, 0.5))
        style_axes(axes, len(LABELS))
        axes.set_xlim(0, max(result.cold_ms.maximum for result in comparison.results.values()) * 1.2)
        axes.xaxis.set_major_formatter(_milliseconds)
        for row, name in enumerate(LABELS):
            _draw_row(axes, comparison, row, name)
            label_row(axes, row, LABELS[name], EXPLAINED[name])
        add_text(
            figure,
            f"A cold start answers {1 / comparison.share:.1f} times sooner",
            f"Process start to first answer. {comparison.runs} starts each, in turns: every dot is one "
            "start, the line is the median.",
            _footer(comparison.conditions),
        )


def _milliseconds(value: float, _: float) -> str:
    return f"{value:,.0f}" if value else "0 ms"


def _draw_row(axes: Axes, comparison: ColdStartComparison, row: int, name: str) -> None:
    result = comparison.results[name]
    colour = ACCENT if name == "ours" else QUIET
    cold = result.cold_ms
    runs = result.each_cold_ms
    # Placed by the order of the runs, not at random: a drift over time would show as a slope.
    heights = [row + _ROW * (2 * run / max(len(runs) - 1, 1) - 1) for run in range(len(runs))]
    axes.barh(row, cold.median, height=0.56, color=colour, alpha=0.14, linewidth=0)
    axes.scatter(runs, heights, s=20, color=colour, alpha=0.8, linewidths=0, clip_on=False, zorder=3)
    axes.plot([cold.median] * 2, [row - 0.28, row + 0.28], color=colour, linewidth=2.4, zorder=4)
    axes.annotate(
        f"{cold.median:,.0f} ms",
        (cold.maximum, row),
        xytext=(14, 0),
        textcoords="offset points",
        va="center",
        fontsize=14,
        fontweight="bold",
        color=ACCENT if name == "ours" else INK,
    )


def _footer(at: MeasurementConditions) -> str:
    commit = f", commit {at.commit}" if at.commit else ""
    return (
        f"{at.machine}. Compiled, and files cached in memory; Lambda adds its own time to each.\n"
        f"{at.date[:10]}, Python {at.python}, {at.software}{commit}"
    )
