from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scripts.cost import capacity
from scripts.cost.capacity import CapacityError
from scripts.cost.nearest import UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

MEASURED = capacity.read()


def test_the_measurement_says_of_what_when_and_how():
    assert MEASURED.machine
    assert len(MEASURED.commit) == 12
    assert "requests" in MEASURED.how
    assert MEASURED.basis == "measured"


def test_a_measurement_survives_being_written_and_read(tmp_path: Path):
    path = tmp_path / "capacity.json"
    path.write_text(capacity.as_json(MEASURED))
    assert capacity.read(path) == MEASURED


def test_the_type_that_is_like_the_machine_does_as_much_with_each_vcpu():
    assert capacity.of_instance(MEASURED, MEASURED.like) == pytest.approx(
        2 * MEASURED.requests_per_second_per_vcpu
    )


def test_throughput_follows_the_benchmark():
    twice = replace(MEASURED, requests_per_second_per_vcpu=2 * MEASURED.requests_per_second_per_vcpu)
    ratio = capacity.of_instance(MEASURED, "c7g.large") / capacity.of_instance(MEASURED, "t3.small")
    assert ratio == pytest.approx(51_891 / 28_124)
    assert capacity.of_instance(twice, "c7g.large") == pytest.approx(
        2 * capacity.of_instance(MEASURED, "c7g.large")
    )


def test_a_function_with_less_than_a_vcpu_takes_longer_and_with_more_it_does_not():
    one = capacity.function_ms(MEASURED, "arm64", capacity.LAMBDA_MB_PER_VCPU)
    assert capacity.function_ms(MEASURED, "arm64", 128) == pytest.approx(one * 1_769 / 128)
    assert capacity.function_ms(MEASURED, "arm64", 10_240) == one


def test_an_unknown_type_gets_the_nearest(tmp_path: Path):
    with pytest.raises(UnknownNameError, match=r"c7g\.large"):
        capacity.of_instance(MEASURED, "c7g.lagre")
    path = tmp_path / "capacity.json"
    path.write_text(capacity.as_json(MEASURED).replace(MEASURED.like, "m7i.lagre"))
    with pytest.raises((CapacityError, UnknownNameError), match=r"m7i\.large"):
        capacity.read(path)


@pytest.mark.parametrize("lacking", ["requests_per_second_per_vcpu", "machine", "measured_on", "commit"])
def test_a_measurement_that_does_not_say_everything_is_refused(tmp_path: Path, lacking: str):
    content = json.loads(capacity.as_json(MEASURED))
    del content[lacking]
    path = tmp_path / "capacity.json"
    path.write_text(json.dumps(content))
    with pytest.raises(CapacityError, match=lacking):
        capacity.read(path)


def test_a_vcpu_that_does_nothing_is_refused():
    with pytest.raises(CapacityError, match="no requests"):
        replace(MEASURED, requests_per_second_per_vcpu=0)
