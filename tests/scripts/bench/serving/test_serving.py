"""The command as it is called: it measures for real, if only for a second."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from scripts.bench.environment import Conditions
from scripts.bench.serving import chart
from scripts.bench.serving.report import Report
from scripts.bench.serving.results import Result
from scripts.bench.serving.rounds import Plan
from scripts.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

OURS = (116, 73, 195)
OTHERS = (204, 210, 216)
"""Colours of the bars, as they are seen on white."""

needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")


def result(to_floor: float) -> Result:
    return Result(
        requests_per_second=40_000 * to_floor,
        to_floor=to_floor,
        p50_ms=1,
        p99_ms=2,
        p99_to_floor=1,
        flowers_per_second=40_000 * to_floor,
        failed=0,
        each_to_floor=(to_floor,),
    )


REPORT = Report(
    conditions=Conditions(
        date="2026-01-31T12:00:00Z",
        processor="A processor",
        processors=2,
        load=0.1,
        system="Linux",
        python="3.11.7",
        versions={"uvicorn": "0.54.0"},
        commit="0123456789ab",
    ),
    plan=Plan(rounds=3, seconds=2, connections=32, server_cores=(0,), client_cores=(1,)),
    results={"floor": {"one": result(1)}, "ours": {"one": result(0.9)}, "tutorial": {"one": result(0.05)}},
    pss_megabytes={"floor": 20, "ours": 40, "tutorial": 140},
    absent={},
    workers={1: 30_000, 2: 40_000},
)


@needs_wrk
def test_it_measures_beside_the_floor_and_writes_figures_and_chart(tmp_path: Path):
    words = ["bench", "service", "--rounds", "1", "--seconds", "1", "--only", "stock"]
    ended = CliRunner().invoke(
        main, [*words, "--output", str(tmp_path), "--format", "json"], catch_exceptions=False
    )
    told: dict[str, Any] = json.loads(ended.stdout)
    assert set(told["results"]) == {"floor", "stock"}
    stock = told["results"]["stock"]["one"]
    assert stock["requests_per_second"] > 0
    assert 0 < stock["to_floor"] < 1
    assert told["pss_megabytes"]["stock"] > told["pss_megabytes"]["floor"]
    assert json.loads((tmp_path / "service.json").read_text()) == told
    assert (tmp_path / "service.png").read_bytes().startswith(b"\x89PNG")


def test_without_the_load_generator_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    ended = CliRunner().invoke(main, ["bench", "service"])
    assert ended.exit_code == 1
    assert ended.stderr.count("\n") == 1
    assert "apt-get install wrk" in ended.stderr


def test_the_chart_names_everybody_and_is_the_same_for_the_same_figures():
    drawn: list[bytes] = []
    for _ in range(2):
        file = io.BytesIO()
        chart.draw(REPORT, file, "svg")
        drawn.append(file.getvalue())
    assert drawn[0] == drawn[1]
    assert b"<svg" in drawn[0][:2_000]


def longest(drawn: npt.NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    """How many pixels of about one colour lie side by side, where most do."""
    alike = np.full(drawn.shape[:2], fill_value=True)
    for channel, value in enumerate(colour):
        alike &= np.abs(drawn[:, :, channel].astype(int) - value) <= 3
    return max(len(run) for run in alike.tobytes().split(b"\0"))


@pytest.mark.parametrize("share", [0.5, 1.5])
def test_a_bar_is_as_much_longer_than_the_bare_server_s_as_its_ratio(share: float):
    file = io.BytesIO()
    chart.draw(replace(REPORT, results={**REPORT.results, "ours": {"one": result(share)}}), file, "png")
    pixels = np.asarray(Image.open(file))
    assert longest(pixels, OURS) == pytest.approx(share * longest(pixels, OTHERS), rel=0.01)


def test_ratios_between_two_are_those_of_their_ratios_to_the_floor():
    assert REPORT.ours_to("tutorial") == pytest.approx(18)
