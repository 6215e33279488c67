"""`iris bench service`: real measurements, but only for a second."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from scripts.bench.measurement_conditions import MeasurementConditions
from scripts.bench.serving import serving_chart
from scripts.bench.serving.rounds import BenchPlan
from scripts.bench.serving.server_candidates import CANDIDATES
from scripts.bench.serving.serving_report import ServingReport
from scripts.bench.serving.serving_results import ServingResult
from scripts.bench.serving.virtual_environments import REQUIREMENTS, version_of
from scripts.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

OURS = (116, 73, 195)
OTHERS = (204, 210, 216)
"""Colours of the bars on white."""

needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")


def result(to_floor: float) -> ServingResult:
    return ServingResult(
        requests_per_second=40_000 * to_floor,
        to_floor=to_floor,
        p50_ms=1,
        p99_ms=2,
        p99_to_floor=1,
        flowers_per_second=40_000 * to_floor,
        failed=0,
        each_to_floor=(to_floor,),
    )


REPORT = ServingReport(
    conditions=MeasurementConditions(
        date="2026-01-31T12:00:00Z",
        processor="A processor",
        processors=2,
        load=0.1,
        system="Linux",
        python="3.11.7",
        versions={"uvicorn": "0.54.0"},
        commit="0123456789ab",
    ),
    plan=BenchPlan(rounds=3, seconds=2, connections=32, server_cores=(0,), client_cores=(1,)),
    results={"floor": {"one": result(1)}, "ours": {"one": result(0.9)}, "tutorial": {"one": result(0.05)}},
    pss_megabytes={"floor": 20, "ours": 40, "tutorial": 140},
    absent={},
    versions={},
    workers={1: 30_000, 2: 40_000},
)


@needs_wrk
def test_it_measures_the_floor_and_a_server_and_writes_figures_and_chart(tmp_path: Path):
    words = ["bench", "service", "--rounds", "1", "--seconds", "1", "--only", "stock"]
    result_of_command = CliRunner().invoke(
        main, [*words, "--output", str(tmp_path), "--format", "json"], catch_exceptions=False
    )
    output_json: dict[str, Any] = json.loads(result_of_command.stdout)
    # This service is measured in every run, and the floor is the reference itself.
    assert set(output_json["results"]) == {"floor", "ours", "stock"}
    assert {kind["to_floor"] for kind in output_json["results"]["floor"].values()} == {1}
    assert output_json["versions"] == {"stock": version("fastapi")}
    stock = output_json["results"]["stock"]["one"]
    assert stock["requests_per_second"] > 0
    assert 0 < stock["to_floor"] < 1
    assert output_json["pss_megabytes"]["stock"] > output_json["pss_megabytes"]["floor"]
    assert json.loads((tmp_path / "service.json").read_text()) == output_json
    assert (tmp_path / "service.png").read_bytes().startswith(b"\x89PNG")


@needs_wrk
def test_a_second_model_with_13_features_is_measured_beside_the_tutorial(tmp_path: Path):
    words = ["bench", "service", "--data", "wine", "--rounds", "1", "--seconds", "1"]
    result_of_command = CliRunner().invoke(
        main, [*words, "--output", str(tmp_path), "--format", "json"], catch_exceptions=False
    )
    output_json: dict[str, Any] = json.loads(result_of_command.stdout)
    assert set(output_json["results"]) == {"floor", "ours", "tutorial"}
    ours, tutorial = output_json["results"]["ours"]["one"], output_json["results"]["tutorial"]["one"]
    assert ours["requests_per_second"] > tutorial["requests_per_second"] > 0
    assert (ours["failed"], tutorial["failed"]) == (0, 0)
    assert json.loads((tmp_path / "wine.json").read_text()) == output_json
    assert (tmp_path / "wine.png").read_bytes().startswith(b"\x89PNG")


def test_other_servers_have_no_model_of_wine():
    result_of_command = CliRunner().invoke(main, ["bench", "service", "--data", "wine", "--only", "ray"])
    assert result_of_command.exit_code == 2
    assert "--data wine is served by ours and the tutorial only." in result_of_command.stderr


def test_without_the_load_generator_the_error_tells_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    result_of_command = CliRunner().invoke(main, ["bench", "service"])
    assert result_of_command.exit_code == 1
    assert result_of_command.stderr.count("\n") == 1
    assert "apt-get install wrk" in result_of_command.stderr


def test_the_chart_is_the_same_for_the_same_figures():
    drawn: list[bytes] = []
    for _ in range(2):
        file = io.BytesIO()
        serving_chart.draw(REPORT, file, "svg")
        drawn.append(file.getvalue())
    assert drawn[0] == drawn[1]
    assert b"<svg" in drawn[0][:2_000]


def test_the_versions_of_other_servers_are_those_of_their_pinned_environments():
    peers = [it for it in CANDIDATES if it.distribution and it.name != "stock"]
    assert [it.name for it in peers] == ["mlserver", "litserve", "bentoml", "ray"]
    for peer in peers:
        pinned = (REQUIREMENTS / f"{peer.name}.txt").read_text()
        assert f"\n{peer.distribution}=={version_of(peer.distribution)} " in pinned


def test_the_chart_shows_the_version_after_the_name():
    report = replace(REPORT, versions={"tutorial": "1.2.3"})
    assert report.label("tutorial") == "Tutorial 1.2.3"
    assert report.label("ours") == "Ours"
    plain, versioned = io.BytesIO(), io.BytesIO()
    serving_chart.draw(REPORT, plain, "svg")
    serving_chart.draw(report, versioned, "svg")
    assert plain.getvalue() != versioned.getvalue()


def longest_run(drawn: npt.NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    """Return the length of the longest run of pixels of about one colour."""
    alike = np.full(drawn.shape[:2], fill_value=True)
    for channel, value in enumerate(colour):
        alike &= np.abs(drawn[:, :, channel].astype(int) - value) <= 3
    return max(len(run) for run in alike.tobytes().split(b"\0"))


@pytest.mark.parametrize("share", [0.5, 1.5])
def test_the_length_of_a_bar_is_proportional_to_its_ratio(share: float):
    file = io.BytesIO()
    serving_chart.draw(
        replace(REPORT, results={**REPORT.results, "ours": {"one": result(share)}}), file, "png"
    )
    pixels = np.asarray(Image.open(file))
    assert longest_run(pixels, OURS) == pytest.approx(share * longest_run(pixels, OTHERS), rel=0.01)


def test_the_ratio_of_two_servers_is_that_of_their_ratios_to_the_floor():
    assert REPORT.ours_to("tutorial") == pytest.approx(18)
