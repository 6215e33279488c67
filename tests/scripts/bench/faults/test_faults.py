"""Order of the faults, their bounds, and the verdict on a measurement."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from scripts.bench.faults.fault_kinds import FAULTS
from scripts.bench.faults.fault_results import FaultResult, FaultsResult, summary
from scripts.bench.faults.faults import order_of
from scripts.bench.faults.stack_numbers import StackNumbers
from scripts.bench.measurement_conditions import measure_conditions

# Those of Pulumi.dev.yaml, with AWS's default threshold.
STACK = StackNumbers(interval=5, timeout=2, threshold=2, grace=65, instances=2, zones=2)

REPAIRED = FaultResult(
    fault="kill-balancer",
    explained="Envoy of one zone killed",
    is_passed_on=False,
    requests=10_000,
    failures={"reset": 3, "500": 1},
    implied_failures=2.5,
    p99_ms=10,
    outage_seconds=0.1,
    noticed_seconds=0.2,
    noticed_bound=2,
    repaired_seconds=1,
    repaired_bound=20,
)

RESULT = FaultsResult(
    conditions=measure_conditions(()),
    stack=STACK,
    capacity=125,
    per_second=100,
    minutes=3.2,
    faults=[REPAIRED],
    resources=[],
    left_processes=0,
    left_ports=[],
)


def test_every_fault_has_a_name_of_its_own():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) == 10


def test_by_default_each_fault_is_injected_once_in_order():
    assert list(order_of(FAULTS, None)) == list(FAULTS)


def test_a_long_measurement_injects_every_fault_before_it_begins_again_in_another_order():
    first, second = (list(islice(order_of(FAULTS, 10), 3 * len(FAULTS))) for _ in range(2))
    assert first == second
    turns = [first[begin : begin + len(FAULTS)] for begin in range(0, len(first), len(FAULTS))]
    assert all({fault.name for fault in turn} == {fault.name for fault in FAULTS} for turn in turns)
    assert turns[0] != turns[1]


@pytest.mark.parametrize(
    ("name", "noticed", "lost"),
    [
        # Two checks that fail at once, each 5 s after the one before; and a turn of the controller.
        ("fail-instance", 10 + 1.5, 11.5 / 2),
        # Two checks that each take 2 s to fail.
        ("freeze-instance", 14 + 1.5, 15.5 / 2),
        ("freeze-balancer", 2, 2 / 2),
        ("kill-controller", 1, 0),
    ],
)
def test_the_bounds_of_a_fault_follow_from_the_health_check_and_the_size_of_the_fleet(
    name: str, noticed: float, lost: float
):
    (fault,) = [fault for fault in FAULTS if fault.name == name]
    bounds = fault.bounds(STACK)
    assert bounds.noticed == noticed
    assert bounds.lost_seconds * bounds.lost_share == lost
    assert bounds.repaired > bounds.noticed


def test_an_instance_is_not_replaced_before_its_grace_period_is_over():
    (fault,) = [fault for fault in FAULTS if fault.name == "freeze-instance"]
    assert fault.bounds(replace(STACK, grace=300)).repaired > 300


def test_failures_beyond_those_that_follow_from_the_numbers_are_counted():
    assert (REPAIRED.failed, REPAIRED.avoidable) == (4, 1)
    assert replace(REPAIRED, implied_failures=100).avoidable == 0
    assert summary(RESULT) == (
        "4 of 10,000 requests failed (0.040%), 3 by reset, 1 by 500; 1 more than follow from the numbers of "
        "the stack. 1 faults in 3.2 minutes, at 100 requests per second, 80% of the capacity."
    )


def test_errors_that_an_alb_too_passes_on_are_in_the_sum_and_left_out_of_a_second_one():
    failing = replace(
        REPAIRED,
        explained="instance that answers 500 to everything",
        is_passed_on=True,
        requests=2_000,
        failures={"500": 400},
    )
    text = summary(replace(RESULT, faults=[REPAIRED, failing]))
    assert text.startswith("404 of 12,000 requests failed (3.367%)")
    assert "until it is unhealthy: 4 of 10,000 requests failed (0.040%)." in text
    assert [fault.name for fault in FAULTS if fault.is_passed_on] == ["fail-instance"]


@pytest.mark.parametrize(
    ("change", "is_good"),
    [
        ({}, True),
        ({"left_processes": 1}, False),
        ({"left_ports": [8080]}, False),
        ({"faults": [REPAIRED, replace(REPAIRED, repaired_seconds=None)]}, False),
    ],
)
def test_a_measurement_is_good_if_all_is_repaired_and_nothing_is_left(
    change: dict[str, Any],
    is_good: bool,  # noqa: FBT001 - a column of the table
):
    assert replace(RESULT, **change).is_good is is_good
