"""What is shown, as tables of plain values; how they look is decided elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scripts.cost.bill.bill_lines import MILLION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.monthly_projection import Month
    from scripts.cost.comparison.instance_types import Candidate
    from scripts.cost.comparison.study import Match, Study

Cell: TypeAlias = "str | Decimal | float | int | bool | None"
Kind: TypeAlias = Literal["text", "name", "usd", "fine", "share", "number", "whole", "flag"]
"""How a column is written: words are translated, names are not; `fine` is money below a cent; `whole` is
a number without what is behind the point."""

LAST_SHOWN: Final = 12
"""Instance types that are shown unless more are asked for."""


@dataclass(frozen=True)
class Column:
    """A column's heading and what is in it."""

    head: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; its title and headings are keys of `words`."""

    key: str
    """What it is called in JSON."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...] | None = None


def sizes(candidates: Sequence[Candidate], top: int = LAST_SHOWN) -> Table:
    """Compare instance types, the cheapest first."""
    return Table(
        key="sizes",
        title="Instance sizes",
        columns=(
            Column("type", "name"),
            Column("instances", "name"),
            Column("USD a month", "usd"),
            Column("of it instances", "usd"),
            Column("USD per million", "fine"),
            Column("used", "share"),
            Column("lost with one", "share"),
            Column("Mbit/s of one", "whole"),
            Column("note", "text"),
        ),
        rows=tuple(
            (
                it.running.shape.instance_type,
                f"{it.running.sizing.counts.min()}-{it.running.sizing.counts.max()}",
                it.usd,
                it.running.usd,
                it.usd_per_million,
                it.running.mean_utilisation,
                it.running.blast_radius,
                it.running.megabits,
                "overloaded" if it.running.overloaded else "",
            )
            for it in candidates[:top]
        ),
    )


def vertical(study: Study) -> Table:
    """Hold one big machine against the fleet."""
    one, fleet = study.contrast.one, study.contrast.fleet
    carried = study.contrast.fleet_throughput
    return Table(
        key="vertical",
        title="One big machine or a fleet",
        columns=(
            Column("way", "text"),
            Column("type", "name"),
            Column("machines", "name"),
            Column("USD a month", "usd"),
            Column("used", "share"),
            Column("paid and unused", "share"),
            Column("lost with one", "share"),
        ),
        rows=(
            (
                "one big machine",
                one.instance_type,
                str(one.copies),
                one.usd,
                one.mean_utilisation,
                1 - study.contrast.demand.mean / one.throughput,
                1 / one.copies,
            ),
            (
                "fleet",
                fleet.shape.instance_type,
                f"{fleet.sizing.counts.min()}-{fleet.sizing.counts.max()}",
                fleet.usd,
                fleet.mean_utilisation,
                1 - sum(study.contrast.demand.rates) / sum(carried),
                fleet.blast_radius,
            ),
        ),
    )


def functions(matches: Sequence[Match]) -> Table:
    """Say from which traffic on the fleet costs less than each function."""
    return Table(
        key="functions",
        title="Fleet or function",
        columns=(
            Column("function", "name"),
            Column("free tier", "flag"),
            Column("fleet is cheaper from", "text"),
            Column("requests a second", "number"),
            Column("USD there", "usd"),
        ),
        rows=tuple(
            (
                it.shape.name,
                it.free_tier,
                "" if it.crossing else "always" if it.fleet_always else "never",
                it.crossing.rate if it.crossing else None,
                it.crossing.usd if it.crossing else None,
            )
            for it in matches
        ),
    )


def bill(of: Bill, key: str, title: str) -> Table:
    """Show a bill line by line."""
    return Table(
        key=key,
        title=title,
        columns=(
            Column("item", "text"),
            Column("part", "text"),
            Column("quantity", "number"),
            Column("USD a month", "usd"),
            Column("USD per million", "fine"),
            Column("known", "text"),
        ),
        rows=tuple(
            (
                it.item,
                it.part,
                it.quantity,
                it.usd,
                it.usd * MILLION / of.requests if of.requests else None,
                it.basis,
            )
            for it in of.lines
        )
        + tuple((name, None, None, None, None, None) for name in _not_priced(of)),
        totals=("total", None, None, of.usd, of.usd_per_million, None),
    )


def sensitivity(study: Study) -> Table:
    """Show what moves the fleet's bill most."""
    return Table(
        key="sensitivity",
        title="What the fleet's bill hangs on",
        columns=(
            Column("assumption", "text"),
            Column("USD if smaller", "usd"),
            Column("USD if larger", "usd"),
        ),
        rows=tuple((it.what, it.low, it.high) for it in study.swings[:3]),
    )


def regions(found: Sequence[tuple[str, Candidate]]) -> Table:
    """Show the cheapest type of each region."""
    return Table(
        key="regions",
        title="Regions",
        columns=(
            Column("region", "name"),
            Column("type", "name"),
            Column("USD a month", "usd"),
            Column("USD per million", "fine"),
        ),
        rows=tuple(
            (region, it.running.shape.instance_type, it.usd, it.usd_per_million) for region, it in found
        ),
    )


def months(found: Sequence[Month], titles: Sequence[str]) -> Table:
    """Show how bills grow with the traffic; `titles` name the bills."""
    return Table(
        key="months",
        title="Month by month",
        columns=(
            Column("month", "number"),
            Column("mean requests a second", "number"),
            *(Column(title, "usd") for title in titles),
        ),
        rows=tuple((it.number, it.demand.mean, *(bill.usd for bill in it.bills)) for it in found),
    )


def against(before: Bill, after: Bill) -> Table:
    """Show two bills side by side, item by item."""
    items = list(dict.fromkeys(it.item for it in (*before.lines, *after.lines)))

    def usd(of: Bill, item: str) -> Decimal:
        return sum((it.usd for it in of.lines if it.item == item), Decimal(0))

    return Table(
        key="against",
        title="Two configurations",
        columns=(
            Column("item", "text"),
            Column("before", "usd"),
            Column("after", "usd"),
            Column("difference", "usd"),
        ),
        rows=tuple(
            (item, usd(before, item), usd(after, item), usd(after, item) - usd(before, item))
            for item in items
        )
        + tuple((name, None, None, None) for name in _not_priced(before, after)),
        totals=("total", before.usd, after.usd, after.usd - before.usd),
    )


def _not_priced(*bills: Bill) -> list[str]:
    """Name what the bills leave out, once each."""
    return [f"not priced: {text}" for text in dict.fromkeys(it for of in bills for it in of.not_priced)]
