"""Scenario that the options of `iris cost` describe, field by field."""

from __future__ import annotations

import json
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import click
import pytest

from scripts.cli import main
from scripts.cost.bill.assumptions import AssumptionError, Assumptions
from scripts.cost.capacity.vcpu_throughput import as_json, read_capacity
from scripts.cost.cli import scenario
from scripts.cost.cli.assumption_values import read_assumptions
from scripts.cost.cli.cost import cost
from scripts.cost.cli.modes import Mode, chosen_mode
from scripts.cost.cli.options import CostOptions
from scripts.cost.cli.scenario import build_scenario
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.cloudwatch import MeasuredUsage, MeasuredWeek
from scripts.cost.demand.weekly_demand import DemandError

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.cost.comparison.scenario import Scenario


def described(*words: str, mode: Mode = Mode.COMPARISON) -> Scenario:
    """Return the scenario of words on the command line."""
    # A command keeps the help option of the context in which it is first parsed.
    whole = click.Context(main, **main.context_settings)
    context = cost.make_context("cost", list(words), parent=whole)
    return build_scenario(CostOptions(**context.params), mode)


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("", "demand.rates", weekly_demand.diurnal(2_000)),
        ("--rate 7", "demand.rates", weekly_demand.diurnal(7)),
        ("--rate 7 --peak-factor 1", "demand.rates", (7.0,) * 168),
        ("--rate 7 --peak-factor 3", "demand.rates", weekly_demand.diurnal_with_peak(7, 3)),
        ("", "demand.request_bytes", 500),
        ("--request-bytes 9", "demand.request_bytes", 9),
        ("", "demand.response_bytes", 350),
        ("--response-bytes 9", "demand.response_bytes", 9),
        ("", "demand.capacity_units_per_request", None),
        ("", "prices.name", "us-east-1"),
        ("--region sa-east-1", "prices.name", "sa-east-1"),
        ("", "capacity", read_capacity()),
        ("", "assumptions", Assumptions()),
        ("--free-tier", "assumptions", Assumptions(free_tier=True)),
        ("--assume log_days=7", "assumptions", Assumptions(log_days=7)),
        ("", "shape.instance_type", ""),
        ("--instance-type t3.nano", "shape.instance_type", "t3.nano"),
        ("", "shape.policy.target_utilisation", 0.6),
        ("--utilisation 85", "shape.policy.target_utilisation", 0.85),
        ("", "shape.policy.zones", 2),
        ("--zones 3", "shape.policy.zones", 3),
        ("--zones 3", "shape.shared.zones", 3),
        ("", "shape.policy.minimum", 2),
        ("--least 5", "shape.policy.minimum", 5),
        ("", "shape.policy.survives_zone_loss", True),
        ("", "shape.purchase.commitment", "none"),
        ("--commitment 3y", "shape.purchase.commitment", "3y"),
        ("--commitment 3y", "function.commitment", "3y"),
        ("", "shape.purchase.spot_percent", 0),
        ("--spot 30", "shape.purchase.spot_percent", 30),
        ("", "shape.purchase.on_demand_base", None),
        ("", "shape.unlimited_credits", True),
        ("--standard-credits", "shape.unlimited_credits", False),
        ("", "shape.access_log", True),
        ("", "shape.connection_log", True),
        ("--no-access-logs", "shape.access_log", False),
        ("--no-access-logs", "shape.connection_log", False),
        ("", "function.access_log", True),
        ("--no-access-logs", "function.access_log", False),
        ("", "shape.shared.web_acls", 1),
        ("--no-firewall", "shape.shared.web_acls", 0),
        ("--no-firewall", "function.shared.web_acls", 0),
        ("", "function.memory_mb", 1_769),
        ("--function-memory 512", "function.memory_mb", 512),
        ("", "function.api", "rest"),
        ("", "minimum_memory_gib", 1.0),
        ("--memory 4.5", "minimum_memory_gib", 4.5),
        ("", "families", ()),
        ("--family t3 --family m7g", "families", ("t3", "m7g")),
        ("", "measured", None),
    ],
)
def test_each_option_sets_its_part_of_the_scenario(words: str, field: str, value: object):
    assert attrgetter(field)(described(*words.split())) == value


def test_growth_is_that_of_the_months_before_the_one_that_is_shown():
    grown = described("--rate", "100", "--growth", "10", "--after", "3")
    assert grown.demand.mean == pytest.approx(133.1)
    assert described("--rate", "100", "--growth", "10", "--months", "3").demand.mean == pytest.approx(100)


def test_a_demand_and_a_capacity_are_read_from_their_files(tmp_path: Path):
    week, measured = tmp_path / "week.csv", tmp_path / "capacity.json"
    week.write_text("7\n" * 24)
    capacity = replace(read_capacity(), commit="other")
    measured.write_text(as_json(capacity))
    found = described("--demand", str(week), "--capacity", str(measured))
    assert found.demand.rates == (7.0,) * 168
    assert found.capacity == capacity
    with pytest.raises(DemandError, match="takes the name of a stack"):
        described("--demand", "cloudwatch:")


