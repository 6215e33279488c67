"""List prices from AWS's public offer files, which require internet access but no credentials.

There is a file for each service and region. EC2's have hundreds of megabytes, so they are streamed, and only
the matching products are kept. Source of URLs and columns: AWS Billing user guide, "Getting
price list files manually" and "Reading the service price list files".
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final, cast

import httpx

from scripts.cost.prices.price_list import PriceListError
from scripts.cost.prices.price_list_queries import INSTANCES, QUERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from scripts.cost.prices.price_list_queries import PriceQuery

BASE: Final = "https://pricing.us-east-1.amazonaws.com"
"""URL of the files of all regions."""

CONNECT_SECONDS: Final = 10.0
"""Timeout of a connection, in seconds."""

SILENCE_SECONDS: Final = 30.0
"""Timeout for the next byte of a file, in seconds."""

COLUMNS: Final = {
    "capacitystatus": "CapacityStatus",
    "fromRegionCode": "From Region Code",
    "group": "Group",
    "instanceType": "Instance Type",
    "operatingSystem": "Operating System",
    "operation": "operation",
    "preInstalledSw": "Pre Installed S/W",
    "productFamily": "Product Family",
    "regionCode": "Region Code",
    "tenancy": "Tenancy",
    "toLocation": "To Location",
    "transferType": "Transfer Type",
    "usagetype": "usageType",
    "volumeApiName": "Volume API Name",
}
"""Attribute of a product in the API -> column of the files."""

_NONE: Final[list[str]] = []

ABOUT_LINES: Final = 5
"""Number of lines with metadata before the header."""


class OfferFiles:
    """Reader of the offer files of all services."""

    def __init__(
        self,
        base: str = BASE,
        on_progress: Callable[[str, int, int | None], None] = lambda _name, _bytes, _of: None,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        """Create a reader.

        Args:
            base: URL to which the files' paths are appended.
            on_progress: called with a file's name, its received bytes, and its size if known.
            silence_seconds: timeout for the next byte of a file.
        """
        self._base = base.rstrip("/")
        self._on_progress = on_progress
        self._timeout = httpx.Timeout(silence_seconds, connect=CONNECT_SECONDS)
        # Loading the certificates takes longer than reading a small file.
        self._certificates = httpx.create_ssl_context()
        self._read: dict[tuple[str, str], dict[str, list[Mapping[str, Any]]]] = {}

    def products(self, query: PriceQuery, region: str) -> list[Mapping[str, Any]]:
        """Return the products of a query; a file is read once for all its queries.

        Raises:
            PriceListError: a file can't be read, or has another format.
        """
        at = query.service, region
        if at not in self._read:
            queries = [it for it in (*QUERIES, INSTANCES) if it.service == query.service]
            try:
                self._read[at] = self._products(query.service, region, queries)
            except httpx.HTTPError as error:
                raise PriceListError(f"The offer files at {self._base} can't be read: {error}.") from error
        return self._read[at][query.item]

    def _products(
        self, service: str, region: str, queries: Sequence[PriceQuery]
    ) -> dict[str, list[Mapping[str, Any]]]:
        with httpx.Client(timeout=self._timeout, verify=self._certificates) as client:
            path = self._newest(client, service, region)
            if path is None:
                return {query.item: [] for query in queries}
            with client.stream("GET", self._base + path) as response:
                response.raise_for_status()
                return _matching(self._lines(response, f"{service} in {region}"), region, queries)

    def _newest(self, client: httpx.Client, service: str, region: str) -> str | None:
        """Return the path of a region's newest file; None if the region lacks the service."""
        index = client.get(f"{self._base}/offers/v1.0/aws/{service}/current/region_index.json")
        index.raise_for_status()
        try:
            regions = cast("dict[str, dict[str, str]]", index.json()["regions"])
            path = regions[region]["currentVersionUrl"] if region in regions else None
        except (ValueError, KeyError, TypeError) as error:
            raise PriceListError(f"The index of {service}'s regions can't be read: {error!r}.") from error
        # The path contains the version, so that all figures are of the same moment.
        return None if path is None else f"{path.removesuffix('.json')}.csv"

    def _lines(self, response: httpx.Response, name: str) -> Iterator[str]:
        whole = response.headers.get("content-length")
        on_progress = -1
        for line in response.iter_lines():
            # Many lines arrive at once.
            if response.num_bytes_downloaded != on_progress:
                on_progress = response.num_bytes_downloaded
                self._on_progress(name, on_progress, int(whole) if whole else None)
            yield line


def _matching(
    lines: Iterator[str], region: str, queries: Sequence[PriceQuery]
) -> dict[str, list[Mapping[str, Any]]]:
    """Return the products that match the queries, by the queries' items."""
    rows = csv.reader(lines)
    about = {row[0]: row[1] for row in (next(rows, _NONE) for _ in range(ABOUT_LINES)) if len(row) > 1}
    header = next(rows, _NONE)
    if "SKU" not in header or "OfferCode" not in about:
        raise PriceListError("The file does not begin like an offer file.")
    at = {column: index for index, column in enumerate(header)}
    tests = [(query, _test(query, region, at)) for query in queries]
    found: dict[str, dict[str, dict[str, Any]]] = {query.item: {} for query in queries}
    for row in rows:
        for query, lets_through in tests:
            if len(row) == len(header) and lets_through(row):
                products = found[query.item]
                sku = row[at["SKU"]]
                product = products.setdefault(sku, _product(row, at, about))
                _add_price(product, row, at)
    return {item: list(products.values()) for item, products in found.items()}


def _test(query: PriceQuery, region: str, at: Mapping[str, int]) -> Callable[[Sequence[str]], bool]:
    fields = {query.region_field: region, **query.filters}
    required = [(at.get(COLUMNS[name]), value) for name, value in fields.items()]
    usage = at[COLUMNS["usagetype"]]
    currency = at["Currency"]
    if any(index is None for index, _ in required):
        # A file without the column has no matching product.
        return lambda _: False
    pairs = cast("list[tuple[int, str]]", required)
    return lambda row: (
        all(row[index] == value for index, value in pairs)
        and row[usage].endswith(query.usage_type)
        and row[currency] == "USD"
    )


def _product(row: Sequence[str], at: Mapping[str, int], about: Mapping[str, str]) -> dict[str, Any]:
    """Return a row's product in the API's format."""
    return {
        "product": {
            "sku": row[at["SKU"]],
            "attributes": {name: row[at[column]] for name, column in COLUMNS.items() if column in at},
        },
        "serviceCode": about["OfferCode"],
        "version": about.get("Version", "unknown"),
        "publicationDate": about.get("Publication Date", ""),
        "terms": {},
    }


def _add_price(product: dict[str, Any], row: Sequence[str], at: Mapping[str, int]) -> None:
    def cell(column: str) -> str:
        return row[at[column]] if column in at else ""

    terms = product["terms"].setdefault(cell("TermType"), {})
    term = terms.setdefault(
        f"{cell('SKU')}.{cell('OfferTermCode')}",
        {
            "priceDimensions": {},
            "termAttributes": {
                name: cell(name) for name in ("LeaseContractLength", "OfferingClass", "PurchaseOption")
            },
        },
    )
    term["priceDimensions"][cell("RateCode")] = {
        "unit": cell("Unit"),
        "beginRange": cell("StartingRange") or "0",
        "endRange": cell("EndingRange") or "Inf",
        "pricePerUnit": {"USD": cell("PricePerUnit")},
    }
