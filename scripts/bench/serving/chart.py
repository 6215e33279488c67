"""Draws how many requests a second each answers, as a share of the bare server's, on a scale of powers."""

# pyright: reportUnknownMemberType=false
# matplotlib types its options only in part.

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from scripts.bench.chart import ACCENT, FAINT, INK, QUIET, RULE
from scripts.bench.serving.contestants import CONTESTANTS, ONE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scripts.bench.serving.command import Report

_LEAST: Final = 0.001
"""Where the scale begins, as a share of the floor."""


def draw(report: Report, file: IO[bytes], form: str) -> None:
    """Draw into an open file, as `png` or `svg`. The same figures give the same bytes."""
    shown = [it for it in CONTESTANTS if it.name in report.results]
    with mpl.rc_context({"font.family": "DejaVu Sans", "svg.hashsalt": "iris", "text.color": INK}):
        height = 2.1 + 0.52 * len(shown)
        figure = Figure(figsize=(10, height), dpi=160, facecolor="white")
        axes = figure.add_axes((0.29, 0.85 / height, 0.60, (height - 2.0) / height))
        _scale(axes, len(shown))
        for row, contestant in enumerate(shown):
            result = report.results[contestant.name][ONE]
            _draw_row(axes, row, contestant.name, result.to_floor, result.requests_per_second)
            _draw_label(axes, row, contestant.label, contestant.explained)
        _draw_words(figure, report, height)
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        figure.savefig(file, format=form, metadata=metadata)


def _scale(axes: Axes, rows: int) -> None:
    axes.set_xscale("log")
    axes.set_xlim(_LEAST, 1.05)
    axes.set_ylim(rows - 0.45, -0.55)
    axes.set_yticks([])
    axes.set_xticks([0.001, 0.01, 0.1, 1], ["1/1000", "1/100", "1/10", "the bare server"])
    axes.minorticks_off()
    for side in ("left", "right", "top", "bottom"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.9)
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", length=0, labelsize=9, labelcolor=FAINT, pad=7)


def _draw_row(axes: Axes, row: int, name: str, share: float, per_second: float) -> None:
    ours = name == "ours"
    axes.barh(
        row,
        share - _LEAST,
        left=_LEAST,
        height=0.56,
        color=ACCENT if ours else QUIET,
        alpha=0.9 if ours else 0.45,
        linewidth=0,
    )
    axes.annotate(
        f"{per_second:,.0f}/s",
        (max(share, _LEAST), row),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=11,
        fontweight="bold" if ours else "normal",
        color=ACCENT if ours else INK,
        annotation_clip=False,
    )


def _draw_label(axes: Axes, row: int, label: str, explained: str) -> None:
    at: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right"}
    axes.annotate(label, (0, row), xytext=(-14, 2), va="bottom", fontsize=11, fontweight="bold", **at)
    axes.annotate(explained, (0, row), xytext=(-14, -2), va="top", fontsize=7.5, color=FAINT, **at)


def _draw_words(figure: Figure, report: Report, height: float) -> None:
    figure.text(0.035, 1 - 0.28 / height, _headline(report), fontsize=17, fontweight="bold", va="top")
    figure.text(
        0.035,
        1 - 0.68 / height,
        f"Requests for one flower, one worker on one core, {report.plan.connections} connections; "
        f"median of {report.plan.rounds}, each beside the bare server. Powers of ten.",
        fontsize=9.5,
        color=FAINT,
        va="top",
    )
    at = report.conditions
    versions = ", ".join(f"{name} {version}" for name, version in at.versions.items())
    figure.text(
        0.035,
        0.12 / height,
        f"{at.processor}, {at.processors} processors, load {at.load}. {at.date[:10]}, Python {at.python}, "
        f"commit {at.commit or 'unknown'}\n{versions}",
        fontsize=7,
        color=FAINT,
        linespacing=1.5,
    )


def _headline(report: Report) -> str:
    if "ours" not in report.results:
        return "Beside the bare server"
    share = report.results["ours"][ONE].to_floor
    if "tutorial" not in report.results:
        return f"{share:.0%} of the bare server"
    return f"{share:.0%} of the bare server, {report.ours_to('tutorial'):.0f} times the tutorial"
