"""Spot instances, their headroom, and mixes of types."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from scripts.cost.bill.purchase_options import (
    HEADROOM_PERCENT,
    MissingPrice,
    PurchaseCost,
    PurchaseOptions,
    missing_prices,
    mixed_prices,
    purchase_cost,
)
from scripts.cost.bill.sizing import InstanceLayer
from scripts.cost.prices.snapshot import InstancePrices, Price, RegionPrices
from scripts.cost.prices.tariff import Provenance

WEEKS = Decimal(730) / 168


def price(usd: str, source: str) -> Price:
    return Price(usd=Decimal(usd), provenance=Provenance(as_of=date(2026, 9, 1), source=source))


ON_DEMAND, SPOT, ONE_YEAR, THREE_YEARS = (
    price("0.10", "on demand"),
    price("0.04", "spot"),
    price("0.07", "1y"),
    price("0.05", "3y"),
)
OFFERED = InstancePrices(
    on_demand=ON_DEMAND, spot=SPOT, interruptions="5-10%", one_year=ONE_YEAR, three_years=THREE_YEARS
)
ALWAYS = InstanceLayer(count=2, hours=168, starts=0)
BY_DAY = InstanceLayer(count=3, hours=70, starts=7)


def cost(
    purchase: PurchaseOptions,
    *layers: InstanceLayer,
    prices: InstancePrices = OFFERED,
    boot_seconds: float = 0,
) -> PurchaseCost:
    return purchase_cost(prices, purchase, layers, boot_seconds=boot_seconds)


def weekly(found: PurchaseCost) -> Decimal:
    return round(found.usd / WEEKS, 9)


# The upper end of each band of the spot instance advisor; an unknown one counts as the worst.
def test_the_headroom_of_spot_instances_is_the_upper_end_of_their_band_of_interruptions():
    assert HEADROOM_PERCENT == {"<5%": 5, "5-10%": 10, "10-15%": 15, "15-20%": 20, ">20%": 25, "": 25}
    for band, percent in HEADROOM_PERCENT.items():
        prices = replace(OFFERED, interruptions=band)
        found = cost(PurchaseOptions(spot_percent=100), BY_DAY, prices=prices)
        assert weekly(found) == 3 * 70 * Decimal("0.04") * (100 + percent) / 100


def test_a_share_at_spot_is_one_of_the_instances_that_do_not_always_run():
    found = cost(PurchaseOptions(spot_percent=25), ALWAYS, BY_DAY)
    hour = Decimal("0.10") * 75 / 100 + Decimal("0.044") * 25 / 100
    assert weekly(found) == 2 * 168 * Decimal("0.10") + 3 * 70 * hour
    assert round(found.instance_hours / WEEKS, 9) == 2 * 168 + 3 * 70
    assert [it.source for it in found.provenances] == ["on demand", "spot"]


def test_a_number_of_instances_never_runs_at_spot_also_within_a_layer():
    for base, at_spot in ((0, 2 * 168 + 3 * 70), (1, 168 + 3 * 70), (4, 70), (5, 0), (9, 0)):
        found = cost(PurchaseOptions(spot_percent=100, on_demand_base=base), ALWAYS, BY_DAY)
        others = 2 * 168 + 3 * 70 - at_spot
        assert weekly(found) == at_spot * Decimal("0.044") + others * Decimal("0.10")


@pytest.mark.parametrize(
    ("spot", "band"),
    [
        (None, ""),
        (price("0.10", "spot"), "<5%"),
        # With its headroom it costs as much: 0.08 * 1.25.
        (price("0.08", "spot"), ">20%"),
    ],
)
def test_instances_run_on_demand_where_spot_is_not_cheaper(spot: Price | None, band: str):
    prices = replace(OFFERED, spot=spot, interruptions=band)
    found = cost(PurchaseOptions(spot_percent=100), BY_DAY, prices=prices)
    assert weekly(found) == 3 * 70 * Decimal("0.10")
    assert [it.source for it in found.provenances] == ["on demand"]


def test_an_instance_is_reserved_if_it_always_runs_or_if_that_costs_less_than_its_hours():
    for hours, committed in ((84, 2), (85, 5)):
        layer = replace(BY_DAY, hours=hours)
        found = cost(PurchaseOptions(commitment="3y"), ALWAYS, layer)
        # 168 hours at 0.05 USD cost as much as 84 at 0.10.
        assert found.committed == committed
        assert weekly(found) == (2 * 168 * Decimal("0.05") + 3 * min(Decimal("8.4"), hours * Decimal("0.10")))
        assert found.upfront_usd == committed * 3 * 8_760 * Decimal("0.05")
    assert [it.source for it in found.provenances] == ["3y"]


def test_each_launch_is_billed_for_its_boot():
    found = cost(PurchaseOptions(), ALWAYS, BY_DAY, boot_seconds=1_800)
    assert round(found.instance_hours / WEEKS, 9) == 2 * 168 + 3 * (70 + 7 * Decimal("0.5"))
    assert weekly(found) == (2 * 168 + 3 * (70 + 7 * Decimal("0.5"))) * Decimal("0.10")


def test_a_mix_of_types_costs_the_mean_at_spot_and_is_interrupted_like_its_worst_type():
    dearer = replace(OFFERED, spot=price("0.06", "other"), interruptions=">20%", on_demand=price("0.30", "x"))
    without = replace(OFFERED, spot=None, interruptions="")
    mix = mixed_prices([OFFERED, dearer, without])
    assert mix.spot
    assert (mix.spot.usd, mix.interruptions, mix.spot.provenance.basis) == (
        Decimal("0.05"),
        ">20%",
        "assumed",
    )
    assert (mix.on_demand, mix.one_year) == (ON_DEMAND, ONE_YEAR)
    assert mixed_prices([OFFERED]) == OFFERED
    assert mixed_prices([without, without]) == without
    calm = mixed_prices([replace(OFFERED, interruptions="<5%"), replace(OFFERED, interruptions="10-15%")])
    assert calm.interruptions == "10-15%"


@pytest.mark.parametrize("percent", [-1, 101])
def test_an_impossible_share_at_spot_is_rejected(percent: int):
    with pytest.raises(ValueError, match=f"between 0 and 100 percent, not {percent}"):
        PurchaseOptions(spot_percent=percent)
    assert [PurchaseOptions(spot_percent=it).spot_percent for it in (0, 100)] == [0, 100]


def test_the_options_that_a_type_has_no_price_for_are_named():
    bare = replace(OFFERED, spot=None, one_year=None)
    prices = RegionPrices(name="here", instances={"a": OFFERED, "b": bare, "c": bare}, services={})
    names = ["c", "a", "b", "c"]
    both = PurchaseOptions(commitment="1y", spot_percent=1)
    assert missing_prices(both, prices, names) == [
        MissingPrice(option="1 year, all upfront", region="here", types=("c", "b")),
        MissingPrice(option="at spot", region="here", types=("c", "b")),
    ]
    assert missing_prices(PurchaseOptions(), prices, names) == []
    assert missing_prices(PurchaseOptions(commitment="3y"), prices, names) == []
    assert missing_prices(both, prices, ["a"]) == []