MEASURED = MeasuredWeek(
    usage=MeasuredUsage(
        bytes_per_request=1_200,
        requests_per_connection=3,
        capacity_units_per_request=1e-5,
        function_ms=50,
        function_memory_mb=1_769,
    ),
    rates=(7.0,) * 168,
    missing_hours=(),
)
"""Week of a stack, as CloudWatch counted it."""


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("", "demand.rates", MEASURED.rates),
        ("", "demand.request_bytes", 500),
        ("", "demand.response_bytes", 700),
        ("--request-bytes 900", "demand.response_bytes", 300),
        ("--response-bytes 900", "demand.response_bytes", 900),
        ("", "demand.capacity_units_per_request", 1e-5),
        # The units of other requests than those that were measured are unknown.
        ("--request-bytes 900", "demand.capacity_units_per_request", None),
        ("--response-bytes 900", "demand.capacity_units_per_request", None),
        ("--assume requests_per_connection=9", "demand.capacity_units_per_request", None),
        ("--assume requests_per_connection=3", "demand.capacity_units_per_request", 1e-5),
        ("", "assumptions.requests_per_connection", 3),
        ("--assume requests_per_connection=9", "assumptions.requests_per_connection", 9),
        ("", "measured", MEASURED.usage),
    ],
)
def test_what_was_measured_takes_the_place_of_the_defaults_but_not_of_what_is_given(
    words: str, field: str, value: object, monkeypatch: pytest.MonkeyPatch
):
    asked: list[tuple[str, str]] = []

    def read(stack: str, region: str) -> MeasuredWeek:
        asked.append((stack, region))
        return MEASURED

    monkeypatch.setattr(scenario, "_cloudwatch_week", read)
    found = described("--demand", "cloudwatch:prod", "--region", "sa-east-1", *words.split())
    assert attrgetter(field)(found) == value
    assert asked == [("prod", "sa-east-1")]


def test_a_setting_precedes_the_file_which_precedes_what_was_measured(tmp_path: Path):
    file = tmp_path / "assumed.json"
    file.write_text(json.dumps({"log_days": 7, "disk_gb": 20}))
    measured = Assumptions(log_days=1, disk_gb=1, boot_seconds=9)
    found = read_assumptions(file, ["disk_gb=30"], free_tier=True, measured=measured)
    assert found == Assumptions(log_days=7, disk_gb=30, boot_seconds=9, free_tier=True)
    assert not read_assumptions(
        None, [], free_tier=False, measured=replace(measured, free_tier=True)
    ).free_tier


@pytest.mark.parametrize(("name", "settings"), [("disk_gb", ["disk_gb=8"]), ("log_days", [])])
def test_what_a_stack_sets_is_no_assumption(name: str, settings: list[str], tmp_path: Path):
    file = tmp_path / "assumed.yaml"
    file.write_text("{}" if settings else f"{name}: 8")
    with pytest.raises(AssumptionError, match=f"^{name} does nothing with a stack"):
        read_assumptions(file, settings, free_tier=False, fixed=("disk_gb", "log_days"))


@pytest.mark.parametrize("name", ["disk_gb", "log_days"])
def test_a_stack_s_own_values_are_no_assumptions_in_the_modes_of_a_stack(name: str):
    words = ("--assume", f"{name}=9")
    for mode in Mode:
        if mode in {Mode.STACK, Mode.STACK_MONTHS, Mode.PREVIEW, Mode.PREVIEW_MONTHS}:
            with pytest.raises(AssumptionError, match=f"^{name} does nothing with a stack"):
                described(*words, mode=mode)
        else:
            assert getattr(described(*words, mode=mode).assumptions, name) == 9


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("[1]", "is no mapping"), ("a: [", "is no YAML"), ("", "is no mapping"), ("\x00", "is no YAML")],
)
def test_another_file_has_no_assumptions(content: str, complaint: str, tmp_path: Path):
    file = tmp_path / "assumed.yaml"
    file.write_text(content)
    with pytest.raises(AssumptionError, match=complaint):
        read_assumptions(file, [], free_tier=False)
    with pytest.raises(AssumptionError, match="can't be read: No such file or directory"):
        read_assumptions(tmp_path / "none.yaml", [], free_tier=False)


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({}, Mode.COMPARISON),
        ({"all_regions": True}, Mode.REGIONS),
        ({"projected_months": 3}, Mode.MONTHS),
        ({"stack": "dev"}, Mode.STACK),
        ({"stack": "dev", "projected_months": 3}, Mode.STACK_MONTHS),
        ({"preview": "-"}, Mode.PREVIEW),
        ({"preview": "-", "projected_months": 3}, Mode.PREVIEW_MONTHS),
        ({"all_regions": True, "projected_months": 3}, Mode.MONTHS),
        ({"stack": "dev", "preview": "-", "all_regions": True}, Mode.PREVIEW),
    ],
)
def test_the_options_that_are_given_choose_the_question(given: dict[str, Any], mode: Mode):
    none = {"projected_months": None, "preview": None, "stack": None, "all_regions": False}
    assert chosen_mode(none | given) is mode
