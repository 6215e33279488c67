from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.reference_data.csv_rows import ReferenceDataError
from infra.reference_data.instance_types import instance_types
from infra.reference_data.throughput import requests_per_minute
from scripts.cost.capacity import vcpu_throughput

if TYPE_CHECKING:
    from pathlib import Path

T4G = instance_types()["t4g.small"]
M7G = instance_types()["m7g.large"]


@pytest.mark.parametrize("name", ["t4g.small", "m7i.large", "c8g.4xlarge"])
def test_an_instance_gets_what_it_was_measured_to_do_as_the_cost_study_knows_it(name: str):
    per_second = vcpu_throughput.instance_throughput(vcpu_throughput.read_capacity(), name)
    machine = instance_types()[name]
    assert requests_per_minute((machine,), 60) == pytest.approx(per_second * 60 * 0.6, abs=1)


@given(st.integers(10, 90))
def test_of_several_types_the_slowest_is_what_counts(cpu_target: int):
    each = [requests_per_minute((machine,), cpu_target) for machine in (T4G, M7G)]
    assert requests_per_minute((T4G, M7G), cpu_target) == min(each)


@given(st.integers(10, 89))
def test_a_higher_target_gives_an_instance_more_to_do(cpu_target: int):
    assert requests_per_minute((T4G,), cpu_target) < requests_per_minute((T4G,), cpu_target + 1)


SCORES = "# source\ntype,coremark\nt4g.small,200\nm7g.large,400\n"
MEASURED = json.dumps({"requests_per_second_per_vcpu": 1_000, "like": "m7g.large"})


def laid_out(folder: Path, measured: str | None, scores: str | None) -> Path:
    for name, text in (("capacity.json", measured), ("cpu_scores.csv", scores)):
        if text is not None:
            (folder / name).write_text(text)
    return folder


def test_a_measurement_is_carried_over_by_the_benchmark(tmp_path: Path):
    data = laid_out(tmp_path, MEASURED, SCORES)
    assert requests_per_minute((M7G,), 50, data) == 2 * 1_000 * 60 * 0.5
    assert requests_per_minute((T4G,), 50, data) == 1_000 * 60 * 0.5


@pytest.mark.parametrize(
    ("measured", "scores", "complaint"),
    [
        (None, SCORES, "capacity.json is missing"),
        (MEASURED, None, "cpu_scores.csv is missing"),
        ("{}", SCORES, "capacity.json has no requests_per_second_per_vcpu"),
        ("not JSON", SCORES, "capacity.json can't be parsed"),
        ("[]", SCORES, "capacity.json can't be parsed"),
        (MEASURED, "type,coremark\nm7g.large,400\n", "cpu_scores.csv has no t4g.small"),
        (MEASURED, "type,coremark\nt4g.small,200\n", "cpu_scores.csv has no m7g.large"),
        (MEASURED, "type,coremark\nt4g.small,fast\n", "cpu_scores.csv can't be parsed"),
    ],
)
def test_without_a_measurement_nothing_is_guessed(
    tmp_path: Path, measured: str | None, scores: str | None, complaint: str
):
    with pytest.raises(ReferenceDataError, match=complaint):
        requests_per_minute((T4G,), 60, laid_out(tmp_path, measured, scores))


@pytest.mark.parametrize("name", ["capacity.json", "cpu_scores.csv"])
def test_a_file_that_can_not_be_read_is_no_missing_one(tmp_path: Path, name: str):
    data = laid_out(tmp_path, MEASURED, SCORES)
    (data / name).unlink()
    (data / name).mkdir()
    with pytest.raises(ReferenceDataError, match=f"{name} can't be read"):
        requests_per_minute((T4G,), 60, data)
