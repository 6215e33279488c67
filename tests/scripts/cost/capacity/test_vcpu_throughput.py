from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scripts.cost.capacity import vcpu_throughput
from scripts.cost.capacity.request_mix import TYPICAL, RequestMix
from scripts.cost.capacity.vcpu_throughput import CapacityError
from scripts.cost.prices.snapshot import UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

CAPACITY_FILE = vcpu_throughput.read_capacity()


def test_the_measurement_has_machine_commit_and_method():
    assert CAPACITY_FILE.machine
    assert len(CAPACITY_FILE.commit) == 12
    assert "requests" in CAPACITY_FILE.how
    assert CAPACITY_FILE.basis == "measured"
    assert sum(CAPACITY_FILE.mix.values()) == 100


def test_the_middle_and_the_low_throughput_are_the_means_of_their_mixes():
    own = RequestMix(**{name: share for name, share in CAPACITY_FILE.mix.items() if name != "query"})
    assert own == TYPICAL
    for mix, per_vcpu in (
        (own, CAPACITY_FILE.requests_per_second_per_vcpu),
        (own.worst_case, CAPACITY_FILE.lowest),
    ):
        assert per_vcpu == pytest.approx(1e6 / mix.mean(CAPACITY_FILE.microseconds), rel=1e-3)


def test_a_measurement_survives_being_written_and_read(tmp_path: Path):
    path = tmp_path / "capacity.json"
    path.write_text(vcpu_throughput.as_json(CAPACITY_FILE))
    assert vcpu_throughput.read_capacity(path) == CAPACITY_FILE


def test_the_machine_s_type_has_the_measured_throughput_per_vcpu():
    assert vcpu_throughput.instance_throughput(CAPACITY_FILE, CAPACITY_FILE.like) == pytest.approx(
        2 * CAPACITY_FILE.requests_per_second_per_vcpu
    )


def test_throughput_follows_the_benchmark():
    twice = CAPACITY_FILE.at(2 * CAPACITY_FILE.requests_per_second_per_vcpu)
    ratio = vcpu_throughput.instance_throughput(
        CAPACITY_FILE, "c7g.large"
    ) / vcpu_throughput.instance_throughput(CAPACITY_FILE, "t3.small")
    assert ratio == pytest.approx(51_891 / 28_124)
    assert vcpu_throughput.instance_throughput(twice, "c7g.large") == pytest.approx(
        2 * vcpu_throughput.instance_throughput(CAPACITY_FILE, "c7g.large")
    )


def test_a_function_with_less_than_a_vcpu_takes_longer_and_with_more_it_does_not():
    one = vcpu_throughput.function_milliseconds(CAPACITY_FILE, "arm64", vcpu_throughput.LAMBDA_MB_PER_VCPU)
    assert vcpu_throughput.function_milliseconds(CAPACITY_FILE, "arm64", 128) == pytest.approx(
        one * 1_769 / 128
    )
    assert vcpu_throughput.function_milliseconds(CAPACITY_FILE, "arm64", 10_240) == one


def test_an_unknown_type_gets_a_suggestion(tmp_path: Path):
    with pytest.raises(UnknownNameError, match=r"c7g\.large"):
        vcpu_throughput.instance_throughput(CAPACITY_FILE, "c7g.lagre")
    path = tmp_path / "capacity.json"
    path.write_text(vcpu_throughput.as_json(CAPACITY_FILE).replace(CAPACITY_FILE.like, "m7i.lagre"))
    with pytest.raises((CapacityError, UnknownNameError), match=r"m7i\.large"):
        vcpu_throughput.read_capacity(path)


@pytest.mark.parametrize("missing", ["requests_per_second_per_vcpu", "machine", "measured_on", "commit"])
def test_an_incomplete_measurement_is_rejected(tmp_path: Path, missing: str):
    content = json.loads(vcpu_throughput.as_json(CAPACITY_FILE))
    del content[missing]
    path = tmp_path / "capacity.json"
    path.write_text(json.dumps(content))
    with pytest.raises(CapacityError, match=missing):
        vcpu_throughput.read_capacity(path)


