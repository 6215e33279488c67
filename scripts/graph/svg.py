"""SVG of boxes and edges, readable on a light and on a dark background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from scripts.graph.layout import (
    CHARACTER_WIDTH,
    LINE_HEIGHT,
    PAD,
    PlacedBox,
    height,
    minimum_width,
    place_boxes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scripts.graph.edges import Edge
    from scripts.graph.layout import Element, Style

MARGIN: Final = 16
"""Pixels around the diagram."""

LONG_EDGE: Final = 75
"""Length in pixels from which an edge passes through other boxes."""

COLORS: Final[Mapping[Style, tuple[str, str]]] = {
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
"""Style -> its color on a light and on a dark background."""

CSS: Final = """\
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


def draw_svg(root: Element, edges: Sequence[Edge], title: str) -> str:
    """Draw boxes and edges; the same input gives the same text.

    Args:
        root: the outermost element.
        edges: edges between boxes of the root, by their keys.
        title: the text alternative for screen readers.
    """
    width, total_height = minimum_width(root), height(root)
    placed = list(place_boxes(root, MARGIN, MARGIN, width))
    by_key = {box.key: box for box in placed if box.key}
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" '
            f'viewBox="0 0 {width + 2 * MARGIN:g} {total_height + 2 * MARGIN:g}" '
            f'width="{width + 2 * MARGIN:g}">'
        ),
        f"<title>{escape(title)}</title>",
        f"<style>\n{_css()}\n</style>",
        (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto"><path class="tip" d="M0 0.8 L8 4 L0 7.2 Z"/></marker></defs>'
        ),
        '<rect class="paper" width="100%" height="100%"/>',
        *(line for box in placed if box.is_frame for line in _box(box)),
        *_edge_paths(edges, by_key),
        *(line for box in placed if not box.is_frame for line in _box(box)),
        *_edge_labels(edges, by_key),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _css() -> str:
    def colors(index: int) -> str:
        return "\n".join(
            f".{style} {{ stroke: {pair[index]}; }} .{style}.frame {{ fill: {pair[index]}; }}"
            for style, pair in COLORS.items()
        )

    return CSS.format(light=colors(0), dark=colors(1))


def _box(box: PlacedBox) -> Iterator[str]:
    kind = "frame" if box.is_frame else "box"
    yield (
        f'<rect class="{box.style} {kind}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="{6 if box.is_frame else 8}"/>'
    )
    if box.is_frame:
        yield _text(box.x + 10, box.y + PAD + 4, box.title, "faint")
        return
    middle = box.x + box.width / 2
    top = box.y + (box.height - LINE_HEIGHT * len(box.lines)) / 2 + 4
    yield _text(middle, top, box.title, "ink title", "middle")
    for number, line in enumerate(box.lines, start=1):
        yield _text(middle, top + LINE_HEIGHT * number, line, "faint", "middle")


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    return f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _edge_paths(edges: Sequence[Edge], boxes: Mapping[str, PlacedBox]) -> Iterator[str]:
    for edge in dict.fromkeys((edge.source, edge.target) for edge in edges):
        points = _edge_points(*edge, edges, boxes)
        path = " L".join(f"{x:g} {y:g}" for x, y in points)
        yield f'<path class="way" d="M{path}" marker-end="url(#tip)"/>'


def _edge_labels(edges: Sequence[Edge], boxes: Mapping[str, PlacedBox]) -> Iterator[str]:
    for edge in edges:
        if not edge.label:
            continue
        points = _edge_points(edge.source, edge.target, edges, boxes)
        (x, y), (end, below) = points[0], points[1]
        if y == below:
            yield _label((x + end) / 2, y - 8, edge.label, "middle")
        elif len(points) > 2:  # noqa: PLR2004 (with a bend; the label is on the horizontal part, or after it)
            across = points[2][0]
            if abs(across - x) > CHARACTER_WIDTH * len(edge.label):
                yield _label((x + across) / 2, below + 4, edge.label, "middle")
            else:
                yield _label(across + 8, below + 14, edge.label)
        else:
            # A long edge passes the titles of other boxes, so its label is where it begins.
            yield _label(x + 8, y + 30 if below - y > LONG_EDGE else (y + below) / 2 + 4, edge.label)


def _label(x: float, y: float, text: str, anchor: str = "start") -> str:
    left = x - 3 if anchor == "start" else x - CHARACTER_WIDTH * len(text) / 2
    width = CHARACTER_WIDTH * len(text) + 4
    return (
        f'<rect class="paper" x="{left:g}" y="{y - 11:g}" width="{width:g}" height="15" '
        f'fill-opacity="0.75" rx="3"/>' + _text(x, y, text, "faint", anchor)
    )


def _edge_points(
    source: str, target: str, edges: Sequence[Edge], boxes: Mapping[str, PlacedBox]
) -> list[tuple[float, float]]:
    """Return the corners of an edge: straight to the side or down, or with a horizontal part."""
    one, other = boxes[source], boxes[target]
    top, bottom = max(one.y, other.y), min(one.y + one.height, other.y + other.height)
    if top < bottom:
        y = (top + bottom) / 2
        if one.x > other.x:
            return [(one.x, y), (other.x + other.width, y)]
        return [(one.x + one.width, y), (other.x, y)]
    end = _entry_x(source, target, edges, boxes)
    start = min(max(end, one.x + PAD), one.x + one.width - PAD)
    below, above = one.y + one.height, other.y
    if abs(start - end) < 1:
        return [(end, below), (end, above)]
    turn = (below + above) / 2 if above - below < LONG_EDGE else above - 22
    return [(start, below), (start, turn), (end, turn), (end, above)]


def _entry_x(source: str, target: str, edges: Sequence[Edge], boxes: Mapping[str, PlacedBox]) -> float:
    """Return the x position at which an edge enters its target; all edges of a target are evenly spaced."""
    box = boxes[target]
    sources = sorted({it.source for it in edges if it.target == target}, key=lambda key: boxes[key].x)
    return box.x + box.width * (sources.index(source) + 1) / (len(sources) + 1)
