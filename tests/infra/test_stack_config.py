from __future__ import annotations

import re
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.firewall.countries import COUNTRIES
from infra.fleet.config import FleetConfig
from infra.load_balancer.target_group_config import ALGORITHMS
from infra.reference_data.instance_types import instance_types
from infra.serverless.config import LambdaConfig
from infra.stack_config import DEFAULTS, LOG_RETENTION_DAYS, ConfigError, SideBySide, load_config
from tests.infra.configs import load, mistakes, mistakes_if_any
from tests.infra.mock_aws import declared_keys, default_values, fleet_config, lambda_config, stack_values


def test_the_defaults_make_a_fleet_of_two_small_arm_instances_over_two_zones():
    config = load()
    assert isinstance(config.compute, FleetConfig)
    assert config.architecture == "arm64"
    assert (config.general.archive, config.general.function_archive) == (None, None)
    assert config.firewall.firewall_mode == "block"
    assert config.compute.instances.instance_type.name == "t4g.small"
    assert (config.compute.scaling.min_instances, config.compute.network.availability_zones) == (2, 2)
    assert config.compute.network.vpc_cidr == IPv4Network("10.20.0.0/16")


def test_compute_is_one_shape_or_the_other_or_both_with_what_each_of_them_takes():
    values = {"minInstances": "3", "functionMemoryMb": "512"}
    fleet, function = fleet_config(**values), lambda_config(**values)
    assert load(compute="fleet", **values).compute == fleet
    assert load(compute="lambda", **values).compute == function
    assert load(compute="both", **values).compute == SideBySide(fleet=fleet, function=function)
    assert (fleet.scaling.min_instances, function.function.function_memory_mb) == (3, 512)


def test_a_shape_that_nobody_knows_is_refused_by_name():
    assert mistakes(compute="containers") == ("compute is 'containers': it must be fleet or lambda or both",)
    assert mistakes(compute="lamda") == (
        "compute is 'lamda' (did you mean lambda?): it must be fleet or lambda or both",
    )


# Tagging AWS Resources user guide, "Tag naming limits and requirements": the owner becomes a tag.
@pytest.mark.parametrize("owner", ["Team Größe_1+1=2:/@.-", "o" * 256, "a", "paws: cats"])
def test_an_owner_that_a_tag_can_hold_is_taken(owner: str):
    assert load(owner=owner).general.owner == owner


@pytest.mark.parametrize(
    "owner",
    [
        "",
        " ",
        "o" * 257,
        "it's ours",
        "a, b",
        "a\nb",
        "a*",
        "<team>",
        "aws:team",
        "AWS:team",
        "\N{PILE OF POO}",
    ],
)
def test_an_owner_that_no_tag_can_hold_is_refused_with_what_is_allowed(owner: str):
    (line,) = mistakes(owner=owner)
    allowed = "1 to 256 letters, digits, spaces and + - = . _ : / @, and no aws: at the start"
    assert line == f"owner is {owner!r}: it must be {allowed}"


def test_pulumi_yaml_declares_exactly_the_keys_that_are_read_with_their_defaults():
    assert default_values() == dict(DEFAULTS)
    assert load_config({}) == load_config(default_values())


@pytest.mark.parametrize("key", declared_keys())
def test_each_declared_key_has_a_type_a_default_of_that_type_and_a_meaning(key: str):
    declared = declared_keys()[key]
    assert type(declared["default"]) is {"string": str, "integer": int, "boolean": bool}[declared["type"]]
    assert re.fullmatch(r"[A-Z].*\.", declared["description"])


def test_many_mistakes_of_all_kinds_are_told_in_one_error():
    text = "\n".join(
        mistakes(
            minInstances="0",
            maxInstances="-1",
            architecture="arm64",
            instanceType="t3.small",
            loadBalancingAlgorithm="round-robin",
            minInstance="3",
        )
    )
    assert text.splitlines() == [
        "minInstances is '0': it must be a whole number from 1 to 500",
        "maxInstances is '-1': it must be a whole number from 1 to 500",
        (
            f"loadBalancingAlgorithm is 'round-robin' (did you mean round_robin?): "
            f"it must be {' or '.join(ALGORITHMS)}"
        ),
        "minInstance is not a key: did you mean minInstances?",
        "instanceType t3.small is x86_64, but architecture is arm64",
        "maxInstances -1 is less than minInstances 0",
    ]


