"""Tables of plain values; `render` formats them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scripts.cost.bill.assumptions import ASSUMPTIONS
from scripts.cost.bill.bill_lines import MILLION
from scripts.cost.output.messages import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.monthly_projection import ProjectedMonth
    from scripts.cost.comparison.commitment_costs import CommitmentCost
    from scripts.cost.comparison.comparison import CostComparison, FunctionBreakEven
    from scripts.cost.comparison.function_memory import FunctionMemory
    from scripts.cost.comparison.instance_types import InstanceTypeCost
    from scripts.cost.comparison.regions import RegionCost
    from scripts.cost.comparison.sensitivity import Sensitivity
    from scripts.cost.output.messages import Message
    from scripts.cost.stack.resource_costs import ResourceCost

Cell: TypeAlias = "str | Message | Decimal | float | int | bool | None"
ColumnKind: TypeAlias = Literal["text", "name", "usd", "change", "fine", "share", "number", "whole", "flag"]
"""Format of a column: text is translated, names are not; `change` is USD with its sign, `fine` USD with four
decimals; `whole` is a number without decimals."""

LAST_SHOWN: Final = 12
"""Default number of instance types in the table."""

REJECTED_SHOWN: Final = 3
"""Number of instance types in the table that can't carry the load, beyond the others."""


@dataclass(frozen=True)
class Column:
    """Heading and format of a column."""

    heading: str
    kind: ColumnKind


@dataclass(frozen=True, kw_only=True)
class Table:
    """Table, whose title and headings are keys of `translations`."""

    key: str
    """Its key in JSON."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...] | None = None


def sizes(
    candidates: Sequence[InstanceTypeCost],
    top: int = LAST_SHOWN,
    chosen: InstanceTypeCost | None = None,
) -> Table:
    """Build the table of instance types, the cheapest first, and below them the cheapest rejected ones.

    Args:
        candidates: The compared types.
        top: Number of types to show.
        chosen: Type that is shown in any case.
    """
    shown = _shown(candidates, top)
    if chosen and chosen not in shown:
        shown.append(chosen)
    return Table(
        key="sizes",
        title="Instance types",
        columns=(
            Column("type", "name"),
            Column("instances", "name"),
            Column("USD per month", "usd"),
            Column("of which instances", "usd"),
            Column("USD per million", "fine"),
            Column("utilisation", "share"),
            Column("lost if one fails", "share"),
            Column("Mbit/s per instance", "whole"),
            Column("note", "text"),
        ),
        rows=tuple(
            (
                it.running.shape.instance_type,
                it.running.instance_range,
                it.usd,
                it.running.usd,
                it.usd_per_million,
                it.running.mean_utilisation,
                it.running.blast_radius,
                it.running.megabits,
                _note(it),
            )
            for it in shown
        ),
    )


def _shown(candidates: Sequence[InstanceTypeCost], top: int) -> list[InstanceTypeCost]:
    """Return the cheapest types, and then the cheapest ones that can't carry the load."""
    feasible = [it for it in candidates if not it.running.overloaded]
    rejected = [it for it in candidates if it.running.overloaded]
    return [*feasible[:top], *rejected[:REJECTED_SHOWN]]


def _note(candidate: InstanceTypeCost) -> str:
    """Return why a type is rejected, or else the rule that decides its number of instances."""
    shortfalls = candidate.running.shortfalls
    return f"rejected: {shortfalls[0]}" if shortfalls else candidate.running.sizing.sized_by


def vertical(comparison: CostComparison) -> Table:
    """Build the table of one big machine and the fleet."""
    one, fleet = comparison.scale_up.one, comparison.scale_up.fleet
    carried = comparison.scale_up.fleet_throughput
    return Table(
        key="vertical",
        title="One big machine or a fleet",
        columns=(
            Column("option", "text"),
            Column("type", "name"),
            Column("machines", "name"),
            Column("USD per month", "usd"),
            Column("utilisation", "share"),
            Column("paid but unused", "share"),
            Column("lost if one fails", "share"),
        ),
        rows=(
            (
                "one big machine",
                one.instance_type,
                str(one.copies),
                one.usd,
                one.mean_utilisation,
                1 - comparison.scale_up.demand.mean / one.throughput,
                1 / one.copies,
            ),
            (
                "fleet",
                fleet.shape.instance_type,
                fleet.instance_range,
                fleet.usd,
                fleet.mean_utilisation,
                1 - sum(comparison.scale_up.demand.rates) / sum(carried),
                fleet.blast_radius,
            ),
        ),
    )


