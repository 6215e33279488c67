from __future__ import annotations

import pytest

from infra.reference_data.instance_types import ARCHITECTURES, instance_types


@pytest.mark.parametrize(
    ("name", "vcpus", "memory_gib", "architecture"),
    [
        ("t4g.small", 2, 2.0, "arm64"),
        ("t3.nano", 2, 0.5, "x86_64"),
        ("c7g.xlarge", 4, 8.0, "arm64"),
        ("m7i.2xlarge", 8, 32.0, "x86_64"),
    ],
)
def test_well_known_types_are_what_aws_says(name: str, vcpus: int, memory_gib: float, architecture: str):
    machine = instance_types()[name]
    assert (machine.vcpus, machine.memory_gib, machine.architecture) == (vcpus, memory_gib, architecture)


def test_both_architectures_have_types_and_every_type_can_compute():
    machines = instance_types().values()
    assert {machine.architecture for machine in machines} == set(ARCHITECTURES)
    assert all(machine.vcpus >= 1 and machine.memory_gib >= 0.5 for machine in machines)


def test_graviton_families_and_no_others_are_arm():
    # AWS marks its own processors with a g after the generation.
    for name, machine in instance_types().items():
        family = name.split(".")[0].split("-")[0]
        assert (machine.architecture == "arm64") == family.endswith("g"), name
