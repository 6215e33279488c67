"""Charts of a comparison: what their texts say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scripts.cost.cli.readme import example_comparison
from scripts.cost.output.charts import svg_element

if TYPE_CHECKING:
    from scripts.cost.comparison.comparison import CostComparison


@pytest.fixture(scope="module")
def comparison() -> CostComparison:
    return example_comparison()


def texts(comparison: CostComparison, name: str) -> list[str]:
    """Return the texts of a chart."""
    drawn = svg_element(name, comparison, "en")  # pyright: ignore[reportArgumentType] (the caller's name)
    return re.findall(r"<text[^>]*>([^<]+)</text>", drawn)


def test_the_costs_of_the_types_have_the_range_of_the_capacity(comparison: CostComparison):
    capacity = comparison.scenario.capacity
    best = comparison.candidates[0]
    low, high = comparison.instance_usd_range(best)
    assert low > best.running.usd > high
    shown = texts(comparison, "sizes")
    assert f"{best.running.usd:,.2f}" in shown
    assert (
        f"Range of the capacity: {capacity.lowest:,.0f} - {capacity.highest:,.0f} requests per second"
        in shown
    )


def test_the_axis_of_the_sensitivity_has_an_unsigned_zero_and_a_legend(comparison: CostComparison):
    shown = texts(comparison, "sensitivity")
    assert "0 %" in shown
    assert "+0 %" not in shown
    assert f"fleet: {comparison.fleet.usd:,.2f} USD" in shown
    assert f"function: {comparison.function.usd:,.2f} USD" in shown
