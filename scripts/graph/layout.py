"""Layout of nested boxes: arithmetic on rectangles, without drawing.

It is written by hand because layout engines such as Graphviz can't place one box over the subnets of several
zones, and would be one more program to install.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Style: TypeAlias = Literal[
    "edge", "guard", "network", "zone", "public", "private", "compute", "storage", "watch"
]
"""Class of a box, which decides its color."""

PAD: Final = 14
"""Pixels between the border of a box and its content."""

GAP: Final = 20
"""Pixels between two boxes that no edge connects."""

TITLE: Final = 20
"""Height of a title, in pixels."""

LINE_HEIGHT: Final = 16
"""Height of a line below the title, in pixels."""

CHARACTER_WIDTH: Final = 6.4
"""Mean width in pixels of a 12 px character in the fonts that browsers use for `system-ui`, rounded up."""

TITLE_CHARACTER_WIDTH: Final = 7.7
"""Mean width in pixels of a character of a title, which is bold and has 13 px."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """Box with a title and lines of text."""

    key: str
    title: str
    lines: tuple[str, ...] = ()
    style: Style


@dataclass(frozen=True, kw_only=True)
class Container:
    """Elements in a row or a column, with a frame around them if it has a style."""

    key: str = ""
    title: str = ""
    style: Style | None = None
    children: tuple[Element, ...]
    flow: Literal["row", "column"] = "column"
    gap: int = GAP


@dataclass(frozen=True, kw_only=True)
class SubnetTier:
    """Subnets of one kind, one in each zone, and the element that spans them."""

    style: Style
    subnets: tuple[str, ...]
    """Their labels, zone by zone."""
    content: Element


@dataclass(frozen=True, kw_only=True)
class ZoneColumns:
    """Availability zones side by side, across which the subnet tiers extend."""

    names: tuple[str, ...]
    rows: tuple[SubnetTier, ...]
    gap: int


Element: TypeAlias = Node | Container | ZoneColumns


@dataclass(frozen=True, kw_only=True)
class PlacedBox:
    """Box with its position, in pixels from the upper left."""

    key: str
    title: str
    lines: tuple[str, ...]
    style: Style
    x: float
    y: float
    width: float
    height: float
    is_frame: bool
    """True if it contains other boxes."""


def height(element: Element) -> float:
    """Return the height of an element, in pixels."""
    match element:
        case Node():
            return 2 * PAD + TITLE + LINE_HEIGHT * len(element.lines) - 6
        case Container(flow="row"):
            return _frame(element) + max(map(height, element.children))
        case Container():
            inside = sum(map(height, element.children)) + element.gap * (len(element.children) - 1)
            return _frame(element) + inside
        case ZoneColumns():
            return (
                2 * PAD + TITLE + sum(map(_row_height, element.rows)) + element.gap * (len(element.rows) - 1)
            )


def minimum_width(element: Element) -> float:
    """Return the minimum width of an element, in pixels."""
    match element:
        case Node():
            lines = [CHARACTER_WIDTH * len(line) for line in element.lines]
            return 2 * PAD + max(TITLE_CHARACTER_WIDTH * len(element.title), *lines, 0)
        case Container(flow="row"):
            inside = sum(map(minimum_width, element.children)) + element.gap * (len(element.children) - 1)
            return inside + (2 * PAD if element.style else 0)
        case Container():
            return max(map(minimum_width, element.children)) + (2 * PAD if element.style else 0)
        case ZoneColumns():
            content = max(minimum_width(row.content) for row in element.rows) + 6 * PAD
            label = CHARACTER_WIDTH * max(len(name) for row in element.rows for name in row.subnets) + 3 * PAD
            # Edges run down the middle, where an odd number of zones has the label of one.
            each = label * (2 if len(element.names) % 2 else 1)
            return max(content, each * len(element.names) + GAP * (len(element.names) - 1))


def place_boxes(
    element: Element, x: float, y: float, width: float, minimum_height: float | None = None
) -> Iterator[PlacedBox]:
    """Yield the boxes of an element with their positions, the outer ones first.

    Args:
        element: the element to place.
        x: position of its left border.
        y: position of its upper border.
        width: its width.
        minimum_height: its height; None: the height that it needs.
    """
    total_height = minimum_height or height(element)
    match element:
        case Node():
            yield _placed(
                element.key, element.title, element.lines, element.style, (x, y, width, total_height)
            )
        case Container():
            if element.style:
                yield _placed(
                    element.key, element.title, (), element.style, (x, y, width, total_height), is_frame=True
                )
                x, width, y = x + PAD, width - 2 * PAD, y + PAD + TITLE
            yield from (_row if element.flow == "row" else _column)(
                element, x, y, width, total_height - _frame(element)
            )
        case ZoneColumns():
            yield from _zones(element, x, y, width)


def _row(group: Container, x: float, y: float, width: float, total_height: float) -> Iterator[PlacedBox]:
    minimum_widths = [minimum_width(child) for child in group.children]
    spare = (width - sum(minimum_widths) - group.gap * (len(minimum_widths) - 1)) / len(minimum_widths)
    for child, own in zip(group.children, minimum_widths, strict=True):
        yield from place_boxes(child, x, y, own + spare, total_height)
        x += own + spare + group.gap


def _column(group: Container, x: float, y: float, width: float, total_height: float) -> Iterator[PlacedBox]:
    own = [height(child) for child in group.children]
    spare = (total_height - sum(own)) / max(len(own) - 1, 1)
    for child, box_height in zip(group.children, own, strict=True):
        yield from place_boxes(child, x, y, width, total_height if len(own) == 1 else box_height)
        y += box_height + spare


def _zones(zones: ZoneColumns, x: float, y: float, width: float) -> Iterator[PlacedBox]:
    each = (width - GAP * (len(zones.names) - 1)) / len(zones.names)
    columns = [x + index * (each + GAP) for index in range(len(zones.names))]
    for name, left in zip(zones.names, columns, strict=True):
        yield _placed("", name, (), "zone", (left, y, each, height(zones)), is_frame=True)
    top = y + PAD + TITLE
    for row in zones.rows:
        box_height = _row_height(row)
        for name, left in zip(row.subnets, columns, strict=True):
            yield _placed("", name, (), row.style, (left + 8, top, each - 16, box_height), is_frame=True)
        # Drawn after the subnets, and so above them.
        yield from place_boxes(row.content, x + 2 * PAD, top + PAD + TITLE, width - 4 * PAD)
        top += box_height + zones.gap


def _row_height(row: SubnetTier) -> float:
    return 2 * PAD + TITLE + height(row.content)


def _frame(group: Container) -> float:
    return 2 * PAD + TITLE if group.style else 0


def _placed(
    key: str,
    title: str,
    lines: Sequence[str],
    style: Style,
    at: tuple[float, float, float, float],
    *,
    is_frame: bool = False,
) -> PlacedBox:
    x, y, width, total_height = at
    return PlacedBox(
        key=key,
        title=title,
        lines=tuple(lines),
        style=style,
        x=x,
        y=y,
        width=width,
        height=total_height,
        is_frame=is_frame,
    )