def test_the_error_s_text_counts_the_mistakes_and_has_a_line_for_each():
    with pytest.raises(ConfigError) as caught:
        load(availabilityZones="9", targetCpuPercent="none")
    assert str(caught.value).splitlines() == [
        "The configuration has 2 mistakes:",
        "  - targetCpuPercent is 'none': it must be a whole number from 10 to 90",
        "  - availabilityZones is '9': it must be a whole number from 2 to 3",
    ]


RANGES = {
    "retainedArchives": (1, 100),
    "minInstances": (1, 500),
    "maxInstances": (1, 500),
    "availabilityZones": (2, 3),
    "onDemandBaseCapacity": (0, 500),
    "spotPercent": (0, 100),
    "warmPoolSize": (0, 500),
    "maxInstanceLifetimeDays": (0, 365),
    "launchTimeoutSeconds": (120, 7_200),
    "terminationTimeoutSeconds": (45, 7_200),
    "rateLimitPerForwardedIp": (0, 2_000_000_000),
    "alarmClientErrorPercent": (1, 100),
    "alarmBlockedRequestsPerMinute": (1, 1_000_000_000),
    "monthlyBudgetUsd": (0, 10_000_000),
    "targetRequestsPerMinute": (0, 100_000_000),
    "targetCpuPercent": (10, 90),
    "healthCheckIntervalSeconds": (5, 300),
    "healthCheckTimeoutSeconds": (2, 120),
    "healthyThresholdCount": (2, 10),
    "unhealthyThresholdCount": (2, 10),
    "stickinessSeconds": (0, 604_800),
    "deregistrationDelaySeconds": (0, 3_600),
    "loadBalancerIdleTimeoutSeconds": (1, 4_000),
    "serviceKeepAliveSeconds": (2, 4_060),
    "instanceWarmupSeconds": (0, 3_600),
    "healthCheckGracePeriodSeconds": (0, 7_200),
    "functionMemoryMb": (128, 10_240),
    "functionTimeoutSeconds": (1, 900),
    "minProvisionedConcurrency": (0, 100_000),
    "maxProvisionedConcurrency": (1, 100_000),
    "targetProvisionedConcurrencyPercent": (10, 90),
    "reservedConcurrency": (0, 100_000),
    "throttlingRateLimitPerSecond": (1, 100_000),
    "throttlingBurstLimit": (1, 100_000),
    "batchRateLimitPerIp": (10, 2_000_000_000),
    "rateLimitPerIp": (10, 2_000_000_000),
    "alarmErrorPercent": (1, 100),
    "alarmLatencyMs": (1, 60_000),
    "alarmConcurrentExecutions": (1, 100_000),
}


def out_of_range(key: str, value: int) -> bool:
    return any(line.startswith(f"{key} is '{value}'") for line in mistakes_if_any({key: str(value)}))


def test_every_whole_number_has_a_range_or_is_one_of_a_few():
    assert {*RANGES, "logRetentionDays", "slowStartSeconds"} == {
        key for key, declared in declared_keys().items() if declared["type"] == "integer"
    }


@pytest.mark.parametrize(("key", "least", "most"), [(key, *limits) for key, limits in RANGES.items()])
def test_a_whole_number_is_allowed_up_to_its_limits_and_not_beyond(key: str, least: int, most: int):
    beyond = {value: out_of_range(key, value) for value in (least - 1, least, most, most + 1)}
    assert beyond == {least - 1: True, least: False, most: False, most + 1: True}


