"""Common style of the charts: labelled rows, few lines, and an accent colour for this service."""

# pyright: reportUnknownMemberType=false
# matplotlib types its options only in part.

from __future__ import annotations

from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Generator

    from matplotlib.axes import Axes

INK: Final = "#1c2733"
FAINT: Final = "#6b7785"
RULE: Final = "#e3e7eb"
QUIET: Final = "#9aa5b1"
ACCENT: Final = "#6d3fc0"
"""Violet of an iris, for this service."""

WIDTH: Final = 10.0
"""Width of every chart, in inches."""

_LEFT: Final = 0.035
"""Left margin of text, as a share of the width."""


@contextmanager
def new_figure(height: float, file: IO[bytes], form: str) -> Generator[Figure]:
    """Yield an empty figure of a height in inches, and write it as `png` or `svg` when the block ends.

    The same content gives the same bytes.
    """
    # Text becomes outlines in the SVG, so that it looks the same on every machine.
    with mpl.rc_context({"font.family": "DejaVu Sans", "svg.hashsalt": "iris", "text.color": INK}):
        figure = Figure(figsize=(WIDTH, height), dpi=160, facecolor="white")
        yield figure
        figure.savefig(file, format=form, metadata={"Date": None} if form == "svg" else {"Software": None})


def style_axes(axes: Axes, rows: int) -> None:
    """Set up axes for rows, the first one on top, with only the lines of the scale."""
    axes.set_ylim(rows - 0.45, -0.55)
    axes.set_yticks([])
    for side in ("left", "right", "top", "bottom"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.9)
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", length=0, labelsize=9, labelcolor=FAINT, pad=7)


def label_row(axes: Axes, row: int, label: str, explained: str) -> None:
    """Write the label and the explanation of a row on its left."""
    at: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right"}
    axes.annotate(label, (0, row), xytext=(-15, 2), va="bottom", fontsize=11.5, fontweight="bold", **at)
    axes.annotate(explained, (0, row), xytext=(-15, -2), va="top", fontsize=8, color=FAINT, **at)


def add_text(figure: Figure, headline: str, subtitle: str, footer: str) -> None:
    """Write the headline, the line below it, and the footer."""
    inch = 1 / figure.get_figheight()
    figure.text(_LEFT, 1 - 0.36 * inch, headline, fontsize=18, fontweight="bold", va="top")
    figure.text(_LEFT, 1 - 0.82 * inch, subtitle, fontsize=10, color=FAINT, va="top")
    figure.text(_LEFT, 0.22 * inch, footer, fontsize=7.5, color=FAINT, linespacing=1.6)
