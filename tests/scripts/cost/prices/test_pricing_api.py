"""AWS's APIs by botocore's own stub, which validates requests and responses against the APIs' models."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from scripts.cost.prices.price_list import PriceListError, api_filters
from scripts.cost.prices.price_list_queries import QUERIES
from scripts.cost.prices.pricing_api import ApiMarket, ApiPriceList
from tests.scripts.cost.price_list_answers import REGION, as_listed_today
from tests.stubbed import client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.aws.client_factory import ClientFactory

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SPOT_REQUEST = {
    "InstanceTypes": ["c7g.large", "t4g.small"],
    "ProductDescriptions": ["Linux/UNIX"],
    "StartTime": NOW,
    "EndTime": NOW,
}
PLANS_REQUEST = {
    "savingsPlanPaymentOptions": ["All Upfront"],
    "savingsPlanTypes": ["EC2Instance"],
    "products": ["EC2"],
    "serviceCodes": ["AmazonEC2"],
    "filters": [
        {"name": "region", "values": [REGION]},
        {"name": "productDescription", "values": ["Linux/UNIX"]},
        {"name": "tenancy", "values": ["shared"]},
    ],
    "maxResults": 1_000,
}


class StubbedPriceClients:
    """Stubbed clients, each of which accepts exactly the expected requests."""

    def __init__(self) -> None:
        self._clients = {name: client_of(name) for name in ("pricing", "ec2", "savingsplans")}
        self.stubs = {name: Stubber(client) for name, client in self._clients.items()}

    def clients_of_region(self, region: str) -> ClientFactory:
        assert region == REGION
        return self._clients.__getitem__


@pytest.fixture
def aws() -> Iterator[StubbedPriceClients]:
    fake = StubbedPriceClients()
    for stub in fake.stubs.values():
        stub.activate()
    yield fake
    for stub in fake.stubs.values():
        stub.assert_no_pending_responses()


def spot(name: str, zone: str, usd: str, minutes_ago: int = 0) -> dict[str, Any]:
    return {
        "AvailabilityZone": zone,
        "InstanceType": name,
        "ProductDescription": "Linux/UNIX",
        "SpotPrice": usd,
        "Timestamp": NOW - timedelta(minutes=minutes_ago),
    }


def rate(name: str, usd: str, years: int = 1) -> dict[str, Any]:
    return {
        "savingsPlanOffering": {
            "offeringId": "f1c2a4c3-5b5e-4c4f-9a3d-0f6c1a2b3c4d",
            "paymentOption": "All Upfront",
            "planType": "EC2Instance",
            "durationSeconds": years * 31_536_000,
            "currency": "USD",
        },
        "rate": usd,
        "unit": "Hrs",
        "productType": "EC2",
        "serviceCode": "AmazonEC2",
        "usageType": f"BoxUsage:{name}",
        "operation": "RunInstances",
        "properties": [
            {"name": "region", "value": REGION},
            {"name": "instanceType", "value": name},
            {"name": "productDescription", "value": "Linux/UNIX"},
        ],
    }


def test_the_price_list_is_read_page_by_page(aws: StubbedPriceClients):
    (query,) = [it for it in QUERIES if it.item == "alb.hour"]
    request = {"ServiceCode": "AWSELB", "Filters": api_filters(query, REGION)}
    one, two = as_listed_today(query)
    page = {"FormatVersion": "aws_v1", "PriceList": [json.dumps(one)], "NextToken": "more"}
    aws.stubs["pricing"].add_response("get_products", page, request)
    last = {"FormatVersion": "aws_v1", "PriceList": [json.dumps(two)]}
    aws.stubs["pricing"].add_response("get_products", last, {**request, "NextToken": "more"})
    assert list(ApiPriceList(aws.clients_of_region(REGION)("pricing")).products(query, REGION)) == [one, two]


def test_a_spot_price_is_the_mean_over_the_region_s_own_zones_of_the_newest(aws: StubbedPriceClients):
    first = [
        spot("c7g.large", "us-east-1a", "0.03", minutes_ago=5),
        spot("c7g.large", "us-east-1a", "0.09", minutes_ago=50),
        spot("c7g.large", "us-east-1-bos-1a", "0.9"),
    ]
    second = [spot("c7g.large", "us-east-1b", "0.05"), spot("t4g.small", "us-east-1b", "0.007")]
    stub = aws.stubs["ec2"]
    stub.add_response(
        "describe_spot_price_history", {"SpotPriceHistory": first, "NextToken": "more"}, SPOT_REQUEST
    )
    stub.add_response(
        "describe_spot_price_history", {"SpotPriceHistory": second}, {**SPOT_REQUEST, "NextToken": "more"}
    )
    quoted = ApiMarket(aws.clients_of_region, NOW).spot(REGION, ["c7g.large", "t4g.small"])
    assert quoted.usd_per_hour == {"c7g.large": Decimal("0.04"), "t4g.small": Decimal("0.007")}
    assert quoted.as_of == "2026-11-22"


def test_a_spot_price_of_zero_is_rejected(aws: StubbedPriceClients):
    answer = {"SpotPriceHistory": [spot("c7g.large", "us-east-1a", "0.000000")]}
    aws.stubs["ec2"].add_response("describe_spot_price_history", answer, SPOT_REQUEST)
    with pytest.raises(PriceListError, match="not above zero"):
        ApiMarket(aws.clients_of_region, NOW).spot(REGION, ["c7g.large", "t4g.small"])


def test_plans_of_one_duration_are_read_page_by_page(aws: StubbedPriceClients):
    stub = aws.stubs["savingsplans"]
    pages = (
        {
            "searchResults": [rate("c7g.large", "0.045"), rate("c7g.large", "0.03", years=3)],
            "nextToken": "more",
        },
        {"searchResults": [rate("t4g.small", "0.01")], "nextToken": ""},
    )
    for answer, request in zip(pages, (PLANS_REQUEST, {**PLANS_REQUEST, "nextToken": "more"}), strict=True):
        stub.add_response("describe_savings_plans_offering_rates", answer, request)
    quoted = ApiMarket(aws.clients_of_region, NOW).plans(REGION, 1)
    assert quoted.usd_per_hour == {"c7g.large": Decimal("0.045"), "t4g.small": Decimal("0.01")}


@pytest.mark.parametrize("second", ["0.046", "0"])
def test_two_rates_of_a_type_or_a_rate_of_zero_are_rejected(aws: StubbedPriceClients, second: str):
    results = [rate("c7g.large", "0.045"), rate("c7g.large", second)]
    aws.stubs["savingsplans"].add_response(
        "describe_savings_plans_offering_rates", {"searchResults": results}, PLANS_REQUEST
    )
    with pytest.raises(PriceListError, match=r"c7g\.large in us-east-1"):
        ApiMarket(aws.clients_of_region, NOW).plans(REGION, 1)


def test_a_single_rate_of_zero_is_rejected(aws: StubbedPriceClients):
    aws.stubs["savingsplans"].add_response(
        "describe_savings_plans_offering_rates", {"searchResults": [rate("c7g.large", "0")]}, PLANS_REQUEST
    )
    with pytest.raises(PriceListError, match=r"c7g\.large in us-east-1"):
        ApiMarket(aws.clients_of_region, NOW).plans(REGION, 1)


def test_a_rate_that_is_listed_twice_is_one_and_others_are_left_out(aws: StubbedPriceClients):
    of_yuan, by_the_second, of_no_type = (rate("c7g.large", "0.3") for _ in range(3))
    of_yuan["savingsPlanOffering"]["currency"] = "CNY"
    by_the_second["unit"] = "Lambda-GB-Second"
    of_no_type["properties"] = [{"name": "instanceFamily", "value": "c7g"}]
    results = [of_yuan, by_the_second, of_no_type, rate("c7g.large", "0.045"), rate("c7g.large", "0.045")]
    aws.stubs["savingsplans"].add_response(
        "describe_savings_plans_offering_rates", {"searchResults": results}, PLANS_REQUEST
    )
    quoted = ApiMarket(aws.clients_of_region, NOW).plans(REGION, 1)
    assert quoted.usd_per_hour == {"c7g.large": Decimal("0.045")}


def card(index: int, baseline: float | None, burst: float | None) -> dict[str, Any]:
    known = {"BaselineBandwidthInGbps": baseline, "PeakBandwidthInGbps": burst}
    found = {name: value for name, value in known.items() if value is not None}
    return {"NetworkCardIndex": index, "NetworkPerformance": "Up to 12.5 Gigabit", **found}


def describe(aws: StubbedPriceClients, *types: tuple[str, list[dict[str, Any]]]) -> None:
    """Answer as DescribeInstanceTypes does, over two pages."""
    pages = [types[:1], types[1:]]
    for number, page in enumerate(pages):
        answer = {
            "InstanceTypes": [
                {
                    "InstanceType": name,
                    "NetworkInfo": {"DefaultNetworkCardIndex": 0, "NetworkCards": cards},
                }
                for name, cards in page
            ],
            **({"NextToken": "more"} if number == 0 else {}),
        }
        request: dict[str, Any] = {
            "Filters": [{"Name": "instance-type", "Values": ["c7g.large", "t4g.micro"]}]
        }
        aws.stubs["ec2"].add_response(
            "describe_instance_types", answer, request | ({"NextToken": "more"} if number else {})
        )


def test_the_bandwidth_is_that_of_the_default_network_card(aws: StubbedPriceClients):
    describe(
        aws,
        ("c7g.large", [card(1, 100.0, 100.0), card(0, 0.937, 12.5)]),
        ("t4g.micro", [card(0, 0.064, 5.0)]),
    )
    found = ApiMarket(aws.clients_of_region, NOW).bandwidths(REGION, ["c7g.large", "t4g.micro"])
    assert {name: (it.baseline_gbps, it.burst_gbps) for name, it in found.items()} == {
        "c7g.large": (Decimal("0.937"), Decimal("12.5")),
        "t4g.micro": (Decimal("0.064"), Decimal("5.0")),
    }


def test_a_bandwidth_that_ec2_does_not_name_is_left_out(aws: StubbedPriceClients):
    describe(aws, ("c7g.large", [card(0, None, None)]), ("t4g.micro", []))
    assert ApiMarket(aws.clients_of_region, NOW).bandwidths(REGION, ["c7g.large", "t4g.micro"]) == {}


@pytest.mark.parametrize(("baseline", "burst"), [(0.0, 5.0), (10.0, 5.0)])
def test_an_impossible_bandwidth_is_rejected(baseline: float, burst: float):
    fake = StubbedPriceClients()
    describe(fake, ("c7g.large", [card(0, baseline, burst)]), ("t4g.micro", []))
    with fake.stubs["ec2"], pytest.raises(PriceListError, match=r"c7g\.large: a baseline of"):
        ApiMarket(fake.clients_of_region, NOW).bandwidths(REGION, ["c7g.large", "t4g.micro"])


def test_the_default_network_card_need_not_be_the_first(aws: StubbedPriceClients):
    cards = [card(0, 100.0, 100.0), card(1, 25.0, 50.0)]
    network = {"DefaultNetworkCardIndex": 1, "NetworkCards": cards}
    aws.stubs["ec2"].add_response(
        "describe_instance_types",
        {"InstanceTypes": [{"InstanceType": "p5.large", "NetworkInfo": network}]},
        {"Filters": [{"Name": "instance-type", "Values": ["p5.large"]}]},
    )
    found = ApiMarket(aws.clients_of_region, NOW).bandwidths(REGION, ["p5.large"])
    assert found["p5.large"].baseline_gbps == 25
    assert found["p5.large"].burst_gbps == 50


# Amazon EC2 API reference, "Filtering": 200 values of a filter.
def test_more_types_than_a_filter_takes_are_asked_for_in_parts(aws: StubbedPriceClients):
    names = [f"c7g.{number}xlarge" for number in range(401)]
    for values in (names[:200], names[200:400], names[400:]):
        aws.stubs["ec2"].add_response(
            "describe_instance_types",
            {"InstanceTypes": []},
            {"Filters": [{"Name": "instance-type", "Values": values}]},
        )
    assert ApiMarket(aws.clients_of_region, NOW).bandwidths(REGION, names) == {}
