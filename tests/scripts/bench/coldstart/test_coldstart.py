"""`iris bench coldstart`: real measurements, but only two of each handler."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scripts.bench.coldstart import coldstart_chart
from scripts.bench.coldstart.coldstart_results import ColdStartComparison, ColdStartResult
from scripts.bench.coldstart.process_start import ColdStart
from scripts.bench.measurement_conditions import MeasurementConditions
from scripts.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    output = tmp_path_factory.mktemp("bench")
    arguments = ["bench", "coldstart", "--runs", "2", "--output", str(output), "--format", "json"]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    return json.loads(result.stdout), output


def test_it_measures_all_and_keeps_every_run(measured: tuple[dict[str, Any], Path]):
    output_json, _ = measured
    assert set(output_json["results"]) == {"empty", "ours", "framework", "tutorial"}
    for result in output_json["results"].values():
        assert len(result["each_cold_ms"]) == output_json["runs"] == 2
        assert 0 < result["cold_ms"]["minimum"] <= result["cold_ms"]["median"] <= result["cold_ms"]["maximum"]
    medians = {name: result["cold_ms"]["median"] for name, result in output_json["results"].items()}
    # The median of two is their mean, which a pause of the machine in either of them changes.
    quickest = {name: result["cold_ms"]["minimum"] for name, result in output_json["results"].items()}
    assert quickest["empty"] < quickest["framework"] < quickest["tutorial"]
    assert quickest["ours"] < quickest["framework"]
    assert output_json["share_of_the_tutorial"] == pytest.approx(
        medians["ours"] / medians["tutorial"], abs=1e-4
    )
    assert output_json["over_empty"] == pytest.approx(medians["ours"] / medians["empty"], abs=1e-4)
    warm = {name: result["warm_us"]["median"] for name, result in output_json["results"].items()}
    assert output_json["quicker_when_warm"] == pytest.approx(warm["framework"] / warm["ours"], abs=0.01)


def test_ours_imports_less_than_half_of_the_modules(measured: tuple[dict[str, Any], Path]):
    results = measured[0]["results"]
    assert results["ours"]["modules"] < results["tutorial"]["modules"] / 2


def test_the_conditions_are_in_the_output(measured: tuple[dict[str, Any], Path]):
    conditions = measured[0]["conditions"]
    assert {"fastapi", "mangum", "scikit-learn"} <= set(conditions["versions"])
    for key in ("date", "processor", "processors", "system", "python"):
        assert conditions[key]


def test_figures_and_chart_are_in_the_folder(measured: tuple[dict[str, Any], Path]):
    output_json, output = measured
    assert json.loads((output / "coldstart.json").read_text()) == output_json
    assert (output / "coldstart.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (output / "coldstart.svg").read_bytes()[:2_000]
    assert len(list(output.iterdir())) == 3


def test_an_unwritable_folder_is_reported_in_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    arguments = ["bench", "coldstart", "--runs", "2", "--output", str(tmp_path / "file" / "bench")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: Cannot write to ")


def comparison(**medians: float) -> ColdStartComparison:
    """Return a comparison of handlers with these medians in milliseconds."""

    def result(median: float) -> ColdStartResult:
        return ColdStartResult.of(
            [ColdStart(cold_ms=median + off, warm_us=100, modules=10) for off in (-5, 0, 5)]
        )

    conditions = MeasurementConditions(
        date="2026-01-31T12:00:00Z",
        processor="A processor",
        processors=2,
        load=0.5,
        system="Linux",
        python="3.13.0",
        versions={"fastapi": "1.0"},
        commit="0123456789ab",
    )
    return ColdStartComparison(
        conditions=conditions, runs=3, results={name: result(ms) for name, ms in medians.items()}
    )


def draw_chart(given: ColdStartComparison, form: str) -> bytes:
    file = io.BytesIO()
    coldstart_chart.draw(given, file, form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_same_figures_are_drawn_as_the_same_bytes_and_others_are_not(form: str):
    one = draw_chart(comparison(empty=20, ours=30, framework=300, tutorial=1500), form)
    assert draw_chart(comparison(empty=20, ours=30, framework=300, tutorial=1500), form) == one
    assert draw_chart(comparison(empty=20, ours=40, framework=300, tutorial=1500), form) != one
