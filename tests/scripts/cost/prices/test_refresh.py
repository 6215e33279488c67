from __future__ import annotations

import copy
import shutil
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from infra.reference_data.csv_rows import read_rows
from scripts.cost.prices.price_list import PriceListError, api_filters, instance_prices, one_price
from scripts.cost.prices.price_list_queries import INSTANCES, QUERIES
from scripts.cost.prices.refresh import Bandwidth, MarketPrices, RefreshResult, refresh
from scripts.cost.prices.snapshot import DATA, SnapshotError, load_snapshot
from scripts.cost.prices.snapshot_writer import write
from tests.scripts.cost.price_list_answers import (
    BEFORE,
    REGION,
    as_listed_today,
    product,
    reserve,
    reserve_in_installments,
    set_price,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from scripts.cost.prices.price_list_queries import PriceQuery


class RecordedPriceList:
    """Price list with fixed products."""

    def __init__(self) -> None:
        self.answers = {query.item: as_listed_today(query) for query in (*QUERIES, INSTANCES)}

    def products(self, query: PriceQuery, region: str) -> list[dict[str, Any]]:
        assert region == REGION
        return self.answers[query.item]

    def of_type(self, name: str) -> dict[str, Any]:
        answers = self.answers["instances"]
        (found,) = [it for it in answers if it["product"]["attributes"]["instanceType"] == name]
        return found


@dataclass
class FixedMarket:
    """Market with fixed prices."""

    at_spot: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    by_plan: dict[int, dict[str, Decimal]] = field(default_factory=dict[int, dict[str, Decimal]])
    on_the_wire: dict[str, Bandwidth] = field(default_factory=dict[str, Bandwidth])

    def spot(self, region: str, types: Iterable[str]) -> MarketPrices:
        assert region == REGION
        assert set(self.at_spot) <= set(types)
        return MarketPrices(usd_per_hour=self.at_spot, as_of="2026-11-22", source="the market")

    def plans(self, region: str, years: int) -> MarketPrices:
        assert region == REGION
        return MarketPrices(usd_per_hour=self.by_plan.get(years, {}), as_of="2026-11-22", source="the plans")

    def bandwidths(self, region: str, types: Iterable[str]) -> dict[str, Bandwidth]:
        assert region == REGION
        assert set(self.on_the_wire) <= set(types)
        return self.on_the_wire


@pytest.fixture
def recorded() -> RecordedPriceList:
    return RecordedPriceList()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "data"


def refresh_snapshot(
    recorded: RecordedPriceList, folder: Path, market: FixedMarket | None = None
) -> RefreshResult:
    found = refresh(recorded, market, [REGION], folder)
    write(found.files, folder)
    return found


def test_the_same_prices_change_nothing_but_their_date_and_source(recorded: RecordedPriceList, folder: Path):
    found = refresh_snapshot(recorded, folder)
    assert found.changes == ()
    assert found.unknown == ()
    assert found.discrepancies == ()
    after = load_snapshot(folder).region(REGION)
    for query in QUERIES:
        tariff = after.tariff(query.item)
        assert tariff.tiers == BEFORE.tariff(query.item).tiers
        assert str(tariff.provenance.as_of) == "2026-11-20"
        assert tariff.provenance.source == f"AWS Price List, {query.service} version 20261120174521"
    instance, before = after.instance("c7g.large"), BEFORE.instance("c7g.large")
    assert instance.on_demand.usd == Decimal("0.0725")
    assert instance.one_year
    assert before.one_year
    assert instance.one_year.usd == before.one_year.usd
    assert str(instance.one_year.provenance.as_of) == "2026-11-20"


def test_items_without_a_query_are_named(recorded: RecordedPriceList, folder: Path):
    found = refresh_snapshot(recorded, folder)
    assert "kms.key_month" in found.not_queried
    assert "alb.hour" not in found.not_queried


def test_a_new_price_is_shown_and_written(recorded: RecordedPriceList, folder: Path):
    set_price(recorded.answers["nat.hour"][1], "0.0500000000")
    (change,) = refresh_snapshot(recorded, folder).changes
    assert (change.kind, change.what, change.before, change.after) == ("service", "nat.hour", "0.045", "0.05")
    assert load_snapshot(folder).region(REGION).tariff("nat.hour").usd == Decimal("0.05")


def test_a_new_type_gets_all_its_prices(recorded: RecordedPriceList, folder: Path):
    lines = (folder / "ec2_reserved.csv").read_text().splitlines(keepends=True)
    (folder / "ec2_reserved.csv").write_text("".join(it for it in lines if "us-east-1,c7g.large," not in it))
    (change,) = refresh_snapshot(recorded, folder).changes
    assert (change.kind, change.what, change.before) == ("reserved", "c7g.large", "")
    assert load_snapshot(folder).region(REGION).instance("c7g.large").three_years


def test_an_upfront_payment_is_spread_over_the_hours_of_its_term(recorded: RecordedPriceList, folder: Path):
    reserve(recorded.of_type("c7g.large"), {"1yr": Decimal("0.05"), "3yr": Decimal("0.03")})
    (change,) = refresh_snapshot(recorded, folder).changes
    assert change.after == "0.05 / 0.03"
    after = load_snapshot(folder).region(REGION).instance("c7g.large")
    assert after.three_years
    assert after.three_years.usd == Decimal("0.03")


def test_a_partial_upfront_payment_and_its_hours_are_written_apart(recorded: RecordedPriceList, folder: Path):
    reserve_in_installments(recorded.of_type("c7g.large"), "1yr", "Partial Upfront", "207", "0.0236")
    (change,) = refresh_snapshot(recorded, folder).changes
    assert (change.kind, change.what) == ("installments", "c7g.large for 1y-partial-upfront")
    assert (change.before, change.after) == ("", "207 / 0.0236")
    found = load_snapshot(folder).region(REGION).instance("c7g.large").committed("1y-partial-upfront")
    assert found
    assert found.upfront_usd == 207
    assert found.hour.usd == Decimal(207) / 8_760 + Decimal("0.0236")
    assert str(found.hour.provenance.as_of) == "2026-11-20"


@pytest.mark.parametrize(
    ("option", "once", "hourly"),
    [("Partial Upfront", "0", "0.02"), ("Partial Upfront", "207", "0"), ("No Upfront", None, "0")],
)
def test_a_payment_of_nothing_is_refused(
    recorded: RecordedPriceList, folder: Path, option: str, once: str | None, hourly: str
):
    reserve_in_installments(recorded.of_type("c7g.large"), "3yr", option, once, hourly)
    with pytest.raises(PriceListError, match=r"c7g\.large: the list says 0 USD for a term"):
        refresh(recorded, None, [REGION], folder)


def test_a_plan_replaces_a_missing_reservation_and_a_difference_is_reported(
    recorded: RecordedPriceList, folder: Path
):
    del recorded.of_type("c7g.large")["terms"]["Reserved"]
    rates = {"c7g.large": Decimal("0.04"), "c7g.xlarge": Decimal("0.5"), "nobody.knows": Decimal(1)}
    market = FixedMarket(
        at_spot={name: it.spot.usd for name, it in BEFORE.instances.items() if it.spot},
        by_plan={1: rates, 3: rates},
    )
    found = refresh_snapshot(recorded, folder, market)
    (change,) = found.changes
    assert (change.what, change.after) == ("c7g.large", "0.04 / 0.04")
    assert len(found.discrepancies) == 1
    assert "c7g.xlarge in us-east-1" in found.discrepancies[0]
    after = load_snapshot(folder).region(REGION).instance("c7g.large")
    assert after.one_year
    assert after.one_year.provenance.source == "the plans"


# A Savings Plan and a reservation of the same term cost the same, but for their rounding.
def test_a_plan_more_than_two_percent_off_its_reservation_is_doubtful(
    recorded: RecordedPriceList, folder: Path
):
    off = {"c7g.medium": 102, "c7g.large": 98, "c7g.xlarge": 103, "c7g.2xlarge": 97}
    listed = instance_prices(REGION, recorded.answers["instances"])
    by_plan = {
        years: {name: listed[name].reserved[place] * percent / 100 for name, percent in off.items()}
        for place, years in enumerate((1, 3))
    }
    found = refresh_snapshot(recorded, folder, FixedMarket(by_plan=by_plan))
    assert [each.partition(" in ")[0] for each in found.discrepancies] == ["c7g.xlarge", "c7g.2xlarge"]


def test_a_bandwidth_is_renewed_and_an_unknown_one_is_named(recorded: RecordedPriceList, folder: Path):
    wide = Bandwidth(Decimal("1.5"), Decimal("12.5"))
    found = refresh_snapshot(recorded, folder, FixedMarket(on_the_wire={"c7g.large": wide}))
    (change,) = found.changes
    assert (change.kind, change.what) == ("bandwidth", "c7g.large")
    assert (change.before, change.after) == ("0.937 / 12.5", "1.5 / 12.5")
    (row,) = [it for it in read_rows(folder / "instance_types.csv") if it["type"] == "c7g.large"]
    assert (row["network_baseline_gbps"], row["network_burst_gbps"]) == ("1.5", "12.5")
    assert (row["vcpu"], row["memory_gib"], row["architecture"]) == ("2", "4", "arm64")
    assert "the bandwidth of c7g.xlarge" in found.unknown
    assert "the bandwidth of c7g.large" not in found.unknown


def test_a_spot_price_is_renewed_and_keeps_its_interruptions(recorded: RecordedPriceList, folder: Path):
    found = refresh_snapshot(recorded, folder, FixedMarket(at_spot={"c7g.large": Decimal("0.0301234567")}))
    (change,) = found.changes
    assert (change.kind, change.after) == ("spot", "0.030123")
    after = load_snapshot(folder).region(REGION).instance("c7g.large")
    assert after.spot
    assert (after.spot.usd, str(after.spot.provenance.as_of)) == (Decimal("0.030123"), "2026-11-22")
    assert after.interruptions == BEFORE.instance("c7g.large").interruptions
    assert "c7g.xlarge at spot in us-east-1" in found.unknown


def test_no_product_is_unknown_and_never_free(recorded: RecordedPriceList, folder: Path):
    recorded.answers["alb.hour"] = []
    recorded.answers["instances"].remove(recorded.of_type("c7g.large"))
    found = refresh_snapshot(recorded, folder)
    assert set(found.unknown) == {
        "alb.hour in us-east-1",
        "c7g.large in us-east-1",
        "c7g.large reserved in us-east-1",
    }
    after = load_snapshot(folder).region(REGION)
    assert after.tariff("alb.hour") == BEFORE.tariff("alb.hour")
    assert after.instance("c7g.large") == BEFORE.instance("c7g.large")


def test_several_products_for_one_price_are_rejected(recorded: RecordedPriceList, folder: Path):
    twin = copy.deepcopy(recorded.answers["alb.hour"][1])
    twin["product"]["sku"] = "TWIN"
    recorded.answers["alb.hour"].append(twin)
    with pytest.raises(PriceListError, match=r"alb\.hour in us-east-1: 2 products match.*TWIN"):
        refresh_snapshot(recorded, folder)


@pytest.mark.parametrize("usd", ["0.0000000000", "-1"])
def test_a_price_that_is_not_above_zero_is_rejected(recorded: RecordedPriceList, folder: Path, usd: str):
    set_price(recorded.answers["ipv4.hour"][1], usd)
    with pytest.raises(PriceListError, match=r"ipv4\.hour"):
        refresh_snapshot(recorded, folder)


def test_a_reservation_for_zero_is_rejected(recorded: RecordedPriceList, folder: Path):
    reserve(recorded.of_type("c7g.large"), {"1yr": Decimal(0), "3yr": Decimal("0.03")})
    with pytest.raises(PriceListError, match=r"c7g\.large"):
        refresh_snapshot(recorded, folder)


def test_a_price_that_is_not_proportional_to_the_size_is_rejected(recorded: RecordedPriceList, folder: Path):
    set_price(recorded.of_type("c7g.4xlarge"), "0.9000000000")
    before = (folder / "ec2_on_demand.csv").read_text()
    with pytest.raises(SnapshotError, match=r"c7g\.4xlarge in us-east-1"):
        refresh_snapshot(recorded, folder)
    assert (folder / "ec2_on_demand.csv").read_text() == before


def test_an_instance_type_with_two_products_is_rejected(recorded: RecordedPriceList, folder: Path):
    recorded.answers["instances"].append(recorded.answers["instances"][0])
    with pytest.raises(PriceListError, match="several products"):
        refresh_snapshot(recorded, folder)


def test_a_usage_type_is_matched_by_its_end_in_any_region():
    (query,) = [it for it in QUERIES if it.item == "alb.hour"]
    for usage_type in ("LoadBalancerUsage", "EU-LoadBalancerUsage", "SAE1-LoadBalancerUsage"):
        listed = [product("AWSELB", {"usagetype": usage_type}, [("0", "Inf", "0.03")])]
        found = one_price(query, "anywhere", listed)
        assert found
        assert found.tiers == ((Decimal(0), None, Decimal("0.03")),)
    other = [product("AWSELB", {"usagetype": "EU-Outposts-LoadBalancerUsage"}, [("0", "Inf", "0.03")])]
    assert one_price(query, "anywhere", other) is None


def test_data_transfer_is_filtered_by_its_own_region_field():
    (query,) = [it for it in QUERIES if it.item == "transfer.out_gb"]
    fields = {it["Field"]: it["Value"] for it in api_filters(query, "sa-east-1")}
    assert fields["fromRegionCode"] == "sa-east-1"
    assert "regionCode" not in fields
