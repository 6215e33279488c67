"""Boxes in boxes, and where they come to lie: arithmetic on rectangles, no drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Look: TypeAlias = Literal[
    "edge", "guard", "network", "zone", "public", "private", "compute", "storage", "watch"
]
"""What colours a box."""

PAD: Final = 14
"""Pixels between the edge of a box and what it holds."""

GAP: Final = 20
"""Pixels between two boxes that belong together."""

TITLE: Final = 20
LINE: Final = 16
"""Heights of a title and of a line below it."""

GLYPH: Final = 6.4
"""Mean width of a letter of 12 pixels in the fonts that browsers take for `system-ui`, with some room."""


TITLE_GLYPH: Final = 7.7
"""The same of the 13 pixels, and bold, of a title."""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A thing with a name."""

    key: str
    title: str
    lines: tuple[str, ...] = ()
    look: Look


@dataclass(frozen=True, kw_only=True)
class Group:
    """Things side by side or one below the other, with a frame around them where it has a look."""

    key: str = ""
    title: str = ""
    look: Look | None = None
    children: tuple[Part, ...]
    flow: Literal["row", "column"] = "column"
    gap: int = GAP


@dataclass(frozen=True, kw_only=True)
class Tier:
    """One kind of subnet in every zone, and what spans them."""

    look: Look
    subnets: tuple[str, ...]
    """What each is called, zone by zone."""
    holds: Part


@dataclass(frozen=True, kw_only=True)
class Zones:
    """Zones side by side, of which each tier has a subnet in every one."""

    names: tuple[str, ...]
    tiers: tuple[Tier, ...]
    gap: int


Part: TypeAlias = Leaf | Group | Zones


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A box with its place, in pixels from the upper left."""

    key: str
    title: str
    lines: tuple[str, ...]
    look: Look
    x: float
    y: float
    width: float
    height: float
    is_frame: bool
    """Whether others lie in it."""


def height(part: Part) -> float:
    """Say how high a box is."""
    match part:
        case Leaf():
            return 2 * PAD + TITLE + LINE * len(part.lines) - 6
        case Group(flow="row"):
            return _frame(part) + max(map(height, part.children))
        case Group():
            inside = sum(map(height, part.children)) + part.gap * (len(part.children) - 1)
            return _frame(part) + inside
        case Zones():
            return 2 * PAD + TITLE + sum(map(_tier_height, part.tiers)) + part.gap * (len(part.tiers) - 1)


def narrowest(part: Part) -> float:
    """Say how wide a box is at least."""
    match part:
        case Leaf():
            words = [GLYPH * len(line) for line in part.lines]
            return 2 * PAD + max(TITLE_GLYPH * len(part.title), *words, 0)
        case Group(flow="row"):
            inside = sum(map(narrowest, part.children)) + part.gap * (len(part.children) - 1)
            return inside + (2 * PAD if part.look else 0)
        case Group():
            return max(map(narrowest, part.children)) + (2 * PAD if part.look else 0)
        case Zones():
            held = max(narrowest(tier.holds) for tier in part.tiers) + 6 * PAD
            label = GLYPH * max(len(name) for tier in part.tiers for name in tier.subnets) + 3 * PAD
            # Arrows lead down the middle, which of an odd number of zones is a zone's own.
            each = label * (2 if len(part.names) % 2 else 1)
            return max(held, each * len(part.names) + GAP * (len(part.names) - 1))


def place(part: Part, x: float, y: float, width: float, stretched: float | None = None) -> Iterator[Placed]:
    """Put a box at a place, and all that it holds inside; what lies below comes first.

    Args:
        part: the box.
        x: of its left edge.
        y: of its upper edge.
        width: that it fills.
        stretched: the height that it fills, where that is more than its own.
    """
    tall = stretched or height(part)
    match part:
        case Leaf():
            yield _placed(part.key, part.title, part.lines, part.look, (x, y, width, tall))
        case Group():
            if part.look:
                yield _placed(part.key, part.title, (), part.look, (x, y, width, tall), is_frame=True)
                x, width, y = x + PAD, width - 2 * PAD, y + PAD + TITLE
            yield from (_row if part.flow == "row" else _column)(part, x, y, width, tall - _frame(part))
        case Zones():
            yield from _zones(part, x, y, width)


def _row(group: Group, x: float, y: float, width: float, tall: float) -> Iterator[Placed]:
    least = [narrowest(child) for child in group.children]
    spare = (width - sum(least) - group.gap * (len(least) - 1)) / len(least)
    for child, own in zip(group.children, least, strict=True):
        yield from place(child, x, y, own + spare, tall)
        x += own + spare + group.gap


def _column(group: Group, x: float, y: float, width: float, tall: float) -> Iterator[Placed]:
    own = [height(child) for child in group.children]
    spare = (tall - sum(own)) / max(len(own) - 1, 1)
    for child, high in zip(group.children, own, strict=True):
        yield from place(child, x, y, width, tall if len(own) == 1 else high)
        y += high + spare


def _zones(zones: Zones, x: float, y: float, width: float) -> Iterator[Placed]:
    each = (width - GAP * (len(zones.names) - 1)) / len(zones.names)
    columns = [x + index * (each + GAP) for index in range(len(zones.names))]
    for name, left in zip(zones.names, columns, strict=True):
        yield _placed("", name, (), "zone", (left, y, each, height(zones)), is_frame=True)
    top = y + PAD + TITLE
    for tier in zones.tiers:
        high = _tier_height(tier)
        for name, left in zip(tier.subnets, columns, strict=True):
            yield _placed("", name, (), tier.look, (left + 8, top, each - 16, high), is_frame=True)
        # What spans the zones lies above all of them.
        yield from place(tier.holds, x + 2 * PAD, top + PAD + TITLE, width - 4 * PAD)
        top += high + zones.gap


def _tier_height(tier: Tier) -> float:
    return 2 * PAD + TITLE + height(tier.holds)


def _frame(group: Group) -> float:
    return 2 * PAD + TITLE if group.look else 0


def _placed(
    key: str,
    title: str,
    lines: Sequence[str],
    look: Look,
    at: tuple[float, float, float, float],
    *,
    is_frame: bool = False,
) -> Placed:
    x, y, width, tall = at
    return Placed(
        key=key,
        title=title,
        lines=tuple(lines),
        look=look,
        x=x,
        y=y,
        width=width,
        height=tall,
        is_frame=is_frame,
    )
