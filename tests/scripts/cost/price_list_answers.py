"""AWS's price list in the formats of the API and of the offer files, with the snapshot's prices.

Attributes, terms, dimensions and columns have AWS's names. Next to the products that match a query are
similar ones that must not match it.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from scripts.cost.prices.bulk_offer_files import COLUMNS
from scripts.cost.prices.commitments import TERMS
from scripts.cost.prices.price_list import HOURS_OF_A_TERM
from scripts.cost.prices.price_list_queries import INSTANCES, QUERIES
from scripts.cost.prices.snapshot import project_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from scripts.cost.prices.price_list_queries import PriceQuery

REGION = "us-east-1"
BEFORE = project_snapshot().region(REGION)
VERSION = "20261120174521"
PUBLISHED = "2026-11-20T17:45:21Z"
PREFIXED = ("PublicIPv4:InUseAddress", "WebACLV2", "RuleV2", "RequestV2-Tier1", "DataProcessing-Bytes")


def dimension(rate: str, unit: str, usd: str, begin: str = "0", end: str = "Inf") -> dict[str, Any]:
    return {
        "unit": unit,
        "endRange": end,
        "description": "$50 per Month (a description may be wrong)",
        "appliesTo": [],
        "rateCode": rate,
        "beginRange": begin,
        "pricePerUnit": {"USD": usd},
    }


def product(
    service: str, attributes: Mapping[str, str], steps: Iterable[tuple[str, str, str]]
) -> dict[str, Any]:
    """Create an item of a PriceList: a product with one on-demand term."""
    sku = f"SKU{abs(hash((service, *attributes.values()))):X}"[:16]
    term = f"{sku}.JRTCKXETXF"
    dimensions = {
        f"{term}.{index}": dimension(f"{term}.{index}", "Hrs", usd, begin, end)
        for index, (begin, end, usd) in enumerate(steps)
    }
    return {
        "product": {"productFamily": "Any", "attributes": dict(attributes), "sku": sku},
        "serviceCode": service,
        "terms": {
            "OnDemand": {
                term: {
                    "priceDimensions": dimensions,
                    "sku": sku,
                    "effectiveDate": "2026-11-01T00:00:00Z",
                    "offerTermCode": "JRTCKXETXF",
                    "termAttributes": {},
                }
            }
        },
        "version": VERSION,
        "publicationDate": PUBLISHED,
    }


def reserve(item: dict[str, Any], usd_per_hour: Mapping[str, Decimal]) -> None:
    """Add the reserved terms of a product: all upfront for one and for three years, and a convertible one."""
    sku = item["product"]["sku"]
    reserved = item["terms"].setdefault("Reserved", {})
    for length, usd in usd_per_hour.items():
        upfront = f"{usd * HOURS_OF_A_TERM[length]}"
        for code, offering, option, once, hourly in (
            ("ALL", "standard", "All Upfront", upfront, "0.0000000000"),
            ("CONV", "convertible", "All Upfront", "9999", "0"),
        ):
            _add_term(reserved, f"{sku}.{code}{length}", (length, offering, option), once, hourly)


def reserve_in_installments(
    item: dict[str, Any], length: str, option: str, once: str | None, hourly: str
) -> None:
    """Add a standard reserved term; one without an upfront payment has no such dimension."""
    sku = item["product"]["sku"]
    code = f"{sku}.{option[:2].upper()}{length}"
    _add_term(item["terms"].setdefault("Reserved", {}), code, (length, "standard", option), once, hourly)


def _add_term(
    reserved: dict[str, Any], code: str, lease: tuple[str, str, str], once: str | None, hourly: str
) -> None:
    parts = [dimension(f"{code}.1", "Hrs", hourly)]
    if once is not None:
        parts.append(dimension(f"{code}.2", "Quantity", once))
    sku, _, offer = code.partition(".")
    length, offering, option = lease
    reserved[code] = {
        "priceDimensions": {it["rateCode"]: it for it in parts},
        "sku": sku,
        "offerTermCode": offer,
        "termAttributes": {
            "LeaseContractLength": length,
            "OfferingClass": offering,
            "PurchaseOption": option,
        },
    }


def as_listed_today(query: PriceQuery) -> list[dict[str, Any]]:
    """Return the products of a query, with the prices of the snapshot."""
    query_attributes = {query.region_field: REGION, **query.filters}
    if query is INSTANCES:
        return [_instance(query_attributes, name) for name in BEFORE.instances]
    tiers = BEFORE.tariff(query.item).tiers
    ends = [*(f"{tier.starts_at}" for tier in tiers[1:]), "Inf"]
    prefix = "USE1-" if query.usage_type in PREFIXED else ""
    steps = [(f"{tier.starts_at}", end, f"{tier.usd:.10f}") for tier, end in zip(tiers, ends, strict=True)]
    other = product(
        query.service,
        {**query_attributes, "usagetype": f"USE1-Reserved{query.usage_type}"},
        [("0", "Inf", "9")],
    )
    matching = product(query.service, {**query_attributes, "usagetype": f"{prefix}{query.usage_type}"}, steps)
    return [other, matching] if query.usage_type else [matching]


def _instance(query_attributes: Mapping[str, str], name: str) -> dict[str, Any]:
    it = BEFORE.instances[name]
    item = product(
        "AmazonEC2",
        {**query_attributes, "instanceType": name, "usagetype": f"BoxUsage:{name}"},
        [("0", "Inf", f"{it.on_demand.usd}")],
    )
    if it.one_year and it.three_years:
        reserve(item, {"1yr": it.one_year.usd, "3yr": it.three_years.usd})
    for commitment, price in it.installments.items():
        term = TERMS[commitment]
        reserve_in_installments(item, f"{term.years}yr", term.payment, None, f"{price.hour.usd}")
    return item


def set_price(answer: dict[str, Any], usd: str) -> None:
    (term,) = answer["terms"]["OnDemand"].values()
    for it in term["priceDimensions"].values():
        it["pricePerUnit"]["USD"] = usd


def offer_file(service: str, products: Iterable[Mapping[str, Any]]) -> str:
    """Return products as an offer file: five lines of metadata, the header, and a row for each price."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for about in (
        ("FormatVersion", "v1.0"),
        ("Disclaimer", "This pricing list is for informational purposes only, and has commas."),
        ("Publication Date", PUBLISHED),
        ("Version", VERSION),
        ("OfferCode", service),
    ):
        writer.writerow(about)
    prices = ("SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate")
    amounts = ("StartingRange", "EndingRange", "Unit", "PricePerUnit", "Currency", "RelatedTo")
    lease = ("LeaseContractLength", "PurchaseOption", "OfferingClass")
    header = [*prices, *amounts, *lease, *COLUMNS.values(), "serviceName"]
    writer.writerow(header)
    for item in products:
        for kind, terms in item["terms"].items():
            for term in terms.values():
                for it in term["priceDimensions"].values():
                    row = {
                        "SKU": item["product"]["sku"],
                        "OfferTermCode": term["offerTermCode"],
                        "RateCode": it["rateCode"],
                        "TermType": kind,
                        # The files leave the ranges of upfront payments empty.
                        "StartingRange": "" if it["unit"] == "Quantity" else it["beginRange"],
                        "EndingRange": "" if it["unit"] == "Quantity" else it["endRange"],
                        "Unit": it["unit"],
                        "PricePerUnit": it["pricePerUnit"]["USD"],
                        "Currency": "USD",
                        **term["termAttributes"],
                        **{COLUMNS[name]: value for name, value in item["product"]["attributes"].items()},
                    }
                    writer.writerow([row.get(column, "") for column in header])
    return out.getvalue()


def offer_files(answers: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, str]:
    """Return the file of each service, from the products of all queries by their item."""
    by_service: dict[str, list[Mapping[str, Any]]] = {}
    for query in (*QUERIES, INSTANCES):
        by_service.setdefault(query.service, []).extend(answers[query.item])
    return {service: offer_file(service, products) for service, products in by_service.items()}
