"""The Price List API is played by botocore's own stub, which holds answers to the API's model.

Their content has the shape of real products: attributes, terms and dimensions as AWS names them.
"""

from __future__ import annotations

import copy
import json
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import boto3.session
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner

from scripts.cli import main
from scripts.cost.price_list import INSTANCES, QUERIES, PriceListError, api_filters, one_price
from scripts.cost.prices import DATA, SnapshotError, load
from scripts.cost.refresh import ApiPriceList, refresh, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from scripts.cost.price_list import Query

REGION = "us-east-1"
BEFORE = load().region(REGION)
PREFIXED = ("PublicIPv4:InUseAddress", "WebACLV2", "RuleV2", "RequestV2-Tier1", "DataProcessing-Bytes")


def product(
    service: str, attributes: Mapping[str, str], steps: Iterable[tuple[str, str, str]]
) -> dict[str, Any]:
    """Make one item of a PriceList: a product with one on-demand term."""
    sku = f"SKU{abs(hash((service, *attributes.values()))):X}"[:16]
    term = f"{sku}.JRTCKXETXF"
    return {
        "product": {"productFamily": "Any", "attributes": dict(attributes), "sku": sku},
        "serviceCode": service,
        "terms": {
            "OnDemand": {
                term: {
                    "priceDimensions": {
                        f"{term}.{index}": {
                            "unit": "Hrs",
                            "endRange": end,
                            "description": "$50 per Month (a description may be wrong)",
                            "appliesTo": [],
                            "rateCode": f"{term}.{index}",
                            "beginRange": begin,
                            "pricePerUnit": {"USD": usd},
                        }
                        for index, (begin, end, usd) in enumerate(steps)
                    },
                    "sku": sku,
                    "effectiveDate": "2026-11-01T00:00:00Z",
                    "offerTermCode": "JRTCKXETXF",
                    "termAttributes": {},
                }
            }
        },
        "version": "20261120174521",
        "publicationDate": "2026-11-20T17:45:21Z",
    }


def as_listed_today(query: Query) -> list[dict[str, Any]]:
    """Answer a query with the prices that the snapshot has."""
    if query is INSTANCES:
        return [
            product(
                "AmazonEC2",
                {"instanceType": name, "regionCode": REGION},
                [("0", "Inf", f"{it.on_demand.usd}")],
            )
            for name, it in BEFORE.instances.items()
        ]
    tiers = BEFORE.tariff(query.item).tiers
    ends = [*(f"{tier.starts_at}" for tier in tiers[1:]), "Inf"]
    prefix = "USE1-" if query.usage_type in PREFIXED else ""
    steps = [(f"{tier.starts_at}", end, f"{tier.usd:.10f}") for tier, end in zip(tiers, ends, strict=True)]
    others = product(query.service, {"usagetype": f"USE1-Reserved{query.usage_type}"}, [("0", "Inf", "9")])
    wanted = product(query.service, {"usagetype": f"{prefix}{query.usage_type}"}, steps)
    return [others, wanted] if query.usage_type else [wanted]


class Recorded:
    """A price list that answers from a table."""

    def __init__(self) -> None:
        self.answers = {query.item: as_listed_today(query) for query in (*QUERIES, INSTANCES)}

    def products(self, query: Query, region: str) -> list[dict[str, Any]]:
        assert region == REGION
        return self.answers[query.item]


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


def set_price(answer: dict[str, Any], usd: str) -> None:
    (term,) = answer["terms"]["OnDemand"].values()
    for dimension in term["priceDimensions"].values():
        dimension["pricePerUnit"]["USD"] = usd


def test_the_same_prices_change_nothing_but_their_date_and_source(recorded: Recorded, folder: Path):
    found = refresh(recorded, [REGION], folder)
    assert found.changes == ()
    assert found.unknown == ()
    write(found, folder)
    after = load(folder).region(REGION)
    for query in QUERIES:
        tariff = after.tariff(query.item)
        assert tariff.tiers == BEFORE.tariff(query.item).tiers
        assert str(tariff.provenance.as_of) == "2026-11-20"
        assert tariff.provenance.source == f"AWS Price List API, {query.service} version 20261120174521"
    assert after.instance("c7g.large").on_demand.usd == Decimal("0.0725")


def test_a_new_price_is_shown_and_written(recorded: Recorded, folder: Path):
    set_price(recorded.answers["nat.hour"][1], "0.0500000000")
    found = refresh(recorded, [REGION], folder)
    (change,) = found.changes
    assert (change.what, change.before, change.after) == ("nat.hour", "0.045", "0.05")
    write(found, folder)
    assert load(folder).region(REGION).tariff("nat.hour").usd == Decimal("0.05")


