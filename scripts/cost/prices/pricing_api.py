"""Prices from AWS's APIs, with credentials: Price List, spot market and Savings Plans."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from statistics import mean
from typing import TYPE_CHECKING, Any, Final, cast

from scripts.cost.prices.price_list import PriceListError, api_filters
from scripts.cost.prices.refresh import Bandwidth, MarketPrices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from types_boto3_ec2.literals import InstanceTypeType
    from types_boto3_ec2.type_defs import NetworkInfoTypeDef
    from types_boto3_pricing import PricingClient
    from types_boto3_savingsplans.type_defs import (
        DescribeSavingsPlansOfferingRatesRequestTypeDef,
        SavingsPlanOfferingRateTypeDef,
    )

    from localcloud.aws.client_factory import ClientFactory
    from scripts.cost.prices.price_list_queries import PriceQuery

SECONDS_OF_A_YEAR: Final = 31_536_000
"""Seconds of a year of Savings Plans: 365 days."""

PLANS_REGION: Final = "us-east-1"
"""Region of the Savings Plans API, which has a single endpoint."""

SPOT: Final = "EC2 DescribeSpotPriceHistory, Linux/UNIX, mean over the zones"
PLANS: Final = "Savings Plans DescribeSavingsPlansOfferingRates, EC2 Instance, all upfront"


class ApiPriceList:
    """AWS's Price List Query API."""

    def __init__(self, client: PricingClient) -> None:
        self._client = client

    def products(self, query: PriceQuery, region: str) -> Iterator[Mapping[str, Any]]:
        """Yield the products of all pages; each one is JSON text."""
        pages = self._client.get_paginator("get_products").paginate(
            ServiceCode=query.service, Filters=api_filters(query, region)
        )
        for page in pages:
            for text in page["PriceList"]:
                yield json.loads(text)


MAXIMUM_FILTER_VALUES: Final = 200
"""Maximum number of values of a filter of EC2's API (Amazon EC2 API reference, "Filtering")."""


class ApiMarket:
    """EC2's spot market and instance types, and the Savings Plans."""

    def __init__(self, clients_of_region: Callable[[str], ClientFactory], now: datetime) -> None:
        """Create a market.

        Args:
            clients_of_region: function that returns a factory of clients in a region.
            now: time of the spot prices.
        """
        self._clients_of_region = clients_of_region
        self._now = now
        self._today = f"{now.astimezone(UTC):%Y-%m-%d}"

    def spot(self, region: str, types: Iterable[str]) -> MarketPrices:
        """Return the mean over the zones of each type's newest price; local zones do not count.

        Raises:
            PriceListError: a price is not above zero.
        """
        pages = (
            self._clients_of_region(region)("ec2")
            .get_paginator("describe_spot_price_history")
            .paginate(
                # Types that are newer than the stubs are valid.
                InstanceTypes=cast("list[InstanceTypeType]", list(types)),
                ProductDescriptions=["Linux/UNIX"],
                StartTime=self._now,
                EndTime=self._now,
            )
        )
        newest: dict[tuple[str, str], tuple[datetime, Decimal]] = {}
        for page in pages:
            for it in page["SpotPriceHistory"]:
                name, zone, usd = it["InstanceType"], it["AvailabilityZone"], Decimal(it["SpotPrice"])
                if usd <= 0:
                    raise PriceListError(f"{name} in {zone}: a spot price of {usd} USD is not above zero")
                # A local zone has a longer name and different prices.
                if zone[:-1] == region:
                    newest[name, zone] = max(
                        newest.get((name, zone), (it["Timestamp"], usd)), (it["Timestamp"], usd)
                    )
        zones: dict[str, list[Decimal]] = {}
        for (name, _), (_, usd) in newest.items():
            zones.setdefault(name, []).append(usd)
        return MarketPrices(
            usd_per_hour={name: mean(prices) for name, prices in zones.items()},
            as_of=self._today,
            source=SPOT,
        )

    def plans(self, region: str, years: int) -> MarketPrices:
        """Return the rates of EC2 Instance Savings Plans for Linux, all upfront.

        Raises:
            PriceListError: a type has two rates, or one that is not above zero.
        """
        found: dict[str, Decimal] = {}
        for it in self._rates(region):
            offering = it["savingsPlanOffering"]
            if offering["durationSeconds"] != years * SECONDS_OF_A_YEAR or offering["currency"] != "USD":
                continue
            names = [one["value"] for one in it["properties"] if one["name"] == "instanceType"]
            if len(names) != 1 or it["unit"] != "Hrs":
                continue
            name, usd = names[0], Decimal(it["rate"])
            if usd <= 0 or found.get(name, usd) != usd:
                raise PriceListError(
                    f"{name} in {region}: Savings Plan rates of {found.get(name, usd)} and {usd} USD, "
                    f"for {years} years"
                )
            found[name] = usd
        return MarketPrices(usd_per_hour=found, as_of=self._today, source=PLANS)

    def bandwidths(self, region: str, types: Iterable[str]) -> dict[str, Bandwidth]:
        """Return the bandwidth of the types that the region has, of an instance's default network card.

        Raises:
            PriceListError: a bandwidth is not above zero, or the burst is below the baseline.
        """
        names = list(types)
        paginator = self._clients_of_region(region)("ec2").get_paginator("describe_instance_types")
        found: dict[str, Bandwidth] = {}
        for start in range(0, len(names), MAXIMUM_FILTER_VALUES):
            values = names[start : start + MAXIMUM_FILTER_VALUES]
            # Types that are newer than the stubs are valid. A filter leaves out those that a region lacks.
            for page in paginator.paginate(Filters=[{"Name": "instance-type", "Values": values}]):
                for it in page["InstanceTypes"]:
                    if bandwidth := _bandwidth(str(it["InstanceType"]), it["NetworkInfo"]):
                        found[str(it["InstanceType"])] = bandwidth
        return found

    def _rates(self, region: str) -> Iterator[SavingsPlanOfferingRateTypeDef]:
        client = self._clients_of_region(PLANS_REGION)("savingsplans")
        request: DescribeSavingsPlansOfferingRatesRequestTypeDef = {
            "savingsPlanPaymentOptions": ["All Upfront"],
            "savingsPlanTypes": ["EC2Instance"],
            "products": ["EC2"],
            "serviceCodes": ["AmazonEC2"],
            "filters": [
                {"name": "region", "values": [region]},
                {"name": "productDescription", "values": ["Linux/UNIX"]},
                {"name": "tenancy", "values": ["shared"]},
            ],
            "maxResults": 1_000,
        }
        # boto3 has no paginator for this operation.
        while True:
            page = client.describe_savings_plans_offering_rates(**request)
            yield from page["searchResults"]
            if not page.get("nextToken"):
                return
            request["nextToken"] = page["nextToken"]


def _bandwidth(name: str, network: NetworkInfoTypeDef) -> Bandwidth | None:
    """Return the bandwidth of a type; None if EC2 does not name it."""
    default = network.get("DefaultNetworkCardIndex", 0)
    for card in network.get("NetworkCards", []):
        baseline, burst = card.get("BaselineBandwidthInGbps"), card.get("PeakBandwidthInGbps")
        if card.get("NetworkCardIndex", 0) != default or baseline is None or burst is None:
            continue
        if not 0 < baseline <= burst:
            raise PriceListError(f"{name}: a baseline of {baseline} and a burst of {burst} Gbit/s")
        return Bandwidth(Decimal(repr(baseline)), Decimal(repr(burst)))
    return None
