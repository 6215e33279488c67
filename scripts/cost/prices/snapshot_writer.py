"""Draft of a new price snapshot, which records its changes, and the writer of its files."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from infra.reference_data.csv_rows import read_rows
from scripts.console.atomic_write import atomic_write
from scripts.cost.prices.snapshot import load_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scripts.cost.prices.price_list import Installments, ListedPrice
    from scripts.cost.prices.price_list_queries import PriceQuery

Kind: TypeAlias = Literal["service", "on demand", "reserved", "installments", "spot", "bandwidth"]

INSTANCE_FILES: Final[dict[Kind, str]] = {
    "on demand": "ec2_on_demand.csv",
    "reserved": "ec2_reserved.csv",
    "installments": "ec2_installments.csv",
    "spot": "ec2_spot.csv",
}
"""Purchase option -> file of the snapshot with its prices."""

TYPES_FILE: Final = "instance_types.csv"
"""File of the snapshot with the network bandwidth of each instance type."""

FILES: Final = ("sources.csv", "services.csv", TYPES_FILE, *INSTANCE_FILES.values())
"""File names in the order in which they are written. The others refer to the first, so that the folder
contains a readable snapshot at any moment."""


@dataclass(frozen=True, kw_only=True)
class PriceChange:
    """Change of a price, or of a bandwidth."""

    kind: Kind
    what: str
    region: str
    before: str
    """Prices of the tiers or terms in their order; empty if there was none."""
    after: str


class SnapshotDraft:
    """Copy of the snapshot that accepts new prices."""

    def __init__(self, folder: Path) -> None:
        self.changes: list[PriceChange] = []
        self.unknown: list[str] = []
        """Prices that were not found; the old ones stay."""
        self.discrepancies: list[str] = []
        """Prices that differ between reserved instances and Savings Plans."""
        self._folder = folder
        self._sources = {row["key"]: row["source"] for row in read_rows(folder / "sources.csv")}
        self._services = read_rows(folder / "services.csv")
        self._instances = {kind: read_rows(folder / name) for kind, name in INSTANCE_FILES.items()}
        self._types = read_rows(folder / TYPES_FILE)

    def types(self, kind: Kind, region: str) -> list[str]:
        """Return the instance types of a region in one of the files."""
        return [row["type"] for row in self._instances[kind] if row["region"] == region]

    def set_service_price(self, query: PriceQuery, region: str, found: ListedPrice) -> None:
        """Replace an item's tiers, in the same place of the file."""
        old = [row for row in self._services if (row["item"], row["region"]) == (query.item, region)]
        new = [
            {
                "item": query.item,
                "region": region,
                "usd": plain_number(usd * query.per),
                "per": str(query.per),
                "tier_from": plain_number(start),
                "tier_to": "" if end is None else plain_number(end),
                "as_of": found.published,
                "source": self._source_key(found.source),
                "confidence": "high",
            }
            for start, end, usd in found.tiers
        ]
        self._record_change(
            "service", query.item, region, (it["usd"] for it in old), (it["usd"] for it in new)
        )
        at = self._services.index(old[0]) if old else len(self._services)
        kept = [row for row in self._services if row not in old]
        self._services = [*kept[:at], *new, *kept[at:]]

    def set_instance_price(
        self, kind: Kind, name: str, region: str, usd: Mapping[str, Decimal], *, as_of: str, source: str
    ) -> None:
        """Replace the prices of an instance type; `usd` has them by column."""
        rows = self._instances[kind]
        row = _row(rows, {"region": region, "type": name})
        after = {column: plain_number(price) for column, price in usd.items()}
        self._record_change(kind, name, region, (row[column] for column in after), after.values())
        row |= after | {"as_of": as_of, "source": self._source_key(source)}

    def set_installments(
        self, name: str, region: str, commitment: str, payments: Installments, *, as_of: str, source: str
    ) -> None:
        """Replace the payments for a reserved instance."""
        row = _row(
            self._instances["installments"], {"type": name, "commitment": commitment, "region": region}
        )
        usd = {"upfront_usd": payments.upfront_usd, "usd_per_hour": payments.usd_per_hour}
        after = {column: plain_number(price) for column, price in usd.items()}
        what = f"{name} for {commitment}"
        self._record_change("installments", what, region, (row[column] for column in after), after.values())
        row |= after | {"as_of": as_of, "source": self._source_key(source)}

    def set_bandwidth(self, name: str, region: str, baseline_gbps: Decimal, burst_gbps: Decimal) -> None:
        """Replace the network bandwidth of an instance type of the snapshot."""
        row = _row(self._types, {"type": name})
        after = {
            "network_baseline_gbps": plain_number(baseline_gbps),
            "network_burst_gbps": plain_number(burst_gbps),
        }
        self._record_change("bandwidth", name, region, (row[column] for column in after), after.values())
        row |= after

    def files(self) -> dict[str, str]:
        """Build the content of all files, and check the snapshot that they form.

        Returns:
            File name -> new content.

        Raises:
            SnapshotError: it would be inconsistent.
        """
        sources = [{"key": key, "source": self._sources[key]} for key in sorted(self._sources)]
        rows = {"sources.csv": sources, "services.csv": self._services, TYPES_FILE: self._types}
        rows |= {name: self._instances[kind] for kind, name in INSTANCE_FILES.items()}
        files = {name: _rewritten(self._folder / name, rows[name]) for name in FILES}
        with tempfile.TemporaryDirectory(prefix="iris-prices-") as temporary:
            copy = Path(temporary) / "data"
            # Another process may write the cache of its modules meanwhile.
            shutil.copytree(self._folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
            for name, content in files.items():
                (copy / name).write_text(content, encoding="utf-8")
            load_snapshot(copy)
        return files

    def _record_change(
        self, kind: Kind, what: str, region: str, before: Iterable[str], after: Iterable[str]
    ) -> None:
        old, new = " / ".join(it for it in before if it), " / ".join(after)
        if _same(old, new):
            return
        self.changes.append(PriceChange(kind=kind, what=what, region=region, before=old, after=new))

    def _source_key(self, text: str) -> str:
        for key, known in self._sources.items():
            if known == text:
                return key
        key = "-".join(text.lower().replace(",", "").replace("/", "-").split())
        self._sources[key] = text
        return key


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write each file atomically.

    Raises:
        OSError: the folder can't be written to.
    """
    for name in FILES:
        with atomic_write(folder / name) as file:
            file.write(files[name].encode())


def plain_number(number: Decimal) -> str:
    """Return a number without exponent and trailing zeros."""
    return f"{number.normalize():f}"


def _row(rows: list[dict[str, str]], key: Mapping[str, str]) -> dict[str, str]:
    """Return the row with these cells, which is added if there is none."""
    row = next((it for it in rows if all(it[name] == cell for name, cell in key.items())), None)
    if row is None:
        row = dict.fromkeys(rows[0], "") | dict(key)
        rows.append(row)
    return row


def _same(old: str, new: str) -> bool:
    return [Decimal(it) for it in old.split(" / ") if it] == [Decimal(it) for it in new.split(" / ") if it]


def _rewritten(path: Path, rows: list[dict[str, str]]) -> str:
    """Return rows as CSV, below the comments of the file."""
    comments = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return "\n".join([*comments, ""]) + out.getvalue()
