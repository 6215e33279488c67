"""Line charts over the last minutes, as SVG that the page's style sheet colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WIDTH: Final = 360
HEIGHT: Final = 130
LEFT: Final = 46
RIGHT: Final = 6
TOP: Final = 10
BOTTOM: Final = 20
"""Size and margins in units of the view box, which are pixels at the usual width of a chart."""

DISTANT: Final = 4.0
"""Multiple of the data above which a target is only written down: its line would flatten the data."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a chart."""

    style: str
    """Class of the style sheet."""
    values: Sequence[tuple[float, float | None]]
    """Time and value; None interrupts the line."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Lines on common axes."""

    title: str
    """Description for those who do not see the chart."""
    lines: Sequence[Line]
    number: Callable[[float], str]
    """Notation of the axis's numbers."""
    least: float
    """Smallest maximum of the axis, so that a chart of nearly nothing looks like that."""
    target: Sequence[tuple[float, float | None]] = ()
    """Values of a dashed line, which hold until the next one."""
    steps: bool = False
    """Whether values hold until the next one, as numbers of instances do."""
    ago: str = ""
    """Text at the left end of the time axis."""
    now: str = ""
    """Text at its right end."""


def round_maximum(value: float) -> float:
    """Return the smallest of 1, 2, 4, 6, 8 or 10 times a power of ten that is not below a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        (step * power for step in (1, 2, 4, 6, 8, 10) if value <= step * power * (1 + 1e-9)), 10 * power
    )


def draw(chart: Chart, end: float, seconds: float) -> Markup:
    """Return a chart of the seconds up to a time."""
    known = [value for line in chart.lines for _, value in line.values if value is not None]
    highest = max(known, default=0.0)
    target = _near(chart.target, DISTANT * max(highest, chart.least))
    maximum = round_maximum(max(highest, chart.least, *(value for _, value in target if value is not None)))
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(time: float) -> float:
        return max(LEFT, right - (end - time) / seconds * (right - LEFT))

    def y(value: float) -> float:
        return bottom - min(value, maximum) / maximum * (bottom - TOP)

    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            WIDTH, HEIGHT, chart.title
        )
    ]
    for share in (0.0, 0.5, 1.0):
        level = y(share * maximum)
        parts.append(
            Markup(
                '<path class="grid" d="M{} {:.1f}H{}"/><text class="tick end" x="{}" y="{:.1f}">{}</text>'
            ).format(LEFT, level, right, LEFT - 6, level + 3.5, chart.number(share * maximum))
        )
    parts.append(
        Markup(
            '<text class="tick" x="{}" y="{}">{}</text><text class="tick end" x="{}" y="{}">{}</text>'
        ).format(LEFT, HEIGHT - 5, chart.ago, right, HEIGHT - 5, chart.now)
    )
    dashed = Line(style="target", values=target)
    for line in (dashed, *chart.lines):
        for piece in _pieces(line.values):
            path = _path([(x(time), y(value)) for time, value in piece], steps=chart.steps or line is dashed)
            parts.append(Markup('<path class="line {}" d="{}"/>').format(line.style, path))
    return Markup("").join([*parts, Markup("</svg>")])


def _near(values: Sequence[tuple[float, float | None]], limit: float) -> Sequence[tuple[float, float | None]]:
    """Return values without those above a limit."""
    return [(time, None if value is None or value > limit else value) for time, value in values]


def _pieces(values: Sequence[tuple[float, float | None]]) -> Iterator[list[tuple[float, float]]]:
    """Yield the parts of a line between missing values."""
    piece: list[tuple[float, float]] = []
    for time, value in values:
        if value is not None:
            piece.append((time, value))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def _path(points: Sequence[tuple[float, float]], *, steps: bool) -> str:
    first, *rest = points
    commands = [f"M{first[0]:.1f} {first[1]:.1f}"]
    for x, y in rest:
        commands.append(f"H{x:.1f}V{y:.1f}" if steps else f"L{x:.1f} {y:.1f}")
    if not rest:
        commands.append("h.1")  # a point, by the round end of its line
    return escape("".join(commands))
