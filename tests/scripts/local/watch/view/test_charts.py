"""Charts as SVG."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from scripts.local.watch.view.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Chart,
    Line,
    draw,
    round_maximum,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def chart(
    *values: tuple[float, float | None],
    target: Sequence[tuple[float, float | None]] = (),
    steps: bool = False,
) -> str:
    drawn = Chart(
        title="Demand: <b>",
        lines=[Line(style="one", values=values)],
        number=lambda value: f"{value:g}",
        least=1.0,
        target=target,
        steps=steps,
        ago="5 min ago",
        now="now",
    )
    return str(draw(drawn, 300.0, 300.0))


def paths(svg: str, style: str) -> list[str]:
    return re.findall(rf'<path class="(?:line )?{style}" d="([^"]*)"/>', svg)


@pytest.mark.parametrize(
    ("value", "maximum"),
    [(0.7, 0.8), (1, 1), (1.2, 2), (3, 4), (4.1, 6), (60, 60), (7, 8), (81, 100), (0.03, 0.04)],
)
def test_an_axis_ends_with_a_round_number(value: float, maximum: float):
    assert round_maximum(value) == pytest.approx(maximum)


def test_a_line_goes_from_the_left_to_the_right_and_from_zero_to_the_maximum():
    (path,) = paths(chart((0.0, 0.0), (300.0, 100.0)), "one")
    assert path == f"M{LEFT:.1f} {HEIGHT - BOTTOM:.1f}L{WIDTH - RIGHT:.1f} {TOP:.1f}"


def test_a_missing_value_interrupts_the_line():
    assert len(paths(chart((0.0, 1.0), (100.0, None), (200.0, 1.0), (300.0, 1.0)), "one")) == 2


def test_a_number_of_instances_holds_until_the_next_one():
    (path,) = paths(chart((0.0, 1.0), (300.0, 2.0), steps=True), "one")
    assert re.fullmatch(r"M[\d.]+ [\d.]+H[\d.]+V[\d.]+", path)


def test_a_target_is_drawn_where_it_does_not_flatten_the_data():
    values = (0.0, 50.0), (300.0, 100.0)
    near, far = [(0.0, 40.0), (300.0, 120.0)], [(0.0, 24_000.0), (150.0, 24_000.0), (300.0, 120.0)]
    (path,) = paths(chart(*values, target=near), "target")
    assert re.fullmatch(r"M[\d.]+ [\d.]+H[\d.]+V[\d.]+", path)
    (path,) = paths(chart(*values, target=far), "target")
    assert path.startswith(f"M{WIDTH - RIGHT:.1f} ")


def test_a_chart_is_well_formed_and_its_texts_are_escaped():
    root = ET.fromstring(chart((0.0, 1.0), target=[(0.0, 2.0)]))  # noqa: S314 - our own
    assert root.attrib["aria-label"] == "Demand: <b>"
    assert root.attrib["role"] == "img"


def test_a_chart_without_data_has_axes():
    assert re.findall(r">([^<]+)</text>", chart()) == ["0", "0.5", "1", "5 min ago", "now"]
