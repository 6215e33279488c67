"""Draws cold starts: every run is a dot, so that the eye sees the spread before it reads a figure."""

# pyright: reportUnknownMemberType=false
# matplotlib types its options only in part.

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from scripts.bench.coldstart import LABELS, Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scripts.bench.conditions import Conditions

INK: Final = "#1c2733"
FAINT: Final = "#6b7785"
RULE: Final = "#e3e7eb"
QUIET: Final = "#9aa5b1"
ACCENT: Final = "#6d3fc0"
"""An iris's own."""

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
    # Words stay words in the SVG's own outlines, so that it looks the same on every machine.
    with mpl.rc_context({"font.family": "DejaVu Sans", "svg.hashsalt": "iris", "text.color": INK}):
        figure = Figure(figsize=(10, 4.9), dpi=160, facecolor="white")
        axes = figure.add_axes((0.29, 0.235, 0.645, 0.5))
        _scale(axes, comparison)
        for row, name in enumerate(LABELS):
            _draw_row(axes, comparison, row, name)
        _draw_words(figure, comparison)
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        figure.savefig(file, format=form, metadata=metadata)


def _scale(axes: Axes, comparison: Comparison) -> None:
    most = max(result.cold_ms.most for result in comparison.results.values())
    axes.set_xlim(0, most * 1.2)
    axes.set_ylim(len(LABELS) - 0.45, -0.55)
    axes.set_yticks([])
    for side in ("left", "right", "top", "bottom"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.9)
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", length=0, labelsize=9, labelcolor=FAINT, pad=7)
    axes.xaxis.set_major_formatter(_milliseconds)


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
    at: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right"}
    axes.annotate(LABELS[name], (0, row), xytext=(-16, 3), va="bottom", fontsize=12, fontweight="bold", **at)
    axes.annotate(EXPLAINED[name], (0, row), xytext=(-16, -3), va="top", fontsize=8, color=FAINT, **at)


def _draw_words(figure: Figure, comparison: Comparison) -> None:
    sooner = 1 / comparison.share
    figure.text(
        0.035,
        0.925,
        f"A cold start answers {sooner:.1f} times sooner",
        fontsize=18,
        fontweight="bold",
        va="top",
    )
    figure.text(
        0.035,
        0.83,
        f"Process start to first answer. {comparison.runs} starts each, in turns: "
        "every dot is one, the line is their median.",
        fontsize=10,
        color=FAINT,
        va="top",
    )
    figure.text(0.035, 0.05, _footer(comparison.conditions), fontsize=7.5, color=FAINT, linespacing=1.6)


def _footer(at: Conditions) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in at.versions.items())
    commit = f", commit {at.commit}" if at.commit else ""
    return (
        f"{at.processor}, {at.processors} processors, load {at.load}. Bytecode written, files in memory; "
        "Lambda adds its own time to each.\n"
        f"{at.date[:10]}, Python {at.python}, {versions}{commit}"
    )