def test_no_product_is_unknown_and_never_free(recorded: Recorded, folder: Path):
    recorded.answers["alb.hour"] = []
    found = refresh(recorded, [REGION], folder)
    assert found.unknown == ("alb.hour in us-east-1",)
    write(found, folder)
    assert load(folder).region(REGION).tariff("alb.hour") == BEFORE.tariff("alb.hour")


def test_several_products_for_one_price_are_refused(recorded: Recorded, folder: Path):
    twin = copy.deepcopy(recorded.answers["alb.hour"][1])
    twin["product"]["sku"] = "TWIN"
    recorded.answers["alb.hour"].append(twin)
    with pytest.raises(PriceListError, match=r"alb\.hour in us-east-1: 2 products match.*TWIN"):
        refresh(recorded, [REGION], folder)


@pytest.mark.parametrize("usd", ["0.0000000000", "-1"])
def test_a_price_that_is_not_above_zero_is_refused(recorded: Recorded, folder: Path, usd: str):
    set_price(recorded.answers["ipv4.hour"][1], usd)
    with pytest.raises(PriceListError, match=r"ipv4\.hour"):
        refresh(recorded, [REGION], folder)


def test_a_size_that_breaks_the_line_of_its_family_is_refused(recorded: Recorded, folder: Path):
    (odd,) = [
        it
        for it in recorded.answers["instances"]
        if it["product"]["attributes"]["instanceType"] == "c7g.4xlarge"
    ]
    set_price(odd, "0.9000000000")
    before = (folder / "ec2_on_demand.csv").read_text()
    with pytest.raises(SnapshotError, match=r"c7g\.4xlarge in us-east-1"):
        refresh(recorded, [REGION], folder)
    assert (folder / "ec2_on_demand.csv").read_text() == before


def test_an_instance_type_with_two_products_is_refused(recorded: Recorded, folder: Path):
    recorded.answers["instances"].append(recorded.answers["instances"][0])
    with pytest.raises(PriceListError, match="several products"):
        refresh(recorded, [REGION], folder)


def test_the_usage_type_of_any_region_is_known_by_its_end():
    (query,) = [it for it in QUERIES if it.item == "alb.hour"]
    for usage_type in ("LoadBalancerUsage", "EU-LoadBalancerUsage", "SAE1-LoadBalancerUsage"):
        listed = [product("AWSELB", {"usagetype": usage_type}, [("0", "Inf", "0.03")])]
        found = one_price(query, "anywhere", listed)
        assert found
        assert found.tiers == ((Decimal(0), None, Decimal("0.03")),)
    other = [product("AWSELB", {"usagetype": "EU-Outposts-LoadBalancerUsage"}, [("0", "Inf", "0.03")])]
    assert one_price(query, "anywhere", other) is None


def test_data_transfer_is_asked_for_by_the_field_that_it_has():
    (query,) = [it for it in QUERIES if it.item == "transfer.out_gb"]
    fields = {it["Field"]: it["Value"] for it in api_filters(query, "sa-east-1")}
    assert fields["fromRegionCode"] == "sa-east-1"
    assert "regionCode" not in fields


def test_the_api_is_asked_page_by_page_as_its_model_says(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    client = cast("Any", boto3.session.Session()).client("pricing", region_name=REGION)
    (query,) = [it for it in QUERIES if it.item == "alb.hour"]
    asked = {"ServiceCode": "AWSELB", "Filters": api_filters(query, REGION)}
    one, two = as_listed_today(query)
    with Stubber(client) as stub:
        page = {"FormatVersion": "aws_v1", "PriceList": [json.dumps(one)], "NextToken": "more"}
        stub.add_response("get_products", page, asked)
        last = {"FormatVersion": "aws_v1", "PriceList": [json.dumps(two)]}
        stub.add_response("get_products", last, {**asked, "NextToken": "more"})
        assert list(ApiPriceList(client).products(query, REGION)) == [one, two]
        stub.assert_no_pending_responses()


def test_without_credentials_the_command_says_so_and_writes_nothing(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    before = (DATA / "services.csv").read_bytes()
    result = CliRunner().invoke(main, ["prices", "refresh", "--region", REGION])
    assert result.exit_code == 1
    assert "credentials" in result.stderr
    assert (DATA / "services.csv").read_bytes() == before


def test_an_unknown_region_gets_the_nearest():
    result = CliRunner().invoke(main, ["prices", "refresh", "--region", "us-esat-1"])
    assert result.exit_code == 1
    assert "us-east-1" in result.stderr
