"""Limits and plausible ranges of the assumptions."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from scripts.cost.bill.assumptions import ASSUMPTIONS, AssumptionError, Assumptions, with_values

# Defaults, limits, and the factors between which they may lie.
ALL = {
    "requests_per_connection": (10, (1, 1e6), (0.5, 2)),
    # The maximum of an Application Load Balancer's idle timeout is 4,000 s, and its default 60 s.
    "connection_seconds": (60, (0, 4_000), (0.5, 2)),
    "boot_seconds": (120, (0, 86_400), (0.5, 2)),
    # Amazon EBS user guide, "General Purpose SSD volumes": 1 GiB to 16 TiB.
    "disk_gb": (8, (1, 16_384), (0.5, 2)),
    "aws_traffic_gb": (1, (0, 1e6), (0.5, 2)),
    # A function runs for at most 15 minutes (Lambda quotas).
    "function_overhead_ms": (1, (0, 900_000), (0.5, 5)),
    "cold_start_percent": (0.1, (0, 100), (0, 10)),
    "cold_start_ms": (400, (0, 900_000), (0.5, 2)),
    "function_log_bytes": (350, (0, 1e6), (0.5, 2)),
    "api_log_bytes": (400, (0, 1e6), (0.5, 2)),
    "firewall_log_bytes": (1_500, (0, 1e6), (0.5, 2)),
    "balancer_log_bytes": (60, (0, 1e6), (0.5, 2)),
    # The longest retention of CloudWatch Logs but for ever is ten years.
    "log_days": (30, (1, 3_653), (0.5, 2)),
}
WHOLE = {
    *("disk_gb", "function_log_bytes", "api_log_bytes", "firewall_log_bytes", "balancer_log_bytes"),
    "log_days",
}


def test_every_assumption_has_a_default_limits_and_a_plausible_range():
    assert {
        name: (it.value_in(Assumptions()), it.limits, it.plausible) for name, it in ASSUMPTIONS.items()
    } == ALL
    assert {name for name, it in ASSUMPTIONS.items() if it.whole} == WHOLE
    assert not Assumptions().free_tier


@pytest.mark.parametrize("name", ALL)
def test_a_value_lies_within_its_limits_which_it_may_reach(name: str):
    assumption, (_, (minimum, maximum), _) = ASSUMPTIONS[name], ALL[name]
    for value in (minimum, maximum):
        assert assumption.value_in(assumption.in_place(Assumptions(), value)) == value
    beyond = (minimum - 1e-3, maximum * (1 + 1e-9), math.inf, -math.inf, math.nan)
    for value in beyond:
        with pytest.raises(AssumptionError, match=rf"^{name} is between "):
            assumption.in_place(Assumptions(), value)


@pytest.mark.parametrize("name", ALL)
def test_only_a_number_without_fractions_counts_things(name: str):
    value = ALL[name][1][1] - 0.5
    if name in WHOLE:
        with pytest.raises(AssumptionError, match=rf"^{name} is a whole number, not "):
            with_values(Assumptions(), {name: value})
        assert isinstance(getattr(with_values(Assumptions(), {name: "7.0"}), name), int)
    else:
        assert getattr(with_values(Assumptions(), {name: str(value)}), name) == value


@pytest.mark.parametrize(
    ("name", "value", "ends"),
    [
        ("requests_per_connection", 10, (5, 20)),
        ("requests_per_connection", 1.5, (1, 3)),
        ("requests_per_connection", 600_000, (300_000, 1_000_000)),
        ("cold_start_percent", 20, (0, 100)),
        ("disk_gb", 9, (4, 18)),  # 4.5 is rounded to an even number
        ("disk_gb", 1, (1, 2)),
        ("log_days", 3_000, (1_500, 3_653)),
    ],
)
def test_a_plausible_range_ends_at_the_limits(name: str, value: float, ends: tuple[float, float]):
    assert ASSUMPTIONS[name].ends(replace(Assumptions(), **{name: value})) == ends


@pytest.mark.parametrize("value", [True, None, [1], "many", "", "nan", 10**400])
def test_a_value_is_a_finite_number(value: object):
    with pytest.raises(AssumptionError, match=r"^boot_seconds (takes a number|is between)"):
        with_values(Assumptions(), {"boot_seconds": value})


def test_several_values_are_set_at_once_and_the_others_stay():
    found = with_values(Assumptions(), {"boot_seconds": 5, "log_days": "90"})
    assert found == replace(Assumptions(), boot_seconds=5, log_days=90)


def test_an_unknown_name_gets_a_suggestion_or_all_names():
    with pytest.raises(AssumptionError, match=r"^No assumption 'log_day'\. Did you mean log_days"):
        with_values(Assumptions(), {"log_day": 7})
    with pytest.raises(AssumptionError, match=rf"^No assumption 'zzz'\. There are {', '.join(ALL)}\.$"):
        with_values(Assumptions(), {"zzz": 7})