def functions(break_evens: Sequence[FunctionBreakEven]) -> Table:
    """Build the table of the rates from which the fleet costs less than each function.

    Either both sides have a firewall or none, and likewise access logs.
    """
    return Table(
        key="functions",
        title="Fleet or function",
        columns=(
            Column("function", "name"),
            Column("firewall", "flag"),
            Column("access logs", "flag"),
            Column("free tier", "flag"),
            Column("fleet is cheaper from", "text"),
            Column("requests per second", "number"),
            Column("USD at that rate", "usd"),
            Column("note", "text"),
        ),
        rows=tuple(
            (
                it.shape.name,
                it.firewall,
                it.access_logs,
                it.free_tier,
                "" if it.crossing else "always" if it.fleet_always else "never",
                it.crossing.rate if it.crossing else None,
                it.crossing.usd if it.crossing else None,
                "" if it.deployable else "can't be deployed",
            )
            for it in break_evens
        ),
    )


def bill(billed: Bill, key: str, title: str) -> Table:
    """Build the table of a bill, line by line."""
    return Table(
        key=key,
        title=title,
        columns=(
            Column("item", "text"),
            Column("component", "text"),
            Column("quantity", "number"),
            Column("USD per month", "usd"),
            Column("USD per million", "fine"),
            Column("basis", "text"),
        ),
        rows=tuple(
            (
                it.item,
                it.component,
                it.quantity,
                it.usd,
                it.usd * MILLION / billed.requests if billed.requests else None,
                it.basis,
            )
            for it in billed.lines
        )
        + tuple((name, None, None, None, None, None) for name in _not_priced(billed)),
        totals=("total", None, None, billed.usd, billed.usd_per_million, None),
    )


def capacity(comparison: CostComparison) -> Table:
    """Build the table of the cheapest fleets by a vCPU's throughput, from a heavy mix to the best case."""
    return Table(
        key="capacity",
        title="Range of the capacity",
        columns=(
            Column("throughput of a vCPU", "text"),
            Column("requests per second", "whole"),
            Column("type", "name"),
            Column("instances", "name"),
            Column("USD per month", "usd"),
            Column("of which instances", "usd"),
        ),
        rows=tuple(
            (
                it.name,
                it.per_vcpu,
                it.best.running.shape.instance_type,
                it.best.running.instance_range,
                it.best.usd,
                it.best.running.usd,
            )
            for it in comparison.by_capacity
        ),
    )


def sensitivity(found: Sequence[Sensitivity], bills: Sequence[str]) -> Table:
    """Build the table of the figures that affect the bills, which `bills` names, the largest effect first."""
    ends = ("if smaller", "if larger")
    return Table(
        key="sensitivity",
        title="Sensitivity",
        columns=(
            Column("assumption", "text"),
            Column("smaller", "number"),
            Column("larger", "number"),
            Column("unit", "text"),
            *(Column(f"{bill}, {end}", "usd") for bill in bills for end in ends),
        ),
        rows=tuple(
            (
                *(it.what, *it.values, it.unit),
                *(usd[index] for index in range(len(bills)) for usd in (it.low, it.high)),
            )
            for it in found
        ),
    )


def assumptions(assumed: Assumptions) -> Table:
    """Build the table of all assumptions, with their names for `--assume`."""
    return Table(
        key="assumption_values",
        title="Assumptions",
        columns=(
            Column("name", "name"),
            Column("assumption", "text"),
            Column("value", "number"),
            Column("unit", "text"),
            Column("smaller", "number"),
            Column("larger", "number"),
            Column("source", "text"),
        ),
        rows=tuple(
            (it.name, it.label, it.value_in(assumed), it.unit, *it.ends(assumed), it.source)
            for it in ASSUMPTIONS.values()
        ),
    )


