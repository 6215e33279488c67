from __future__ import annotations

import re
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.config import ALGORITHMS, ConfigError, StackConfig, load_config
from infra.instance_types import instance_types
from tests.infra.recorder import declared_keys, default_values, stack_values

if TYPE_CHECKING:
    from collections.abc import Mapping


def load(**values: str) -> StackConfig:
    return load_config({**default_values(), **values})


def mistakes(**values: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(**values)
    return caught.value.mistakes


def told(values: Mapping[str, str]) -> tuple[str, ...]:
    try:
        load(**values)
    except ConfigError as error:
        return error.mistakes
    return ()


def test_the_defaults_make_a_fleet_of_two_small_arm_instances_over_two_zones():
    config = load()
    assert config.architecture == "arm64"
    assert config.archive is None
    assert config.firewall_mode == "block"
    assert config.compute.instance_type.name == "t4g.small"
    assert (config.compute.min_instances, config.compute.zones) == (2, 2)
    assert config.compute.vpc_cidr == IPv4Network("10.20.0.0/16")


def test_pulumi_yaml_declares_exactly_the_keys_that_are_read():
    with pytest.raises(ConfigError) as caught:
        load_config({})
    missing = [line.split(" is missing")[0] for line in caught.value.mistakes]
    assert sorted(missing) == sorted(declared_keys())


@pytest.mark.parametrize("key", declared_keys())
def test_each_declared_key_has_a_type_a_default_of_that_type_and_a_meaning(key: str):
    declared = declared_keys()[key]
    assert type(declared["default"]) is {"string": str, "integer": int}[declared["type"]]
    assert re.fullmatch(r"[A-Z].*\.", declared["description"])


def test_many_mistakes_of_all_kinds_are_told_in_one_error():
    text = "\n".join(
        mistakes(
            minInstances="0",
            maxInstances="-1",
            instanceType="t3.small",
            algorithm="round-robin",
            minInstance="3",
        )
    )
    assert text.splitlines() == [
        "minInstances is '0': allowed is a whole number from 1 to 500",
        "maxInstances is '-1': allowed is a whole number from 1 to 500",
        f"algorithm is 'round-robin' (did you mean round_robin?): allowed is {' or '.join(ALGORITHMS)}",
        "minInstance is not a key: did you mean minInstances?",
        "instanceType t3.small is x86_64, but architecture is arm64",
        "maxInstances -1 is less than minInstances 0",
    ]


def test_the_error_s_text_counts_the_mistakes_and_has_a_line_for_each():
    with pytest.raises(ConfigError) as caught:
        load(zones="9", cpuTarget="none")
    assert str(caught.value).splitlines() == [
        "The configuration has 2 mistakes:",
        "  - zones is '9': allowed is a whole number from 2 to 3",
        "  - cpuTarget is 'none': allowed is a whole number from 10 to 90",
    ]


RANGES = {
    "minInstances": (1, 500),
    "maxInstances": (1, 500),
    "zones": (2, 3),
    "requestsPerTarget": (1, 100_000_000),
    "cpuTarget": (10, 90),
    "healthCheckInterval": (5, 300),
    "healthCheckTimeout": (2, 120),
    "healthyThreshold": (2, 10),
    "unhealthyThreshold": (2, 10),
    "deregistrationDelay": (0, 3_600),
    "idleTimeout": (1, 4_000),
    "keepAlive": (2, 4_060),
    "instanceWarmup": (0, 3_600),
    "healthCheckGracePeriod": (0, 7_200),
    "requestsPerAddress": (10, 2_000_000_000),
}


def out_of_range(key: str, value: int) -> bool:
    return any(line.startswith(f"{key} is '{value}'") for line in told({key: str(value)}))


def test_every_whole_number_has_a_range():
    assert set(RANGES) == {key for key, declared in declared_keys().items() if declared["type"] == "integer"}


@pytest.mark.parametrize(("key", "least", "most"), [(key, *limits) for key, limits in RANGES.items()])
def test_a_whole_number_is_allowed_up_to_its_limits_and_not_beyond(key: str, least: int, most: int):
    beyond = {value: out_of_range(key, value) for value in (least - 1, least, most, most + 1)}
    assert beyond == {least - 1: True, least: False, most: False, most + 1: True}


@pytest.mark.parametrize("text", ["", " 2", "2.0", "two", "1e2", "٣", "0x2", "9" * 5_000, "None"])
def test_what_is_no_whole_number_is_refused(text: str):
    (line,) = mistakes(minInstances=text)
    assert line == f"minInstances is {text!r}: allowed is a whole number from 1 to 500"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm_of_the_load_balancer_can_be_chosen(algorithm: str):
    assert load(algorithm=algorithm).compute.algorithm == algorithm


def test_the_shape_that_is_not_there_yet_is_refused_by_name():
    assert mistakes(compute="lambda") == (
        "compute is 'lambda' (functions are not supported yet): allowed is fleet",
    )
    assert mistakes(compute="containers") == ("compute is 'containers': allowed is fleet",)


def test_an_instance_type_that_nobody_sells_is_refused_with_the_nearest_one():
    (line,) = mistakes(instanceType="t4g.smal")
    assert "did you mean t4g.small?" in line


@pytest.mark.parametrize("name", instance_types())
def test_every_known_instance_type_goes_with_its_own_architecture_alone(name: str):
    machine = instance_types()[name]
    assert load(instanceType=name, architecture=machine.architecture).compute.instance_type == machine
    other = "arm64" if machine.architecture == "x86_64" else "x86_64"
    (line,) = mistakes(instanceType=name, architecture=other)
    assert line == f"instanceType {name} is {machine.architecture}, but architecture is {other}"


@given(st.integers(1, 500), st.integers(1, 500))
def test_the_fleet_cannot_be_larger_at_least_than_at_most(least: int, most: int):
    values = {"minInstances": str(least), "maxInstances": str(most)}
    if least <= most:
        assert load(**values).compute.max_instances == most
    else:
        assert mistakes(**values) == (f"maxInstances {most} is less than minInstances {least}",)


def test_a_roll_out_that_finds_no_addresses_is_refused_beforehand():
    assert load(vpcCidr="192.168.7.0/24", maxInstances="27").compute.max_instances == 27
    (line,) = mistakes(vpcCidr="192.168.7.0/24", maxInstances="28")
    assert line == (
        "maxInstances 28 does not fit into vpcCidr 192.168.7.0/24 over zones 2: "
        "a roll-out needs 56 private addresses and there are 54"
    )


@pytest.mark.parametrize(
    ("cidr", "reason"),
    [
        ("10.20.0.1/16", "its address has bits set beyond the prefix"),
        ("8.8.0.0/16", "it is not private"),
        ("172.32.0.0/16", "it is not private"),
        ("10.0.0.0/15", "a /15 does not fit"),
        ("10.0.0.0/25", "a /25 does not fit"),
        ("10.0.0.0/33", "it is not an IPv4 range"),
        ("fd00::/16", "it is not an IPv4 range"),
        ("", "it is not an IPv4 range"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_with_the_reason(cidr: str, reason: str):
    (line,) = mistakes(vpcCidr=cidr)
    assert line.startswith(f"vpcCidr is {cidr!r} ({reason}): allowed is a private range")


def test_a_health_check_is_over_before_the_next_one_starts():
    assert load(healthCheckInterval="6", healthCheckTimeout="5").compute.health_check_timeout == 5
    assert mistakes(healthCheckInterval="5", healthCheckTimeout="5") == (
        "healthCheckTimeout 5 is not below healthCheckInterval 5",
    )


def test_the_service_keeps_connections_open_for_longer_than_the_load_balancer():
    assert load(idleTimeout="60", keepAlive="61").compute.keep_alive == 61
    (line,) = mistakes(idleTimeout="60", keepAlive="60")
    assert line.startswith("keepAlive 60 is not above idleTimeout 60")


def test_the_grace_period_leaves_time_for_a_boot_and_a_health_check():
    assert load(healthCheckInterval="10", healthCheckGracePeriod="70").compute.health_check_grace_period == 70
    (line,) = mistakes(healthCheckInterval="10", healthCheckGracePeriod="69")
    assert line.startswith(
        "healthCheckGracePeriod 69 is less than the 60 of a boot and healthCheckInterval 10"
    )


def test_an_unknown_key_that_resembles_none_is_told_with_all_known_ones():
    (line,) = mistakes(colour="blue")
    assert line.startswith("colour is not a key: known are ")
    assert all(key in line for key in declared_keys())


@given(
    st.dictionaries(st.sampled_from(list(declared_keys())), st.text() | st.integers().map(str), min_size=1)
)
def test_whatever_is_given_each_mistake_is_one_line_that_names_its_key(values: dict[str, str]):
    for line in told(values):
        assert "\n" not in line
        assert line.split()[0] in declared_keys()


def test_a_named_archive_is_a_path_and_an_empty_name_is_none():
    assert load(archive="build/archives/iris.zip").archive == Path("build/archives/iris.zip")
    assert load(archive="").archive is None


def test_the_stack_for_trying_things_out_is_a_valid_one():
    config = load_config({**default_values(), **stack_values("dev")})
    assert config.firewall_mode == "count"
    assert config.compute.health_check_interval == 5
    assert config.compute.min_instances == 2
