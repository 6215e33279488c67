from __future__ import annotations

import pytest

from infra.reference_data.instance_types import instance_types
from tests.infra.configs import load, mistakes
from tests.infra.mock_aws import fleet_config

SPOT = {
    "alternativeInstanceTypes": "t4g.medium, c7g.large, m7g.large",
    "spotPercent": "50",
    "maxInstances": "8",
}


@pytest.mark.parametrize("name", ["t4g.small", "m7i.large"])
def test_the_architecture_follows_the_type_for_all_that_is_packed(name: str):
    config = load(instanceType=name, compute="both")
    assert config.architecture == instance_types()[name].architecture


def test_an_architecture_that_is_named_counts_where_there_are_no_instances():
    assert load(compute="lambda", architecture="x86_64").architecture == "x86_64"


def test_spot_instances_are_taken_of_several_types_beyond_a_base():
    machines = fleet_config(**SPOT).instances
    assert [machine.name for machine in machines.types] == [
        "t4g.small",
        "t4g.medium",
        "c7g.large",
        "m7g.large",
    ]
    assert (machines.on_demand_base_capacity, machines.spot_percent) == (2, 50)


def test_spot_instances_of_a_type_or_two_are_refused():
    (line,) = mistakes(spotPercent="50", alternativeInstanceTypes="t4g.medium")
    assert line.startswith("spotPercent 50 needs alternativeInstanceTypes to name 2 or more, not 1")


def test_spot_instances_that_the_base_leaves_no_room_for_are_refused():
    (line,) = mistakes(**SPOT | {"onDemandBaseCapacity": "8"})
    assert line == "spotPercent 50 has no effect: onDemandBaseCapacity 8 leaves nothing of maxInstances 8"
    assert fleet_config(onDemandBaseCapacity="8").instances.on_demand_base_capacity == 8


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("t4g.small", "which is the instanceType already"),
        ("m7i.large", "which is x86_64, but instanceType t4g.small is arm64"),
        ("c7g.xlarge", "with 4 vCPUs, but instanceType t4g.small has 2"),
    ],
)
def test_a_type_that_cannot_stand_in_for_the_other_is_refused(name: str, why: str):
    (line,) = mistakes(alternativeInstanceTypes=f"t4g.medium, {name}")
    assert line.startswith(f"alternativeInstanceTypes names {name}")
    assert why in line


def test_an_alternative_that_nobody_sells_is_refused_with_the_nearest_one():
    (line,) = mistakes(alternativeInstanceTypes="t4g.mediun")
    assert "did you mean t4g.medium?" in line


@pytest.mark.parametrize(
    ("key", "name"), [("instanceType", "t4g.nano"), ("alternativeInstanceTypes", "t3.nano")]
)
def test_types_on_which_the_boot_would_run_out_of_memory_are_refused(key: str, name: str):
    lines = mistakes(**{key: name})
    assert f"{key} {name} has 0.5 GiB of memory" in "\n".join(lines)
    assert load(instanceType=name.replace("nano", "micro")).architecture
