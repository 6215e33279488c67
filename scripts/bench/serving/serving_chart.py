"""Chart of the requests per second of each server, as a multiple of the bare server's.

The scale is linear: twice the length is twice the speed. Slow servers have barely visible bars.
"""

# pyright: reportUnknownMemberType=false
# matplotlib types its options only in part.

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

from scripts.bench.chart_style import ACCENT, FAINT, INK, QUIET, add_text, label_row, new_figure, style_axes
from scripts.bench.serving.server_candidates import CANDIDATES, ONE, OURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scripts.bench.serving.serving_report import ServingReport
    from scripts.bench.serving.serving_results import ServingResult

_ROW: Final = 0.5
_ABOVE: Final = 1.5
_BELOW: Final = 0.95
"""Heights in inches: of a row, of the text above all rows, and of the text below them."""


def draw(report: ServingReport, file: IO[bytes], form: str) -> None:
    """Draw into an open file, as `png` or `svg`; the same figures give the same bytes."""
    shown = [it for it in CANDIDATES if it.name in report.results]
    shown.sort(key=lambda it: report.results[it.name][ONE].to_floor, reverse=True)
    height = _ABOVE + _ROW * len(shown) + _BELOW
    with new_figure(height, file, form) as figure:
        axes = figure.add_axes((0.29, _BELOW / height, 0.475, _ROW * len(shown) / height))
        style_axes(axes, len(shown))
        _scale(axes, max(report.results[it.name][ONE].to_floor for it in shown))
        for row, it in enumerate(shown):
            _draw_row(axes, row, report.results[it.name][ONE], ours=it.name == OURS)
            label_row(axes, row, report.label(it.name), it.explained)
        add_text(
            figure,
            _headline(report),
            f"Requests for one {report.item}, one worker on one core, {report.plan.connections} connections; "
            f"median of {report.plan.rounds}, each right after the bare server.",
            _footer(report),
        )


def _scale(axes: Axes, maximum: float) -> None:
    axes.set_xlim(0, max(maximum, 1.0))
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


def _draw_row(axes: Axes, row: int, result: ServingResult, *, ours: bool) -> None:
    colour = ACCENT if ours else QUIET
    axes.barh(row, result.to_floor, height=0.56, color=colour, alpha=0.95 if ours else 0.5, linewidth=0)
    # To the right of the scale, so that all figures form two columns.
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
    """Return a ratio with two decimals or two significant digits, such as 1.50, 0.21 or 0.0034."""
    return f"{share:.2f}" if share >= 0.1 else f"{share:.2g}"  # noqa: PLR2004 (below, two places are too few)


def _headline(report: ServingReport) -> str:
    ratio = f"{_times(report.results['ours'][ONE].to_floor)} times the bare server"
    if "tutorial" not in report.results:
        return ratio
    return f"{ratio}, {report.ours_to('tutorial'):.0f} times the tutorial"


def _footer(report: ServingReport) -> str:
    at = report.conditions
    return f"{at.machine}. {at.date[:10]}, Python {at.python}, commit {at.commit or 'unknown'}\n{at.software}"
