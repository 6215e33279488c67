from __future__ import annotations

import re

from scripts.cost.cli import readme
from scripts.cost.output.charts import draw

NUMBER = re.compile(r"-?\d+\.\d+")


def rounded(drawing: str) -> str:
    """Take the last digits off, in which machines differ."""
    return NUMBER.sub(lambda number: f"{float(number[0]):.1f}", drawing)


def test_the_section_on_costs_is_what_make_cost_finds():
    text = (readme.PROJECT / "README.md").read_text(encoding="utf-8")
    assert readme.section(readme.example()) in text, "the figures have changed: run `make cost`"


def test_the_chart_is_what_make_cost_draws():
    drawn = draw("peak", readme.example(), "en", "svg").decode()
    assert rounded(readme.CHART.read_text(encoding="utf-8")) == rounded(drawn), "run `make cost`"


def test_the_fleet_and_the_function_cross_where_the_readme_says():
    found = readme.example()
    assert 0.01 < readme.cheaper_below(found, "rest") < readme.cheaper_below(found, "http") < 10_000
