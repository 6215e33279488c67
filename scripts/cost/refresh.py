"""Renews the price snapshot from AWS's Price List API: asks, checks, shows the difference, writes."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from infra.instance_types import instance_types
from scripts.atomic import replacing
from scripts.cost.price_list import INSTANCES, QUERIES, api_filters, instance_prices, one_price
from scripts.cost.prices import load, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scripts.cost.price_list import Listed, Query


class PriceList(Protocol):
    """Whoever knows the products of a query: the API, or a recording of it."""

    def products(self, query: Query, region: str) -> Iterable[Mapping[str, Any]]:
        """Give all products that a query's filters let through."""
        ...


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


@dataclass(frozen=True, kw_only=True)
class Change:
    """A figure that is not what it was."""

    what: str
    region: str
    before: str
    """Prices of the tiers, the first one first; empty where there was none."""
    after: str


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What a refresh found, before it is written."""

    changes: tuple[Change, ...]
    unknown: tuple[str, ...]
    """What the list has no product for: its old figure stays."""
    files: Mapping[str, str]
    """Name of a file of the snapshot -> its new content."""


def refresh(prices: PriceList, regions: Iterable[str], folder: Path) -> Refreshed:
    """Look all prices of some regions up, and check the snapshot that they would make.

    Args:
        prices: whom to ask.
        regions: names of regions that the snapshot has already.
        folder: the snapshot.

    Raises:
        PriceListError: an answer can't be relied on.
        SnapshotError: the new snapshot would be wrong.
    """
    services = read_rows(folder / "services.csv")
    on_demand = read_rows(folder / "ec2_on_demand.csv")
    sources = {row["key"]: row["source"] for row in read_rows(folder / "sources.csv")}
    changes: list[Change] = []
    unknown: list[str] = []
    for region in regions:
        for query in QUERIES:
            found = one_price(query, region, prices.products(query, region))
            if found is None:
                unknown.append(f"{query.item} in {region}")
                continue
            services = _with_service(services, query, region, found, sources, changes)
        listed = instance_prices(region, prices.products(INSTANCES, region))
        for row in on_demand:
            if row["region"] != region:
                continue
            if row["type"] not in listed:
                unknown.append(f"{row['type']} in {region}")
                continue
            _renew_instance(row, listed[row["type"]], sources, changes)
        there = {row["type"] for row in on_demand if row["region"] == region}
        for name in sorted((listed.keys() & instance_types().keys()) - there):
            row = {"region": region, "type": name, "usd_per_hour": "", "as_of": "", "source": ""}
            _renew_instance(row, listed[name], sources, changes)
            on_demand.append(row)
    files = {
        "services.csv": _rewritten(folder / "services.csv", services),
        "ec2_on_demand.csv": _rewritten(folder / "ec2_on_demand.csv", on_demand),
        "sources.csv": _rewritten(
            folder / "sources.csv", [{"key": key, "source": sources[key]} for key in sorted(sources)]
        ),
    }
    _check(folder, files)
    return Refreshed(changes=tuple(changes), unknown=tuple(unknown), files=files)


def write(refreshed: Refreshed, folder: Path) -> None:
    """Write the files; sources come first, for the others refer to them.

    Raises:
        OSError: the folder can't be written to.
    """
    for name in ("sources.csv", "services.csv", "ec2_on_demand.csv"):
        with replacing(folder / name) as file:
            file.write(refreshed.files[name].encode())


def _with_service(
    rows: list[dict[str, str]],
    query: Query,
    region: str,
    found: Listed,
    sources: dict[str, str],
    changes: list[Change],
) -> list[dict[str, str]]:
    """Return the rows with an item's tiers replaced, at the place where they were."""
    old = [row for row in rows if (row["item"], row["region"]) == (query.item, region)]
    new = [
        {
            "item": query.item,
            "region": region,
            "usd": _plain(usd * query.per),
            "per": str(query.per),
            "tier_from": _plain(start),
            "tier_to": "" if end is None else _plain(end),
            "as_of": found.published,
            "source": _source_key(found, sources),
            "confidence": "high",
        }
        for start, end, usd in found.tiers
    ]
    before, after = (" / ".join(row["usd"] for row in some) for some in (old, new))
    if before != after:
        changes.append(Change(what=query.item, region=region, before=before, after=after))
    at = rows.index(old[0]) if old else len(rows)
    kept = [row for row in rows if row not in old]
    return [*kept[:at], *new, *kept[at:]]


def _renew_instance(
    row: dict[str, str], found: Listed, sources: dict[str, str], changes: list[Change]
) -> None:
    after = _plain(found.tiers[0][2])
    if not row["usd_per_hour"] or Decimal(row["usd_per_hour"]) != Decimal(after):
        changes.append(
            Change(what=row["type"], region=row["region"], before=row["usd_per_hour"], after=after)
        )
    row |= {"usd_per_hour": after, "as_of": found.published, "source": _source_key(found, sources)}


def _source_key(found: Listed, sources: dict[str, str]) -> str:
    for key, text in sources.items():
        if text == found.source:
            return key
    service, _, version = found.source.partition("API, ")[2].partition(" version ")
    key = f"price-list-{service}-{version}"
    sources[key] = found.source
    return key


def _plain(number: Decimal) -> str:
    """Write a number without exponent and without needless zeros."""
    return f"{number.normalize():f}"


def _rewritten(path: Path, rows: list[dict[str, str]]) -> str:
    """Write rows as CSV, under the comments that the file has."""
    comments = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return "\n".join([*comments, ""]) + out.getvalue()


def _check(folder: Path, files: Mapping[str, str]) -> None:
    """Load the snapshot as it would be."""
    with tempfile.TemporaryDirectory(prefix="iris-prices-") as beside:
        copy = Path(beside) / "data"
        shutil.copytree(folder, copy)
        for name, content in files.items():
            (copy / name).write_text(content, encoding="utf-8")
        load(copy)
