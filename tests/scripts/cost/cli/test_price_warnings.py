"""Warnings of prices that are old, missing, or another region's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape
from scripts.cost.bill.purchase_options import PurchaseOptions
from scripts.cost.cli.price_warnings import (
    borrowed_price_warnings,
    left_out_warnings,
    missing_plan_warnings,
    missing_price_warnings,
    stale_price_warnings,
)
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.prices.tariff import Provenance

PRICES = project_snapshot().region("us-east-1")


def days_ago(days: int) -> Provenance:
    return Provenance(as_of=datetime.now(UTC).date() - timedelta(days=days), source=f"{days} days")


def test_prices_are_old_after_180_days_and_the_oldest_is_named():
    assert stale_price_warnings([days_ago(0), days_ago(179)]) == []
    (warning,) = stale_price_warnings([days_ago(10), days_ago(182), days_ago(400)])
    oldest = days_ago(400).as_of
    assert oldest
    assert str(warning) == (
        f"2 of 3 price sources are older than 180 days, the oldest of {oldest.isoformat()} (400 days). "
        "`iris prices refresh` renews them."
    )
    (unknown,) = stale_price_warnings([days_ago(1), Provenance(as_of=None, source="somewhere")])
    assert "1 of 2 price sources" in str(unknown)
    assert "the oldest of no known date (somewhere)" in str(unknown)


def test_types_that_are_left_out_for_want_of_a_price_are_counted():
    shape = FleetShape(instance_type="", purchase=PurchaseOptions(commitment="1y"))
    assert left_out_warnings(0, shape) == []
    assert [str(it) for it in left_out_warnings(164, shape)] == [
        "164 instance types without a price under the commitment 1 year, all upfront are not compared."
    ]


def test_each_option_without_a_price_is_named_with_its_types():
    both = PurchaseOptions(commitment="1y-no-upfront", spot_percent=5)
    assert [str(it) for it in missing_price_warnings(both, PRICES, ["c8i.large", "t3.micro"])] == [
        (
            "no price under the commitment 1 year, no upfront is known in us-east-1 of c8i.large: the price "
            "on demand is used instead."
        )
    ]
    assert [str(it) for it in missing_price_warnings(both, PRICES, ["t3.micro"])] == []
    new = missing_price_warnings(PurchaseOptions(spot_percent=5), PRICES, ["c9g.medium"])
    assert [str(it) for it in new] == [
        "no price at spot is known in us-east-1 of c9g.medium: the price on demand is used instead."
    ]


def test_a_plan_without_a_price_is_named():
    function = FunctionShape()
    assert missing_plan_warnings(function, PRICES) == []
    assert missing_plan_warnings(replace(function, commitment="1y-no-upfront"), PRICES) == []
    (warning,) = missing_plan_warnings(replace(function, commitment="1y"), PRICES)
    assert str(warning).startswith(
        "no price under the commitment 1 year, all upfront is known in us-east-1 of"
    )


def test_items_with_the_prices_of_another_region_are_named_once():
    assert borrowed_price_warnings("eu-west-1", []) == []
    (warning,) = borrowed_price_warnings("eu-west-1", ["disks", "keys", "disks"])
    assert str(warning) == "prices of us-east-1 stand in for unknown ones of eu-west-1: disks, keys."
