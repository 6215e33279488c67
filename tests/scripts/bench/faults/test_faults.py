"""Order of the faults, and the verdict on a measurement."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from scripts.bench.faults.fault_kinds import FAULTS
from scripts.bench.faults.faults import FaultResult, FaultsResult, order_of
from scripts.bench.measurement_conditions import measure_conditions

REPAIRED = FaultResult(
    fault="kill-balancer",
    explained="Envoy of one zone killed",
    requests=100,
    failed=1,
    p99_ms=10,
    outage_seconds=0.1,
    detected_seconds=0.2,
    recovered_seconds=1,
)


def test_every_fault_has_a_name_of_its_own_and_a_limit():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) == 9
    assert all(fault.within > 0 for fault in FAULTS)


def test_by_default_each_fault_is_injected_once_in_order():
    assert list(order_of(FAULTS, None)) == list(FAULTS)


def test_a_long_measurement_goes_on_with_all_faults_in_an_order_that_can_be_repeated():
    first, second = (list(islice(order_of(FAULTS, 10), 200)) for _ in range(2))
    assert first == second
    assert set(first) == set(FAULTS)


@pytest.mark.parametrize(
    ("change", "is_good"),
    [
        ({}, True),
        ({"left_processes": 1}, False),
        ({"left_ports": [8080]}, False),
        ({"faults": [REPAIRED, replace(REPAIRED, recovered_seconds=None)]}, False),
    ],
)
def test_a_measurement_is_good_if_all_is_repaired_and_nothing_is_left(
    change: dict[str, object],
    is_good: bool,  # noqa: FBT001 - a column of the table
):
    result = FaultsResult(
        conditions=measure_conditions(()),
        per_second=100,
        faults=[REPAIRED],
        left_processes=0,
        left_ports=[],
    )
    assert replace(result, **change).is_good is is_good  # pyright: ignore[reportArgumentType]
