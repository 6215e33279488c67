"""Sparklines: a value over time as a row of characters."""

from __future__ import annotations

import pytest

from scripts.local.watch.terminal.sparkline import ASCII, BLOCKS, levels_for, sparkline


def drawn(values: list[tuple[float, float | None]], *, columns: int = 8, levels: str = BLOCKS) -> str:
    return sparkline(values, columns=columns, end=7.0, seconds=8.0, maximum=70.0, levels=levels)


def test_values_rise_from_the_lowest_to_the_highest_character():
    assert drawn([(float(second), 10.0 * second) for second in range(8)]) == "▁▂▃▄▅▆▇█"
    assert drawn([(float(second), 10.0 * second) for second in range(8)], levels=ASCII) == "_.-:=+*#"


def test_only_nothing_looks_like_nothing():
    assert drawn([(6.0, 0.001), (7.0, 0.0)])[-2:] == "▂▁"


def test_a_column_shows_the_largest_of_its_values():
    assert drawn([(float(second), 10.0 * second) for second in range(8)], columns=2) == "▄█"


def test_an_unknown_value_and_a_time_before_the_first_one_are_blank():
    assert drawn([(5.0, 70.0), (6.0, None), (7.0, 70.0)]) == "     █ █"


def test_what_is_older_than_the_chart_or_beyond_its_maximum_breaks_nothing():
    assert drawn([(-3.0, 70.0), (7.0, 700.0)]) == "       █"


@pytest.mark.parametrize(
    ("encoding", "levels"), [("utf-8", BLOCKS), ("cp437", ASCII), ("iso-8859-1", ASCII), ("ascii", ASCII)]
)
def test_an_encoding_without_blocks_gets_ascii(encoding: str, levels: str):
    assert levels_for(encoding) == levels
