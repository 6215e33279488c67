from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scripts.cost.capacity import vcpu_throughput
from scripts.cost.capacity.vcpu_throughput import CapacityError
from scripts.cost.prices.nearest import UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

MEASURED = vcpu_throughput.read()


def test_the_measurement_says_of_what_when_and_how():
    assert MEASURED.machine
    assert len(MEASURED.commit) == 12
    assert "requests" in MEASURED.how
    assert MEASURED.basis == "measured"


def test_a_measurement_survives_being_written_and_read(tmp_path: Path):
    path = tmp_path / "capacity.json"
    path.write_text(vcpu_throughput.as_json(MEASURED))
    assert vcpu_throughput.read(path) == MEASURED


def test_the_type_that_is_like_the_machine_does_as_much_with_each_vcpu():
    assert vcpu_throughput.of_instance(MEASURED, MEASURED.like) == pytest.approx(
        2 * MEASURED.requests_per_second_per_vcpu
    )


def test_throughput_follows_the_benchmark():
    twice = replace(MEASURED, requests_per_second_per_vcpu=2 * MEASURED.requests_per_second_per_vcpu)
    ratio = vcpu_throughput.of_instance(MEASURED, "c7g.large") / vcpu_throughput.of_instance(
        MEASURED, "t3.small"
    )
    assert ratio == pytest.approx(51_891 / 28_124)
    assert vcpu_throughput.of_instance(twice, "c7g.large") == pytest.approx(
        2 * vcpu_throughput.of_instance(MEASURED, "c7g.large")
    )


def test_a_function_with_less_than_a_vcpu_takes_longer_and_with_more_it_does_not():
    one = vcpu_throughput.function_ms(MEASURED, "arm64", vcpu_throughput.LAMBDA_MB_PER_VCPU)
    assert vcpu_throughput.function_ms(MEASURED, "arm64", 128) == pytest.approx(one * 1_769 / 128)
    assert vcpu_throughput.function_ms(MEASURED, "arm64", 10_240) == one


def test_an_unknown_type_gets_the_nearest(tmp_path: Path):
    with pytest.raises(UnknownNameError, match=r"c7g\.large"):
        vcpu_throughput.of_instance(MEASURED, "c7g.lagre")
    path = tmp_path / "capacity.json"
    path.write_text(vcpu_throughput.as_json(MEASURED).replace(MEASURED.like, "m7i.lagre"))
    with pytest.raises((CapacityError, UnknownNameError), match=r"m7i\.large"):
        vcpu_throughput.read(path)


@pytest.mark.parametrize("lacking", ["requests_per_second_per_vcpu", "machine", "measured_on", "commit"])
def test_a_measurement_that_does_not_say_everything_is_refused(tmp_path: Path, lacking: str):
    content = json.loads(vcpu_throughput.as_json(MEASURED))
    del content[lacking]
    path = tmp_path / "capacity.json"
    path.write_text(json.dumps(content))
    with pytest.raises(CapacityError, match=lacking):
        vcpu_throughput.read(path)


def test_a_vcpu_that_does_nothing_is_refused():
    with pytest.raises(CapacityError, match="no requests"):
        replace(MEASURED, requests_per_second_per_vcpu=0)
