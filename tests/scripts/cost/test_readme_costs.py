from __future__ import annotations

import json
import re

from click.testing import CliRunner

from scripts.cli import main
from scripts.cost.cli import readme
from scripts.cost.output.charts import draw_chart

NUMBER = re.compile(r"-?\d+\.\d+")


def rounded(drawing: str) -> str:
    """Return the drawing with rounded numbers, since machines differ in the last digits."""
    return NUMBER.sub(lambda number: f"{float(number[0]):.1f}", drawing)


def test_the_readme_s_section_has_the_current_costs():
    text = (readme.PROJECT / "README.md").read_text(encoding="utf-8")
    assert readme.cost_section(readme.example_comparison()) in text, (
        "the figures have changed: run `make cost`"
    )


def test_the_readme_s_chart_is_current():
    drawn = draw_chart("peak", readme.example_comparison(), "en", "svg").decode()
    assert rounded(readme.CHART.read_text(encoding="utf-8")) == rounded(drawn), "run `make cost`"


def test_the_fleet_and_the_function_cross_where_the_readme_says():
    found = readme.example_comparison()
    assert (
        0.01 < readme.function_break_even(found, "rest") < readme.function_break_even(found, "http") < 10_000
    )


def test_the_spanish_example_of_a_peak_costs_more_on_one_big_machine_than_on_a_fleet():
    text = (readme.PROJECT / "README.es.md").read_text(encoding="utf-8")
    (options,) = re.findall(r'make cost ARGS="(.* --show vertical)"', text)
    result = CliRunner().invoke(main, ["cost", *options.split(), "--format", "json"])
    one, fleet = json.loads(result.stdout)["vertical"]["rows"]
    assert (one["machines"], one["lost if one fails"]) == ("1", 1.0)
    assert float(one["USD per month"]) > 2 * float(fleet["USD per month"])
    assert one["paid but unused"] > fleet["paid but unused"]