# Auto Scaling user guide, "Quotas": overrides of a group, one of them the instanceType, and its schedule.
# AWS WAF developer guide, "AWS WAF quotas": countries of a geographic match.
LISTS = {
    "alternativeInstanceTypes": (40 - 1, ", ".join, sorted(instance_types())),
    "scalingSchedule": (
        125,
        "; ".join,
        [f"{minute} {hour} * * * min=2" for hour in range(3) for minute in range(60)],
    ),
    "allowedCountries": (50, ",".join, sorted(COUNTRIES)),
    "deniedCountries": (50, ",".join, sorted(COUNTRIES)),
}
"""Key -> maximum of its items, how they are written, and more items than that."""


@pytest.mark.parametrize("key", LISTS)
def test_a_list_has_as_many_items_as_aws_takes(key: str):
    most, write, items = LISTS[key]
    refused = {
        number: [
            line for line in mistakes_if_any({key: write(items[:number])}) if line.startswith(f"{key} is ")
        ]
        for number in (most, most + 1)
    }
    assert refused[most] == []
    (line,) = refused[most + 1]
    assert f"({most + 1} of them): it must be up to {most} " in line


@pytest.mark.parametrize("text", ["", " 2", "2.0", "two", "1e2", "٣", "0x2", "9" * 5_000, "None"])
def test_what_is_no_whole_number_is_refused(text: str):
    (line,) = mistakes(minInstances=text)
    assert line == f"minInstances is {text!r}: it must be a whole number from 1 to 500"


@pytest.mark.parametrize("days", LOG_RETENTION_DAYS)
def test_logs_are_kept_for_as_long_as_cloudwatch_can(days: int):
    assert load(logRetentionDays=str(days)).general.log_retention_days == days


@pytest.mark.parametrize(("given", "nearest"), [("0", 1), ("31", 30), ("9999", 3653), ("-5", 1)])
def test_another_number_of_days_is_refused_with_the_nearest(given: str, nearest: int):
    (line,) = mistakes(logRetentionDays=given)
    assert line.startswith(
        f"logRetentionDays is '{given}' (the nearest is {nearest}): it must be one of 1, 3, 5"
    )


def test_days_that_are_no_number_are_refused():
    (line,) = mistakes(logRetentionDays="a month")
    assert line.startswith("logRetentionDays is 'a month': it must be one of")


def test_an_unknown_key_that_resembles_none_is_told_with_all_known_ones():
    (line,) = mistakes(colour="blue")
    assert line.startswith("colour is not a key: known are ")
    assert all(key in line for key in declared_keys())


@given(
    st.dictionaries(st.sampled_from(list(declared_keys())), st.text() | st.integers().map(str), min_size=1)
)
def test_whatever_is_given_each_mistake_is_one_line_that_names_its_key(values: dict[str, str]):
    for line in mistakes_if_any(values):
        assert "\n" not in line
        assert line.split()[0] in declared_keys()


@pytest.mark.parametrize("key", ["archiveVersion", "functionArchiveVersion"])
def test_what_is_no_version_of_an_archive_is_refused(key: str):
    assert load(**{key: "L4kqtJlcpXroDTDmpUMLUo"})
    (line,) = mistakes(**{key: "the one before"})
    assert line.startswith(f"{key} is 'the one before': it must be a version of the stack's own archive")


@pytest.mark.parametrize("key", ["archive", "functionArchive"])
def test_a_named_archive_is_a_path_and_an_empty_name_is_none(key: str):
    def named(text: str) -> Path | None:
        config = load(**{key: text})
        return {"archive": config.general.archive, "functionArchive": config.general.function_archive}[key]

    assert named("build/archives/iris.zip") == Path("build/archives/iris.zip")
    assert named("") is None


@pytest.mark.parametrize("compute", ["fleet", "lambda", "both"])
def test_the_stack_for_trying_things_out_is_a_valid_one_in_every_shape(compute: str):
    config = load_config({**default_values(), **stack_values("dev"), "compute": compute})
    assert config.firewall.firewall_mode == "count"
    match config.compute:
        case FleetConfig() as fleet:
            assert (fleet.target_group.health_check_interval_seconds, fleet.scaling.min_instances) == (5, 2)
        case LambdaConfig() as function:
            assert function.function.warm_start is None
        case SideBySide(fleet=fleet, function=function):
            assert (fleet.scaling.min_instances, function.function.warm_start) == (2, None)
