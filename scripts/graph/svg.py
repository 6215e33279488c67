"""Boxes and arrows as an SVG that is readable on light and on dark paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from scripts.graph.layout import GLYPH, LINE, PAD, Placed, height, narrowest, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scripts.graph.edges import Arrow
    from scripts.graph.layout import Look, Part

MARGIN: Final = 16
"""Pixels around the picture."""

LONG: Final = 75
"""Pixels from which an arrow leads through something."""

COLOURS: Final[Mapping[Look, tuple[str, str]]] = {
    "edge": ("#64748b", "#94a3b8"),
    "guard": ("#be123c", "#fb7185"),
    "network": ("#7c3aed", "#a78bfa"),
    "zone": ("#64748b", "#94a3b8"),
    "public": ("#15803d", "#4ade80"),
    "private": ("#0369a1", "#38bdf8"),
    "compute": ("#c2410c", "#fb923c"),
    "storage": ("#4d7c0f", "#a3e635"),
    "watch": ("#be185d", "#f472b6"),
}
"""A look -> its colour on light and on dark paper."""

STYLE: Final = """\
svg {{ color-scheme: light dark; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }}
.paper {{ fill: #ffffff; }}
.ink {{ fill: #1e293b; }}
.faint {{ fill: #475569; }}
.way {{ stroke: #475569; fill: none; stroke-width: 1.4; }}
.tip {{ fill: #475569; }}
.title {{ font-weight: 600; font-size: 13px; }}
.box {{ fill: #ffffff; stroke-width: 1.5; }}
.frame {{ fill-opacity: 0.05; stroke-width: 1.2; }}
.zone.frame {{ stroke-dasharray: 5 4; fill-opacity: 0.02; }}
.public.frame, .private.frame {{ stroke: none; fill-opacity: 0.10; }}
{light}
@media (prefers-color-scheme: dark) {{
.paper {{ fill: #0d1117; }}
.ink {{ fill: #e6edf3; }}
.faint {{ fill: #a5b1c0; }}
.way {{ stroke: #a5b1c0; }}
.tip {{ fill: #a5b1c0; }}
.box {{ fill: #161b22; }}
{dark}
}}"""


def draw(root: Part, arrows: Sequence[Arrow], title: str) -> str:
    """Draw boxes and arrows; the same ones give the same text.

    Args:
        root: all boxes.
        arrows: between boxes with these keys.
        title: what people are told who can't see the picture.
    """
    width, tall = narrowest(root), height(root)
    placed = list(place(root, MARGIN, MARGIN, width))
    by_key = {box.key: box for box in placed if box.key}
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" '
            f'viewBox="0 0 {width + 2 * MARGIN:g} {tall + 2 * MARGIN:g}" width="{width + 2 * MARGIN:g}">'
        ),
        f"<title>{escape(title)}</title>",
        f"<style>\n{_style()}\n</style>",
        (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto"><path class="tip" d="M0 0.8 L8 4 L0 7.2 Z"/></marker></defs>'
        ),
        '<rect class="paper" width="100%" height="100%"/>',
        *(line for box in placed if box.is_frame for line in _box(box)),
        *_ways(arrows, by_key),
        *(line for box in placed if not box.is_frame for line in _box(box)),
        *_words(arrows, by_key),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _style() -> str:
    def colours(index: int) -> str:
        return "\n".join(
            f".{look} {{ stroke: {pair[index]}; }} .{look}.frame {{ fill: {pair[index]}; }}"
            for look, pair in COLOURS.items()
        )

    return STYLE.format(light=colours(0), dark=colours(1))


def _box(box: Placed) -> Iterator[str]:
    kind = "frame" if box.is_frame else "box"
    yield (
        f'<rect class="{box.look} {kind}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="{6 if box.is_frame else 8}"/>'
    )
    if box.is_frame:
        yield _text(box.x + 10, box.y + PAD + 4, box.title, "faint")
        return
    middle = box.x + box.width / 2
    top = box.y + (box.height - LINE * len(box.lines)) / 2 + 4
    yield _text(middle, top, box.title, "ink title", "middle")
    for number, line in enumerate(box.lines, start=1):
        yield _text(middle, top + LINE * number, line, "faint", "middle")


def _text(x: float, y: float, words: str, look: str, anchor: str = "start") -> str:
    return f'<text class="{look}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _ways(arrows: Sequence[Arrow], boxes: Mapping[str, Placed]) -> Iterator[str]:
    for arrow in dict.fromkeys((arrow.source, arrow.target) for arrow in arrows):
        points = _points(*arrow, arrows, boxes)
        path = " L".join(f"{x:g} {y:g}" for x, y in points)
        yield f'<path class="way" d="M{path}" marker-end="url(#tip)"/>'


def _words(arrows: Sequence[Arrow], boxes: Mapping[str, Placed]) -> Iterator[str]:
    for arrow in arrows:
        if not arrow.says:
            continue
        points = _points(arrow.source, arrow.target, arrows, boxes)
        (x, y), (end, below) = points[0], points[1]
        if y == below:
            yield _label((x + end) / 2, y - 8, arrow.says, "middle")
        elif len(points) > 2:  # noqa: PLR2004 (it turns, and its words lie on the way across, or after it)
            across = points[2][0]
            if abs(across - x) > GLYPH * len(arrow.says):
                yield _label((x + across) / 2, below + 4, arrow.says, "middle")
            else:
                yield _label(across + 8, below + 14, arrow.says)
        else:
            # A long one comes by the names of what it leads through: its words stand where it begins.
            yield _label(x + 8, y + 30 if below - y > LONG else (y + below) / 2 + 4, arrow.says)


def _label(x: float, y: float, words: str, anchor: str = "start") -> str:
    left = x - 3 if anchor == "start" else x - GLYPH * len(words) / 2
    return (
        f'<rect class="paper" x="{left:g}" y="{y - 11:g}" width="{GLYPH * len(words) + 4:g}" height="15" '
        f'fill-opacity="0.75" rx="3"/>' + _text(x, y, words, "faint", anchor)
    )


def _points(
    source: str, target: str, arrows: Sequence[Arrow], boxes: Mapping[str, Placed]
) -> list[tuple[float, float]]:
    """Go straight down where that leads there, else by way of the middle between the two; or to the side."""
    one, other = boxes[source], boxes[target]
    top, bottom = max(one.y, other.y), min(one.y + one.height, other.y + other.height)
    if top < bottom:
        y = (top + bottom) / 2
        if one.x > other.x:
            return [(one.x, y), (other.x + other.width, y)]
        return [(one.x + one.width, y), (other.x, y)]
    end = _entry(source, target, arrows, boxes)
    start = min(max(end, one.x + PAD), one.x + one.width - PAD)
    below, above = one.y + one.height, other.y
    if abs(start - end) < 1:
        return [(end, below), (end, above)]
    turn = (below + above) / 2 if above - below < LONG else above - 22
    return [(start, below), (start, turn), (end, turn), (end, above)]


def _entry(source: str, target: str, arrows: Sequence[Arrow], boxes: Mapping[str, Placed]) -> float:
    """Where an arrow comes in: those to the same box side by side, in the order in which they come."""
    box = boxes[target]
    coming = sorted({it.source for it in arrows if it.target == target}, key=lambda key: boxes[key].x)
    return box.x + box.width * (coming.index(source) + 1) / (len(coming) + 1)
