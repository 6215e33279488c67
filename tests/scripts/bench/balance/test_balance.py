"""`iris balance compare`: its arithmetic, its fleet, and the command as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from client.choices import CHOICES
from localcloud.load_balancer.envoy_policies import LB_POLICIES, LEAST_LOAD
from scripts.bench.balance import throttle
from scripts.bench.balance.methods import ALGORITHM, METHODS, select
from scripts.bench.balance.open_loop import Sample
from scripts.bench.balance.results import summarize
from tests.suite.waiting import until

IRIS = Path(sys.executable).with_name("iris")


def test_every_algorithm_and_every_choice_is_compared():
    assert {method.attributes.get(ALGORITHM) for method in METHODS} - {None} == {*LB_POLICIES, LEAST_LOAD}
    assert {method.choice for method in METHODS} - {""} == set(CHOICES)
    assert len({method.name for method in METHODS}) == len(METHODS)
    assert [method.name for method in select(["least_load", "round_robin"])] == ["round_robin", "least_load"]
    assert select([]) == list(METHODS)


def test_a_result_has_shares_percentiles_and_errors():
    warm_up = [Sample(due=1.0, seconds=2.0, instance="cold"), Sample(due=1.0, seconds=9.0, instance="")]
    samples = [
        Sample(due=4.0, seconds=seconds / 1_000, instance="slow" if seconds > 75 else "fast-1")
        for seconds in range(1, 101)
    ]
    quiet = [*warm_up, *samples, Sample(due=5.0, seconds=0.05, instance="")]
    busy = [replace(sample, seconds=10 * sample.seconds) for sample in quiet]
    result = summarize("round_robin", [quiet, busy, quiet])
    assert (result.requests, result.errors) == (303, 6)
    assert result.shares == {"fast-1": 0.75, "fast-2": 0, "slow": 0.25, "cold": 0}
    # Medians over the turns, of which one was disturbed.
    assert result.p50_ms == 50
    assert result.p99_ms == 99
    assert result.p99_ms_of_turns == [99, 990, 99]
    assert result.first_p99_ms == 9_000


def test_a_throttled_process_runs_a_fiftieth_of_the_time_and_continues_in_the_end():
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            process = psutil.Process(busy.pid)
            with throttle.throttled(busy.pid):
                until(lambda: process.status() == psutil.STATUS_STOPPED)
            until(lambda: process.status() != psutil.STATUS_STOPPED)
        finally:
            busy.kill()
    assert pytest.approx(1 / 50) == throttle.RUNNING_SECONDS / throttle.PERIOD_SECONDS


def compare(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [IRIS, "balance", "compare", *options], capture_output=True, text=True, check=False, timeout=200
    )


def processes_of(folder: Path) -> list[int]:
    """Return the processes that were started with this temporary folder."""
    found: list[int] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_a_short_comparison_measures_a_method_of_envoy_and_one_of_the_client(tmp_path: Path):
    chart = tmp_path / "chart.svg"
    methods = ("least_load", "client_power_of_two_choices")
    ended = compare(
        *("--seconds", "1", "--rounds", "1", "--rate", "20", "--format", "json", "--chart", str(chart)),
        *(f"--only={name}" for name in methods),
    )
    assert ended.returncode == 0, ended.stderr
    comparison: dict[str, Any] = json.loads(ended.stdout)
    assert [each["method"] for each in comparison["methods"]] == list(methods)
    for result in comparison["methods"]:
        # On a busy machine, requests to the instance with a fiftieth of a processor time out.
        assert result["requests"] > result["errors"]
        assert sum(result["shares"].values()) == pytest.approx(1, abs=0.001)
    assert chart.read_text().startswith("<?xml")
    assert "Round 1 of 1: least_load" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_comparison_leaves_no_process(tmp_path: Path, number: signal.Signals):
    log = tmp_path / "stderr"
    with log.open("wb") as stderr:
        started = subprocess.Popen(
            [IRIS, "balance", "compare", "--only", "round_robin"],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    until(lambda: "Round 1 of 3" in log.read_text() and len(processes_of(tmp_path)) > 4, 90)
    started.send_signal(number)
    assert started.wait(60) != 0
    until(lambda: processes_of(tmp_path) == [])
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        (["--only", "fastest"], "'fastest' is not one of"),
        (["--rate", "nan"], "not a finite number"),
        (["--chart", "/nonexistent/chart.svg"], "its folder does not exist"),
    ],
)
def test_invalid_options_are_one_line_before_anything_is_started(options: list[str], mistake: str):
    ended = compare(*options)
    assert ended.returncode in {1, 2}
    assert mistake in ended.stderr.splitlines()[-1]
