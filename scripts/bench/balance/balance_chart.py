"""Chart of the comparison: the p99 of each method as a bar, with the share of the slow instance."""

# pyright: reportUnknownMemberType=false
# matplotlib types its options only in part.

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from scripts.bench.chart_style import ACCENT, INK, QUIET, add_text, label_row, new_figure, style_axes

if TYPE_CHECKING:
    from scripts.bench.balance.results import MethodComparison


def draw(comparison: MethodComparison, file: IO[bytes], form: str) -> None:
    """Draw into an open file, as `png` or `svg`; the same figures give the same bytes."""
    rows = len(comparison.methods)
    with new_figure(2.2 + 0.5 * rows, file, form) as figure:
        height = 0.5 * rows / (2.2 + 0.5 * rows)
        axes = figure.add_axes((0.36, 0.85 / (2.2 + 0.5 * rows), 0.58, height))
        style_axes(axes, rows)
        axes.set_xlim(0, 1.2 * max(result.p99_ms for result in comparison.methods))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value else "0 ms")
        for row, result in enumerate(comparison.methods):
            is_client = result.method.startswith("client_")
            axes.barh(row, result.p99_ms, height=0.5, color=ACCENT if is_client else QUIET, linewidth=0)
            axes.annotate(
                f"{result.p99_ms:,.0f} ms",
                (result.p99_ms, row),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=10,
                color=INK,
            )
            shares = ", ".join(f"{name} {share:.0%}" for name, share in result.shares.items())
            label_row(axes, row, result.method.replace("_", " "), f"{shares}; {result.errors} errors")
        at = comparison.conditions
        add_text(
            figure,
            "Latency of each balancing method (p99)",
            f"Two fast instances, a slow and a cold one; {comparison.rate:g} batches per second.",
            f"{at.machine}.\n{at.date[:10]}, Python {at.python}, {at.software}",
        )
