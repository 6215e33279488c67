"""Chart of a load: requests per second above, latency below."""

# pyright: reportUnknownMemberType=false
# matplotlib types its options only in part.

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Final

from scripts.bench.chart_style import ACCENT, FAINT, INK, QUIET, RULE, add_text, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scripts.bench.load.results import LoadResult

BAD: Final = "#c2410c"
"""Colour of failed requests and wrong answers."""

HEIGHT: Final = 6.4
"""Height of the chart, in inches."""


def draw(result: LoadResult, file: IO[bytes], form: str = "svg") -> None:
    """Draw into an open file, as `png` or `svg`; the same figures give the same bytes."""
    seconds = [it.second + 0.5 for it in result.timeline]
    with new_figure(HEIGHT, file, form) as figure:
        rates = figure.add_axes((0.08, 0.5, 0.89, 0.31))
        _style(rates, "requests per second")
        bad = [it.bad for it in result.timeline]
        right = [it.requests - it.bad for it in result.timeline]
        rates.bar(seconds, right, width=1, color=ACCENT, alpha=0.35, linewidth=0, label="right")
        rates.bar(seconds, bad, width=1, bottom=right, color=BAD, linewidth=0, label="failed or wrong")
        rates.plot(seconds, [it.planned for it in result.timeline], color=INK, linewidth=1.3, label="planned")
        rates.set_ylim(bottom=0)
        latency = figure.add_axes((0.08, 0.13, 0.89, 0.29))
        _style(latency, "ms")
        latency.plot(seconds, [it.p99_ms for it in result.timeline], color=ACCENT, linewidth=1.6, label="p99")
        latency.plot(seconds, [it.p50_ms for it in result.timeline], color=QUIET, linewidth=1.6, label="p50")
        latency.set_yscale("log")
        latency.yaxis.set_major_formatter("{x:,g}")
        latency.set_xlabel("seconds", fontsize=9, color=FAINT)
        for axes in (rates, latency):
            axes.set_xlim(0, max(seconds, default=0) + 0.5)
            axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, fontsize=9)
        add_text(
            figure,
            f"{result.right:,} of {result.requests:,} answers were right",
            f"{result.plan}; p50 {result.latency_ms['p50']:,g} ms, p99 {result.latency_ms['p99']:,g} ms.",
            result.url,
        )


def _style(axes: Axes, label: str) -> None:
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    options: dict[str, Any] = {"labelsize": 9, "labelcolor": FAINT, "length": 0}
    axes.tick_params(**options, which="both")
    axes.grid(axis="y", color=RULE, linewidth=0.9)
    axes.set_axisbelow(True)
    axes.set_title(label, loc="left", fontsize=10, color=FAINT)
