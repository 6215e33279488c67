"""Asks AWS for prices with credentials: the Price List, the spot market and the Savings Plans."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from statistics import mean
from typing import TYPE_CHECKING, Any, Final

from scripts.cost.prices.price_list import PriceListError, api_filters
from scripts.cost.prices.refresh import Quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from scripts.cost.prices.price_list_queries import Query

SECONDS_OF_A_YEAR: Final = 31_536_000
"""As Savings Plans count it: 365 days."""

PLANS_REGION: Final = "us-east-1"
"""Savings Plans have one endpoint for the whole world."""

SPOT: Final = "EC2 DescribeSpotPriceHistory, Linux/UNIX, mean over the zones"
PLANS: Final = "Savings Plans DescribeSavingsPlansOfferingRates, EC2 Instance, all upfront"


class ApiPriceList:
    """AWS's Price List Query API."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 (boto3 makes its classes as it runs)
        self._client = client

    def products(self, query: Query, region: str) -> Iterator[Mapping[str, Any]]:
        """Ask for all pages; each product comes as a JSON text."""
        pages = self._client.get_paginator("get_products").paginate(
            ServiceCode=query.service, Filters=api_filters(query, region)
        )
        for page in pages:
            for text in page["PriceList"]:
                yield json.loads(text)


class ApiMarket:
    """EC2's spot market and the Savings Plans."""

    def __init__(self, client: Callable[[str, str], Any], now: datetime) -> None:
        """Make a market.

        Args:
            client: makes the boto3 client of a service in a region, by their names.
            now: the moment whose spot prices count.
        """
        self._client = client
        self._now = now
        self._today = f"{now.astimezone(UTC):%Y-%m-%d}"

    def spot(self, region: str, types: Iterable[str]) -> Quoted:
        """Take the newest price of each type in each zone, and their mean; local zones do not count.

        Raises:
            PriceListError: a price is not above zero.
        """
        pages = (
            self._client("ec2", region)
            .get_paginator("describe_spot_price_history")
            .paginate(
                InstanceTypes=list(types),
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
                # A local zone has a longer name, and prices of its own.
                if zone[:-1] == region:
                    newest[name, zone] = max(
                        newest.get((name, zone), (it["Timestamp"], usd)), (it["Timestamp"], usd)
                    )
        zones: dict[str, list[Decimal]] = {}
        for (name, _), (_, usd) in newest.items():
            zones.setdefault(name, []).append(usd)
        return Quoted(
            usd_per_hour={name: mean(prices) for name, prices in zones.items()},
            as_of=self._today,
            source=SPOT,
        )

    def plans(self, region: str, years: int) -> Quoted:
        """Take the rates of EC2 Instance Savings Plans for Linux, paid upfront.

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
        return Quoted(usd_per_hour=found, as_of=self._today, source=PLANS)

    def _rates(self, region: str) -> Iterator[Mapping[str, Any]]:
        client = self._client("savingsplans", PLANS_REGION)
        filters = {"region": region, "productDescription": "Linux/UNIX", "tenancy": "shared"}
        asked: dict[str, Any] = {
            "savingsPlanPaymentOptions": ["All Upfront"],
            "savingsPlanTypes": ["EC2Instance"],
            "products": ["EC2"],
            "serviceCodes": ["AmazonEC2"],
            "filters": [{"name": name, "values": [value]} for name, value in filters.items()],
            "maxResults": 1_000,
        }
        # boto3 has no paginator for this one.
        while True:
            page = client.describe_savings_plans_offering_rates(**asked)
            yield from page["searchResults"]
            if not page.get("nextToken"):
                return
            asked["nextToken"] = page["nextToken"]