@pytest.mark.parametrize(("key", "limits"), [("at", (0.001, 1e8)), ("seconds_per_byte", (0, 1e-3))])
def test_a_figure_may_reach_its_limits_and_not_exceed_them(key: str, limits: tuple[float, float]):
    def with_figure(value: float) -> object:
        own = CAPACITY_FILE.at(1)
        return own.at(value) if key == "at" else replace(own, seconds_per_byte=value)

    for value in limits:
        assert with_figure(value)
    for value in (limits[0] - 1e-6, limits[1] * (1 + 1e-9)):
        with pytest.raises(CapacityError):
            with_figure(value)


def test_a_throughput_without_a_time_of_a_byte_does_not_depend_on_the_payload():
    assert replace(CAPACITY_FILE, seconds_per_byte=0).with_payload(10**6, 1).highest == CAPACITY_FILE.highest
    assert vcpu_throughput.Capacity.seconds_per_byte == 0
    ranged = replace(CAPACITY_FILE.at(100), low=100, high=100)
    assert not ranged.has_range
    assert replace(ranged, low=99).has_range


def test_a_throughput_of_zero_is_rejected():
    with pytest.raises(CapacityError, match=r"per second and vCPU are between 0\.001 and 100,000,000, not 0"):
        CAPACITY_FILE.at(0)


def test_a_larger_request_takes_the_processor_time_of_its_bytes():
    capacity = replace(CAPACITY_FILE.at(10_000), seconds_per_byte=1e-8)
    assert capacity.with_payload(500, 350) == capacity
    # 100 us for the request and 10 ns for each of 10,000 further bytes.
    larger = capacity.with_payload(10_500, 350)
    assert larger.requests_per_second_per_vcpu == pytest.approx(5_000)
    assert larger.with_payload(10_500, 350) == larger, "the bytes count once"
    assert capacity.with_payload(350, 10_500) == capacity.with_payload(10_500, 10_500) == larger


def test_a_range_encloses_its_middle():
    ranged = replace(CAPACITY_FILE.at(100), low=50, high=200)
    assert (ranged.lowest, ranged.highest) == (50, 200)
    assert (ranged.at(70).lowest, ranged.at(70).highest) == (70, 70)
    with pytest.raises(CapacityError, match="between the low and the high"):
        replace(ranged, low=101)


def test_the_default_rests_neither_on_the_best_nor_on_the_worst_case():
    assert CAPACITY_FILE.lowest < CAPACITY_FILE.requests_per_second_per_vcpu < CAPACITY_FILE.highest


@pytest.mark.parametrize("wrong", [-1e-9, float("nan"), 1.0])
def test_an_impossible_time_of_a_byte_is_rejected(wrong: float):
    with pytest.raises(CapacityError, match=r"seconds per byte are between 0 and 0\.001"):
        replace(CAPACITY_FILE, seconds_per_byte=wrong)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("low", 1e9, "The requests per second and vCPU are between the low and the high ones."),
        ("requests_per_second_per_vcpu", float("nan"), "between 0.001 and 100,000,000, not nan."),
        ("mix", [1], "is no measurement of capacity: [1] is no mapping of kinds of request to numbers."),
        ("microseconds", {"query": "fast"}, "could not convert string to float: 'fast'."),
        ("seconds_per_byte", -1, "The seconds per byte are between 0 and 0.001, not -1."),
    ],
)
def test_an_impossible_value_in_a_file_is_one_sentence(
    tmp_path: Path, key: str, value: object, complaint: str
):
    path = tmp_path / "capacity.json"
    path.write_text(json.dumps(json.loads(vcpu_throughput.as_json(CAPACITY_FILE)) | {key: value}))
    with pytest.raises(CapacityError) as caught:
        vcpu_throughput.read_capacity(path)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert text.endswith(complaint)
    assert "\n" not in text


@pytest.mark.parametrize(
    ("content", "reason"), [(b"[1]", "it is no JSON object"), (b'{"a": "\xff"}', "it is no UTF-8")]
)
def test_another_file_is_no_measurement_in_words_of_its_user(tmp_path: Path, content: bytes, reason: str):
    path = tmp_path / "capacity.json"
    path.write_bytes(content)
    with pytest.raises(CapacityError, match=rf"is no measurement of capacity: {reason}\.$"):
        vcpu_throughput.read_capacity(path)


def test_a_folder_is_no_measurement(tmp_path: Path):
    with pytest.raises(CapacityError, match=r"can't be read: Is a directory\.$"):
        vcpu_throughput.read_capacity(tmp_path)
