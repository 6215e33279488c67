from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.cost.bill.network import RequestBandwidth
from scripts.cost.bill.purchase_options import PurchaseOptions, purchase_cost
from scripts.cost.bill.sizing import SizingPolicy, layers, size_fleet
from scripts.cost.prices.snapshot import project_snapshot

RATES = st.lists(st.floats(0, 1e5), min_size=24, max_size=24).map(lambda day: np.tile(day, 7))
THROUGHPUTS = st.floats(1, 1e5)
POLICIES = st.builds(
    SizingPolicy,
    target_utilisation=st.floats(0.05, 1),
    zones=st.integers(2, 3),
    minimum=st.integers(1, 6),
    maximum_after_loss=st.floats(0.05, 1),
)
OFFERED = project_snapshot().region("us-east-1").instances
TYPES = st.sampled_from(sorted(OFFERED))


@given(RATES, THROUGHPUTS, POLICIES)
def test_the_instances_that_survive_the_loss_of_any_zone_serve_the_demand_within_their_maximum(
    rates: np.ndarray, throughput: float, policy: SizingPolicy
):
    for rate, count in zip(rates[:24], size_fleet(rates, throughput, policy).counts[:24], strict=True):
        fullest = math.ceil(int(count) / policy.zones)
        survivors = (int(count) - fullest) * throughput * policy.maximum_after_loss
        assert survivors >= rate * (1 - 1e-6) - 1e-6 * throughput


@given(RATES, THROUGHPUTS, POLICIES)
def test_no_instance_exceeds_its_target_and_the_minimum_always_runs(
    rates: np.ndarray, throughput: float, policy: SizingPolicy
):
    sizing = size_fleet(rates, throughput, policy)
    assert (sizing.utilisation <= policy.target_utilisation * (1 + 1e-6)).all()
    assert (sizing.counts >= policy.minimum).all()
    assert (sizing.without_redundancy <= sizing.counts).all()


@given(RATES, THROUGHPUTS, POLICIES)
def test_one_instance_less_would_break_a_rule(rates: np.ndarray, throughput: float, policy: SizingPolicy):
    minimum = np.broadcast_to(policy.minimum, rates.shape)
    counts = size_fleet(rates, throughput, policy).counts
    for rate, count, floor in zip(
        rates[:24].tolist(), counts[:24].tolist(), minimum[:24].tolist(), strict=True
    ):
        fewer = int(count) - 1
        left = fewer - math.ceil(fewer / policy.zones)
        breaks = (
            fewer < max(1, floor)
            or rate > fewer * throughput * policy.target_utilisation * (1 - 1e-6)
            or rate > left * throughput * policy.maximum_after_loss * (1 - 1e-6)
        )
        assert breaks


# In floating-point numbers 0.1 * 3 is more than 0.3.
def test_a_demand_that_instances_exactly_meet_needs_no_further_one():
    policy = SizingPolicy(target_utilisation=0.1, minimum=1, survives_zone_loss=False)
    assert size_fleet(np.full(168, 0.1 * 3), 1, policy).counts.max() == 3


def test_after_the_loss_of_a_zone_the_survivors_run_at_85_percent_and_not_at_99():
    # Two machines of 100 requests per second at a target of 99 % would serve 99, and the survivor with them.
    rates = np.full(168, 99.0)
    at_the_limit = SizingPolicy(target_utilisation=0.99, maximum_after_loss=1)
    assert size_fleet(rates, 100, at_the_limit).counts.max() == 2
    # 99 / 85 takes two survivors, so two in each zone.
    assert size_fleet(rates, 100, SizingPolicy(target_utilisation=0.99)).counts.max() == 4
    assert size_fleet(rates, 100, SizingPolicy(target_utilisation=0.99)).sized_by == "loss of a zone"


def test_instances_stay_within_their_baseline_bandwidth_and_the_survivors_of_a_zone_within_their_burst():
    rates, policy = np.full(168, 300.0), SizingPolicy()
    sizing = size_fleet(rates, 1_000, policy, RequestBandwidth(baseline=16, burst=1_000))
    # 300 / 16 is 18.75.
    assert (sizing.counts.max(), sizing.sized_by) == (19, "network bandwidth")
    # Half of the instances burst at 20: 300 / 20 in each zone.
    bursting = size_fleet(rates, 1_000, policy, RequestBandwidth(baseline=16, burst=20))
    assert (bursting.counts.max(), bursting.sized_by) == (30, "loss of a zone")
    own_targets = replace(policy, survives_zone_loss=False, follows_bandwidth=False)
    assert size_fleet(rates, 1_000, own_targets, RequestBandwidth(baseline=16, burst=20)).counts.max() == 2


