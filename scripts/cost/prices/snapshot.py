"""Price snapshot: reading, consistency checks, and lookups by region."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from infra.reference_data.csv_rows import REFERENCE_DATA, read_rows
from infra.reference_data.instance_types import instance_types
from scripts.cost.prices.commitments import TERMS
from scripts.cost.prices.tariff import PriceTier, Provenance, Tariff, tier_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from scripts.cost.prices.commitments import Commitment, Term

DATA: Final = REFERENCE_DATA
"""Folder of the project's snapshot."""

REFERENCE_REGION: Final = "us-east-1"
"""Region whose prices, marked as assumed, replace unknown prices of services in other regions."""

GLOBAL: Final = "global"
"""Region in the snapshot of services with the same price everywhere."""

STALE_DAYS: Final = 180
"""Age in days from which a price may have changed: AWS changes some service's price every few months."""

LINEARITY_PERCENT: Final = Decimal("1.2")
"""Maximum deviation of a size from its family's price per GiB of memory, in percent, in all regions."""


class SnapshotError(ValueError):
    """Error for an unusable snapshot; the text lists all problems."""


class UnknownNameError(ValueError):
    """Error for an unknown name; the text suggests similar names."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        # Its module takes long to import.
        from infra.config_reader import did_you_mean

        hint = did_you_mean(name, known, maximum=3)
        sentence = f"No {kind} {name!r}{f' {where}' if where else ''}."
        super().__init__(f"{sentence} {hint[0].upper()}{hint[1:]}" if hint else sentence)


@dataclass(frozen=True, kw_only=True)
class Price:
    """Price of an hour of an instance."""

    usd: Decimal
    provenance: Provenance


@dataclass(frozen=True, kw_only=True)
class CommittedPrice:
    """Price of an instance under a commitment."""

    hour: Price
    """Price of an hour, with the upfront payment spread over the hours of the term."""
    upfront_usd: Decimal
    """USD that are due at the start of the term."""


@dataclass(frozen=True, kw_only=True)
class InstancePrices:
    """Prices of an instance type in one region, by purchase option. None: unknown."""

    on_demand: Price
    spot: Price | None
    interruptions: str
    """Monthly frequency of spot interruptions, like `5-10%`; empty if unknown."""
    one_year: Price | None
    """Reserved for a year, all upfront."""
    three_years: Price | None
    """Reserved for three years, all upfront."""
    installments: Mapping[Commitment, CommittedPrice] = field(
        default_factory=dict["Commitment", "CommittedPrice"]
    )
    """Reserved, and not paid all upfront."""

    def committed(self, commitment: Commitment) -> CommittedPrice | None:
        """Return the price under a commitment; None: unknown, or no commitment."""
        hour = {"1y": self.one_year, "3y": self.three_years}.get(commitment)
        if hour is None:
            return self.installments.get(commitment)
        return CommittedPrice(hour=hour, upfront_usd=hour.usd * TERMS[commitment].hours)


@dataclass(frozen=True, kw_only=True, eq=False)
class RegionPrices:
    """All prices of one region; only the same object is equal, which is quick to look up by."""

    name: str
    instances: Mapping[str, InstancePrices]
    """Instance type -> its prices."""
    services: Mapping[str, Tariff]
    """Item -> its tariff."""

    def tariff(self, item: str) -> Tariff:
        """Return a service's tariff.

        Raises:
            UnknownNameError: the item has no price, neither here nor in the reference region.
        """
        if item not in self.services:
            raise UnknownNameError("price", item, self.services)
        return self.services[item]

    def instance(self, name: str) -> InstancePrices:
        """Return an instance type's prices, never those of another region.

        Raises:
            UnknownNameError: the snapshot does not have the type in this region.
        """
        if name not in self.instances:
            raise UnknownNameError("instance type", name, self.instances, where=f"in {self.name}")
        return self.instances[name]


@dataclass(frozen=True)
class Snapshot:
    """All regions of the price snapshot."""

    regions: Mapping[str, RegionPrices]

    def region(self, name: str) -> RegionPrices:
        """Return the prices of a region.

        Raises:
            UnknownNameError: the snapshot does not have the region.
        """
        if name not in self.regions:
            raise UnknownNameError("region", name, self.regions, where="in the price snapshot")
        return self.regions[name]


@cache
def project_snapshot() -> Snapshot:
    """Return the project's snapshot, which is read once in a process.

    Raises:
        SnapshotError: a file is missing or contains implausible figures.
    """
    return load_snapshot()


def load_snapshot(folder: Path = DATA) -> Snapshot:
    """Read the snapshot and check its consistency.

    Raises:
        SnapshotError: a file is missing or contains implausible figures.
    """
    try:
        sources = {row["key"]: row["source"] for row in read_rows(folder / "sources.csv")}
        services = _services(read_rows(folder / "services.csv"), sources)
        instances = _instances(folder, sources)
    except (OSError, KeyError, ValueError, InvalidOperation) as error:
        raise SnapshotError(f"The price snapshot in {folder} can't be read: {_why(error)}.") from error
    found = [*_size_problems(instances), *_unknown_types(instances)]
    if found:
        raise SnapshotError("The price snapshot is wrong:\n" + "\n".join(f"  {line}" for line in found))
    everywhere = _borrowed(services[REFERENCE_REGION]) | services[GLOBAL]
    return Snapshot(
        MappingProxyType(
            {
                name: RegionPrices(name=name, instances=here, services=everywhere | services.get(name, {}))
                for name, here in instances.items()
            }
        )
    )


def stale_provenances(used: Iterable[Provenance], today: date) -> list[Provenance]:
    """Return the provenances that are too old to rely on or have no known date, the oldest first."""
    old = {it for it in used if it.as_of is None or (today - it.as_of).days > STALE_DAYS}
    return sorted(old, key=lambda it: (it.as_of or date.min, it.source))


def _why(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return f"{error.filename} is missing, restore it"
        case OSError():
            return f"{error.filename}: {error.strerror}"
        case KeyError():
            return f"{error.args[0]!r} is missing"
        case InvalidOperation():
            return "a figure is not a number"
        case _:
            return str(error)


def _services(rows: list[dict[str, str]], sources: Mapping[str, str]) -> dict[str, dict[str, Tariff]]:
    found: list[str] = []
    regions: dict[str, dict[str, Tariff]] = {}
    by_name = itemgetter("item", "region")
    for (item, region), group in groupby(sorted(rows, key=by_name), key=by_name):
        steps = sorted(group, key=lambda row: int(row["tier_from"]))
        tiers = [
            (
                Decimal(row["tier_from"]),
                Decimal(row["tier_to"]) if row["tier_to"] else None,
                Decimal(row["usd"]) / Decimal(row["per"]),
            )
            for row in steps
        ]
        found += tier_problems(f"{item} in {region}", tiers)
        provenance = _provenance(steps[0], sources)
        if steps[0]["confidence"] != "high":
            provenance = replace(provenance, basis="assumed")
        regions.setdefault(region, {})[item] = Tariff(
            item=item, tiers=tuple(PriceTier(start, usd) for start, _, usd in tiers), provenance=provenance
        )
    if found:
        raise ValueError("; ".join(found))
    return regions


def _instances(folder: Path, sources: Mapping[str, str]) -> dict[str, dict[str, InstancePrices]]:
    spot = {(row["region"], row["type"]): row for row in read_rows(folder / "ec2_spot.csv")}
    reserved = {(row["region"], row["type"]): row for row in read_rows(folder / "ec2_reserved.csv")}
    installments = _installments(read_rows(folder / "ec2_installments.csv"), sources)
    regions: dict[str, dict[str, InstancePrices]] = {}
    for row in read_rows(folder / "ec2_on_demand.csv"):
        key = row["region"], row["type"]
        here = regions.setdefault(row["region"], {})
        if row["type"] in here:
            raise ValueError(f"{row['type']} has two prices in {row['region']}")
        at_spot, committed = spot.get(key), reserved.get(key)
        here[row["type"]] = InstancePrices(
            on_demand=_price(row, "usd_per_hour", sources),
            spot=_price(at_spot, "usd_per_hour", sources) if at_spot else None,
            interruptions=at_spot["interruptions"] if at_spot else "",
            one_year=_price(committed, "one_year_usd_per_hour", sources) if committed else None,
            three_years=_price(committed, "three_years_usd_per_hour", sources) if committed else None,
            installments=installments.get(key, {}),
        )
    return regions


def _installments(
    rows: list[dict[str, str]], sources: Mapping[str, str]
) -> dict[tuple[str, str], dict[Commitment, CommittedPrice]]:
    """Return the prices that are not paid all upfront, by region and type."""
    terms: dict[str, tuple[Commitment, Term]] = {
        name: (name, term) for name, term in TERMS.items() if term.payment != "All Upfront"
    }
    found: dict[tuple[str, str], dict[Commitment, CommittedPrice]] = {}
    for row in rows:
        commitment, term = terms[row["commitment"]]
        hourly, upfront = _price(row, "usd_per_hour", sources), Decimal(row["upfront_usd"])
        if upfront < 0 or bool(upfront) == (term.payment == "No Upfront"):
            raise ValueError(f"{row['type']} in {row['region']}: {upfront} USD upfront for {commitment}")
        found.setdefault((row["region"], row["type"]), {})[commitment] = CommittedPrice(
            hour=replace(hourly, usd=hourly.usd + upfront / term.hours), upfront_usd=upfront
        )
    return found


def _price(row: Mapping[str, str], column: str, sources: Mapping[str, str]) -> Price:
    usd = Decimal(row[column])
    if usd <= 0:
        raise ValueError(f"{row['type']} in {row['region']}: {column} {usd} is not above zero")
    return Price(usd=usd, provenance=_provenance(row, sources))


def _provenance(row: Mapping[str, str], sources: Mapping[str, str]) -> Provenance:
    as_of = date.fromisoformat(row["as_of"]) if row["as_of"] else None
    return Provenance(as_of=as_of, source=sources[row["source"]])


def _borrowed(services: Mapping[str, Tariff]) -> dict[str, Tariff]:
    return {
        item: replace(
            tariff,
            provenance=replace(tariff.provenance, basis="assumed", borrowed_from=REFERENCE_REGION),
        )
        for item, tariff in services.items()
    }


def _size_problems(instances: Mapping[str, Mapping[str, InstancePrices]]) -> list[str]:
    found: list[str] = []
    for region, here in instances.items():
        found += size_problems(region, {name: prices.on_demand.usd for name, prices in here.items()})
    return found


def size_problems(region: str, usd_per_hour: Mapping[str, Decimal]) -> list[str]:
    """Return the sizes whose price is not proportional to that of their family's `large`.

    Proportional to the memory: a t3.micro has as many vCPUs as a t3.large, and an eighth of its memory and
    price.
    """
    known = instance_types()
    found: list[str] = []
    for name, usd in usd_per_hour.items():
        large = f"{name.split('.')[0]}.large"
        if large not in usd_per_hour or name not in known:
            continue
        times = Decimal(known[name].memory_gib) / Decimal(known[large].memory_gib)
        expected = usd_per_hour[large] * times
        if abs(usd - expected) > expected * LINEARITY_PERCENT / 100:
            found.append(f"{name} in {region} costs {usd}, but {times:g} times {large} is {expected}")
    return found


def _unknown_types(instances: Mapping[str, Mapping[str, InstancePrices]]) -> list[str]:
    known = instance_types()
    return sorted(
        f"{name} in {region} has a price, but is not in infra/reference_data/instance_types.csv"
        for region, here in instances.items()
        for name in here
        if name not in known
    )
