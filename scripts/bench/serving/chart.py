"""Draws how many requests a second each answers, as a multiple of the bare server's.

The scale is linear: a bar twice as long is twice as many. Those that are hardly seen are hardly there.
"""

# pyright: reportUnknownMemberType=false
# matplotlib types its options only in part.

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

from scripts.bench.chart_style import ACCENT, FAINT, INK, QUIET, drawn, lay_out, name_row, say
from scripts.bench.serving.candidates import CONTESTANTS, ONE, OURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scripts.bench.serving.report import Report
    from scripts.bench.serving.results import Result

_ROW: Final = 0.5
_ABOVE: Final = 1.5
_BELOW: Final = 0.95
"""Heights of a row, of the words above all rows and of those below them, in inches."""


def draw(report: Report, file: IO[bytes], form: str) -> None:
    """Draw into an open file, as `png` or `svg`. The same figures give the same bytes."""
    shown = [it for it in CONTESTANTS if it.name in report.results]
    shown.sort(key=lambda it: report.results[it.name][ONE].to_floor, reverse=True)
    height = _ABOVE + _ROW * len(shown) + _BELOW
    with drawn(height, file, form) as figure:
        axes = figure.add_axes((0.29, _BELOW / height, 0.475, _ROW * len(shown) / height))
        lay_out(axes, len(shown))
        _scale(axes, max(report.results[it.name][ONE].to_floor for it in shown))
        for row, it in enumerate(shown):
            _draw_row(axes, row, report.results[it.name][ONE], ours=it.name == OURS)
            name_row(axes, row, it.label, it.explained)
        say(
            figure,
            _headline(report),
            f"Requests for one flower, one worker on one core, {report.plan.connections} connections; "
            f"median of {report.plan.rounds}, each beside the bare server.",
            _foot(report),
        )


def _scale(axes: Axes, most: float) -> None:
    # The bare server is measured beside everybody, itself too: it may be a little off 1.
    axes.set_xlim(0, max(most, 1.0))
    axes.set_xticks([])
    axes.axvline(1, color=INK, linewidth=1.1, linestyle=(0, (3, 3)), zorder=3)
    axes.annotate(
        "the bare server",
        (1, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 5),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        color=FAINT,
    )


def _draw_row(axes: Axes, row: int, result: Result, *, ours: bool) -> None:
    colour = ACCENT if ours else QUIET
    axes.barh(row, result.to_floor, height=0.56, color=colour, alpha=0.95 if ours else 0.5, linewidth=0)
    # Beyond the end of the scale, so that all figures stand in two columns.
    for text, right, weight, ink in (
        (f"{result.requests_per_second:,.0f}/s", 78, "bold", ACCENT if ours else INK),
        (f"{_times(result.to_floor)}\N{MULTIPLICATION SIGN}", 138, "normal", ACCENT if ours else FAINT),
    ):
        axes.annotate(
            text,
            (1, row),
            xycoords=("axes fraction", "data"),
            xytext=(right, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=11,
            fontweight=weight,
            color=ink,
        )


def _times(share: float) -> str:
    """Two digits that count, and the hundredths at least: say 1.50, 0.21 or 0.0034."""
    return f"{share:.2f}" if share >= 0.1 else f"{share:.2g}"  # noqa: PLR2004 (below, two places are too few)


def _headline(report: Report) -> str:
    if OURS not in report.results:
        return "Beside the bare server"
    beside = f"{_times(report.results['ours'][ONE].to_floor)} times the bare server"
    if "tutorial" not in report.results:
        return beside
    return f"{beside}, {report.ours_to('tutorial'):.0f} times the tutorial"


def _foot(report: Report) -> str:
    at = report.conditions
    return f"{at.machine}. {at.date[:10]}, Python {at.python}, commit {at.commit or 'unknown'}\n{at.software}"