def test_a_fleet_at_its_maximum_is_overloaded():
    sizing = size_fleet(np.full(168, 1_000.0), 10, SizingPolicy(maximum=4))
    assert sizing.counts.max() == 4
    assert sizing.utilisation.max() == 25


def test_a_fleet_in_one_zone_can_t_survive_its_loss():
    with pytest.raises(ValueError, match="two zones"):
        SizingPolicy(zones=1)
    assert SizingPolicy(zones=1, survives_zone_loss=False).zones == 1


@pytest.mark.parametrize("share", [0, 1.1])
def test_an_impossible_utilisation_is_rejected(share: float):
    with pytest.raises(ValueError, match="target utilisation"):
        SizingPolicy(target_utilisation=share)
    with pytest.raises(ValueError, match="maximum utilisation"):
        SizingPolicy(maximum_after_loss=share)


@given(RATES, THROUGHPUTS)
def test_layers_add_up_to_the_fleet(rates: np.ndarray, throughput: float):
    sizing = size_fleet(rates, throughput, SizingPolicy())
    parts = layers(sizing)
    assert sum(it.count for it in parts) == sizing.counts.max()
    assert sum(it.count * it.hours for it in parts) == sizing.counts.sum()
    risen = np.maximum(0, np.roll(sizing.counts, -1) - sizing.counts).sum()
    assert sum(it.count * it.starts for it in parts) == risen


@given(RATES, TYPES, st.integers(0, 99), st.sampled_from(["none", "1y", "3y"]))
def test_more_spot_never_costs_more(rates: np.ndarray, name: str, percent: int, commitment: str):
    week = layers(size_fleet(rates, 1_000, SizingPolicy()))

    def usd(spot_percent: int) -> Decimal:
        purchase = PurchaseOptions(spot_percent=spot_percent)
        mix = {
            "none": purchase,
            "1y": replace(purchase, commitment="1y"),
            "3y": replace(purchase, commitment="3y"),
        }
        return purchase_cost(OFFERED[name], mix[commitment], week, boot_seconds=120).usd

    assert usd(percent + 1) <= usd(percent)


@given(RATES, TYPES, st.integers(0, 100))
def test_a_longer_commitment_never_costs_more(rates: np.ndarray, name: str, percent: int):
    week = layers(size_fleet(rates, 1_000, SizingPolicy()))
    none, one, three = (
        purchase_cost(
            OFFERED[name], PurchaseOptions(commitment=it, spot_percent=percent), week, boot_seconds=120
        ).usd
        for it in ("none", "1y", "3y")
    )
    assert three <= one <= none


def test_only_instances_that_run_enough_are_reserved():
    # Two instances for 100 hours of the week and one for 10, in addition to the two that always run.
    rates = np.array([0.0] * 58 + [3_900.0] * 100 + [4_900.0] * 10)
    week = layers(size_fleet(rates, 1_000, SizingPolicy(target_utilisation=1, survives_zone_loss=False)))
    assert [(it.count, it.hours) for it in week] == [(2, 168), (2, 110), (1, 10)]
    prices = OFFERED["c7g.large"]
    assert purchase_cost(prices, PurchaseOptions(commitment="3y"), week, boot_seconds=0).committed == 4
    assert purchase_cost(prices, PurchaseOptions(commitment="1y"), week, boot_seconds=0).committed == 4
    assert purchase_cost(prices, PurchaseOptions(commitment="none"), week, boot_seconds=0).committed == 2


def test_a_size_twice_as_large_is_never_more_than_2_4_percent_off_twice_the_price():
    known = project_snapshot()
    sizes = ["medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge"]
    compared = 0
    for region in known.regions.values():
        for name, prices in region.instances.items():
            family, _, this = name.partition(".")
            if this not in sizes[:-1]:
                continue
            twice = f"{family}.{sizes[sizes.index(this) + 1]}"
            if twice in region.instances:
                ratio = region.instances[twice].on_demand.usd / prices.on_demand.usd
                assert abs(ratio / 2 - 1) <= Decimal("0.024"), (region.name, name)
                compared += 1
    assert compared > 500
