"""Parser of the products of AWS's Price List: exactly one per price, above zero, with tiers and terms.

Source of their format: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from scripts.cost.prices.commitments import HOURS_PER_YEAR, TERMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from types_boto3_pricing.type_defs import FilterTypeDef

    from scripts.cost.prices.commitments import Commitment, Payment
    from scripts.cost.prices.price_list_queries import PriceQuery

REGION: Final = "us-east-1"
"""Region of the API, which exists in three regions only and has the prices of all."""

HOURS_OF_A_TERM: Final = {f"{years}yr": years * HOURS_PER_YEAR for years in (1, 3)}
"""Length of a reservation, as the list writes it -> its hours."""


class PriceListError(RuntimeError):
    """Error for prices that can't be read or are implausible."""


@dataclass(frozen=True)
class Installments:
    """Payments for a reserved instance."""

    upfront_usd: Decimal
    """USD at the start of the term."""
    usd_per_hour: Decimal
    """USD of each hour, in addition."""


@dataclass(frozen=True, kw_only=True)
class ListedPrice:
    """Price that AWS lists."""

    tiers: tuple[tuple[Decimal, Decimal | None, Decimal], ...]
    """Start, end (None: no end) and USD per unit of each tier."""
    published: str
    """Date of the offer, as YYYY-MM-DD."""
    source: str
    reserved: tuple[Decimal, ...] = ()
    """USD per hour of a standard reserved instance, all upfront, for one and for three years; empty unless
    both are listed."""
    installments: Mapping[Commitment, Installments] = field(
        default_factory=dict["Commitment", "Installments"]
    )
    """Standard reserved instances that are not paid all upfront."""


def api_filters(query: PriceQuery, region: str) -> list[FilterTypeDef]:
    """Return a query's filters in the API's format."""
    fields = {query.region_field: region, **query.filters}
    return [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in fields.items()]


def one_price(query: PriceQuery, region: str, products: Iterable[Mapping[str, Any]]) -> ListedPrice | None:
    """Return the price of the only product that matches a query; None, which is not free, if there is none.

    Raises:
        PriceListError: several products match, or a price is not above zero.
    """
    end = re.compile(rf"([A-Z0-9]+-)?{re.escape(query.usage_type)}")
    matching = [
        it
        for it in products
        if not query.usage_type or end.fullmatch(it["product"]["attributes"].get("usagetype", ""))
    ]
    if len(matching) > 1:
        skus = ", ".join(sorted(it["product"]["sku"] for it in matching))
        raise PriceListError(
            f"{query.item} in {region}: {len(matching)} products match instead of one: {skus}"
        )
    return listed(query.item, matching[0]) if matching else None


def instance_prices(region: str, products: Iterable[Mapping[str, Any]]) -> dict[str, ListedPrice]:
    """Return the hourly price of each instance type.

    Raises:
        PriceListError: a type has several products, or a price that is not above zero.
    """
    found: dict[str, ListedPrice] = {}
    for it in products:
        name = it["product"]["attributes"]["instanceType"]
        if name in found:
            raise PriceListError(f"{name} in {region}: several products match instead of one")
        found[name] = listed(name, it)
    return found


def listed(item: str, product: Mapping[str, Any]) -> ListedPrice:
    """Parse a product's on-demand price.

    Raises:
        PriceListError: it does not have exactly one term, or a price is not above zero.
    """
    on_demand = cast("dict[str, dict[str, Any]]", product.get("terms") or {}).get("OnDemand", {})
    terms = list(on_demand.values())
    if len(terms) != 1:
        raise PriceListError(f"{item}: {len(terms)} on-demand terms instead of one")
    dimensions = cast("dict[str, dict[str, Any]]", terms[0]["priceDimensions"])
    steps = sorted(dimensions.values(), key=lambda it: Decimal(it.get("beginRange", "0")))
    tiers: list[tuple[Decimal, Decimal | None, Decimal]] = []
    for step in steps:
        # The description is ignored: it has been wrong by a factor of ten.
        usd = Decimal(step["pricePerUnit"]["USD"])
        if usd <= 0:
            raise PriceListError(f"{item}: the list says {usd} USD; a price is above zero")
        end = step.get("endRange", "Inf")
        tiers.append((Decimal(step.get("beginRange", "0")), None if end == "Inf" else Decimal(end), usd))
    return ListedPrice(
        tiers=tuple(tiers),
        published=str(product["publicationDate"])[:10],
        source=f"AWS Price List, {product['serviceCode']} version {product['version']}",
        reserved=_all_upfront(item, product),
        installments={
            commitment: payments
            for commitment, term in TERMS.items()
            if term.payment != "All Upfront"
            and (payments := _payments(item, product, f"{term.years}yr", term.payment))
        },
    )


def _all_upfront(item: str, product: Mapping[str, Any]) -> tuple[Decimal, ...]:
    """Return the USD per hour of each term, with the upfront payment spread over its hours."""
    found = {
        hours: payments
        for length, hours in HOURS_OF_A_TERM.items()
        if (payments := _payments(item, product, length, "All Upfront"))
    }
    usd = tuple(it.upfront_usd / hours + it.usd_per_hour for hours, it in found.items())
    return usd if len(usd) == len(HOURS_OF_A_TERM) else ()


def _payments(item: str, product: Mapping[str, Any], length: str, payment: Payment) -> Installments | None:
    """Return the payments of a term; None if it is not listed.

    Raises:
        PriceListError: it is listed more than once, or a payment is not above zero.
    """
    all_terms = cast("dict[str, dict[str, dict[str, Any]]]", product.get("terms") or {})
    wanted = {"OfferingClass": "standard", "PurchaseOption": payment, "LeaseContractLength": length}
    terms = [
        it
        for it in all_terms.get("Reserved", {}).values()
        if wanted.items() <= cast("dict[str, str]", it["termAttributes"]).items()
    ]
    if len(terms) > 1:
        raise PriceListError(f"{item}: several terms of {length}, {payment.lower()}, instead of one")
    return _installments(item, terms[0], payment) if terms else None


def _installments(item: str, term: Mapping[str, Any], payment: Payment) -> Installments:
    once = hourly = Decimal(0)
    for dimension in cast("dict[str, dict[str, Any]]", term["priceDimensions"]).values():
        usd = Decimal(dimension["pricePerUnit"]["USD"])
        if dimension["unit"] == "Quantity":
            once += usd
        else:
            hourly += usd
    for usd, is_due in ((once, payment != "No Upfront"), (hourly, payment != "All Upfront")):
        if is_due and usd <= 0:
            raise PriceListError(f"{item}: the list says {usd} USD for a term; a price is above zero")
    return Installments(once, hourly)