def resources(found: Sequence[ResourceCost]) -> Table:
    """Build the table of a stack's bill by resource."""
    return Table(
        key="resources",
        title="Cost by resource",
        columns=(
            Column("resource", "text"),
            Column("item", "text"),
            Column("quantity", "number"),
            Column("USD per month", "usd"),
        ),
        rows=tuple((it.resource, it.item, it.quantity, it.usd) for it in found),
        totals=("total", None, None, sum((it.usd for it in found), Decimal(0))),
    )


def memory(found: Sequence[FunctionMemory]) -> Table:
    """Build the table of the function's duration and cost by its memory."""
    return Table(
        key="memory",
        title="Memory of the function",
        columns=(
            Column("MB", "whole"),
            Column("ms per request", "number"),
            Column("USD per month", "usd"),
            Column("of which duration", "usd"),
        ),
        rows=tuple(
            (it.memory_mb, it.milliseconds, it.bill.usd, it.bill.item_usd("function duration"))
            for it in found
        ),
    )


def commitments(found: Sequence[CommitmentCost]) -> Table:
    """Build the table of the whole bill under each commitment, with the cash that is due."""
    return Table(
        key="commitments",
        title="Reserved instances and Savings Plans",
        columns=(
            Column("option", "text"),
            Column("commitment", "text"),
            Column("reserved", "whole"),
            Column("due now", "usd"),
            Column("due per month", "usd"),
            Column("in the whole term", "usd"),
            Column("USD per hour", "fine"),
            Column("saved per month", "usd"),
            Column("note", "text"),
        ),
        rows=tuple(
            (
                it.of,
                it.name,
                it.bill.committed if it.bill else None,
                it.bill.upfront_usd if it.bill else None,
                it.monthly_usd,
                it.term_usd,
                it.hourly_usd,
                it.saved,
                "" if it.bill else "no price is known",
            )
            for it in found
        ),
    )


def regions(found: Sequence[RegionCost]) -> Table:
    """Build the table of each region's cheapest instance type; a region with borrowed prices has no rank."""
    return Table(
        key="regions",
        title="Regions",
        columns=(
            Column("rank", "whole"),
            Column("region", "name"),
            Column("type", "name"),
            Column("USD per month", "usd"),
            Column("USD per million", "fine"),
        ),
        rows=tuple(
            (it.rank, it.region, it.best.running.shape.instance_type, it.best.usd, it.best.usd_per_million)
            for it in found
        ),
    )


def months(found: Sequence[ProjectedMonth], titles: Sequence[str]) -> Table:
    """Build the table of projected bills, which `titles` name."""
    return Table(
        key="months",
        title="Month by month",
        columns=(
            Column("month", "number"),
            Column("mean requests per second", "number"),
            *(Column(title, "usd") for title in titles),
        ),
        rows=tuple((it.number, it.demand.mean, *(bill.usd for bill in it.bills)) for it in found),
    )


def difference(before: Bill, after: Bill) -> Table:
    """Build the table of two bills and their difference: the items that change, and the sum of the others."""
    items = list(dict.fromkeys(it.item for it in (*before.lines, *after.lines)))
    changed = [it for it in items if before.item_usd(it) != after.item_usd(it)]
    unchanged = [it for it in items if it not in changed]
    kept = sum((after.item_usd(it) for it in unchanged), Decimal(0))
    return Table(
        key="against",
        title="Two configurations",
        columns=(
            Column("item", "text"),
            Column("before", "usd"),
            Column("after", "usd"),
            Column("difference", "change"),
        ),
        rows=tuple(
            (
                item,
                before.item_usd(item),
                after.item_usd(item),
                after.item_usd(item) - before.item_usd(item),
            )
            for item in changed
        )
        + (
            ((message("unchanged items: {count}", count=len(unchanged)), kept, kept, Decimal(0)),)
            * bool(unchanged)
        )
        + tuple((name, None, None, None) for name in _not_priced(before, after)),
        totals=("total", before.usd, after.usd, after.usd - before.usd),
    )


def _not_priced(*bills: Bill) -> list[Message]:
    """Return the unpriced costs of the bills, each once."""
    texts = dict.fromkeys(it for billed in bills for it in billed.unpriced)
    return [message("not priced: {text}", text=text) for text in texts]
