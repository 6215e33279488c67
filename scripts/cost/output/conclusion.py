"""Conclusion of each report, in one sentence: what is cheapest, what dominates, how wrong it may be."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scripts.cost.comparison.break_even import ADVICE_RATES
from scripts.cost.comparison.sensitivity import TRAFFIC, uncertainty
from scripts.cost.output.messages import message
from scripts.cost.output.shortfalls import SHORTFALLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.bill.monthly_projection import ProjectedMonth
    from scripts.cost.comparison.comparison import CostComparison
    from scripts.cost.comparison.regions import RegionCost
    from scripts.cost.comparison.sensitivity import Sensitivity
    from scripts.cost.output.messages import Message

CENT: Final = Decimal("0.01")

FLEET, FUNCTION = 0, 1
"""Indexes of the bills in the sensitivities of a comparison."""


def compare_conclusion(comparison: CostComparison) -> Message:
    """Return the advice of a comparison."""
    chosen, best, function = comparison.chosen, comparison.recommended, comparison.function
    name = message("the function {name}", name=comparison.scenario.function.name)
    if chosen != best and (best or not chosen.running.overloaded):
        return _named_type_conclusion(comparison, name)
    if best is None:
        return message(
            "No instance type that is compared carries the load; {function} costs {usd:,.2f} USD per month, "
            "of which {items}.",
            function=name,
            usd=function.usd,
            items=dominating(function),
        )
    fleet = message("a fleet of {type}", type=chosen.running.shape.instance_type)
    fleet_wins = comparison.fleet.usd <= function.usd
    index = FLEET if fleet_wins else FUNCTION
    winner, loser = (fleet, name) if fleet_wins else (name, fleet)
    bill, other = (comparison.fleet, function) if fleet_wins else (function, comparison.fleet)
    return message(
        "Cheapest: {winner}, for {usd:,.2f} USD per month, of which {items}; {range}; {loser} costs "
        "{other:,.2f}; {change}.",
        winner=winner,
        usd=bill.usd,
        items=dominating(bill),
        loser=loser,
        other=other.usd,
        range=_range(*uncertainty(comparison.sensitivities, index, bill.usd)),
        change=_change(comparison, winner, loser, fleet_wins=fleet_wins),
    )


def _named_type_conclusion(comparison: CostComparison, function: Message) -> Message:
    """Return the conclusion on a fleet of a type that was asked for, and is not the cheapest."""
    chosen, best, bill = comparison.chosen, comparison.recommended, comparison.fleet
    machine = chosen.running.shape.instance_type
    if best:
        others = message(
            "the cheapest type that is compared is {type}, for {usd:,.2f}; {function} costs {other:,.2f}",
            type=best.running.shape.instance_type,
            usd=best.usd,
            function=function,
            other=comparison.function.usd,
        )
    else:
        others = message("{function} costs {other:,.2f}", function=function, other=comparison.function.usd)
    if chosen.running.overloaded:
        return message(
            "A fleet of {type}, for {usd:,.2f} USD per month, does not carry the load: {problem}; {others}.",
            type=machine,
            usd=bill.usd,
            problem=SHORTFALLS[chosen.running.shortfalls[0]],
            others=others,
        )
    fleet = message("a fleet of {type}", type=machine)
    fleet_wins = bill.usd <= comparison.function.usd
    winner, loser = (fleet, function) if fleet_wins else (function, fleet)
    return message(
        "A fleet of {type} costs {usd:,.2f} USD per month, of which {items}; {range}; {others}; {change}.",
        type=machine,
        usd=bill.usd,
        items=dominating(bill),
        range=_range(*uncertainty(comparison.sensitivities, FLEET, bill.usd)),
        others=others,
        change=_change(comparison, winner, loser, fleet_wins=fleet_wins),
    )


def _range(low: Decimal, high: Decimal) -> Message:
    """Return how wrong a bill may be."""
    if high - low < CENT:
        return message("no assumption moves it")
    return message("wrong assumptions may make it {low:,.2f} to {high:,.2f}", low=low, high=high)


def _change(comparison: CostComparison, winner: Message, loser: Message, *, fleet_wins: bool) -> Message:
    """Return what would change the advice."""
    for it in comparison.sensitivities:
        if it.what == TRAFFIC:
            continue
        for value, usd in zip(it.values, (it.low, it.high), strict=True):
            if (usd[FLEET] <= usd[FUNCTION]) != fleet_wins:
                return message(
                    "{loser} is cheaper if this changes: {what} {value:,.6g} {unit}",
                    loser=loser,
                    what=it.what,
                    value=value,
                    unit=it.unit,
                )
    other = comparison.other_advice
    if other is None:
        return message(
            "no assumption within its range, and no traffic up to {rate:,.0f} requests per second, changes "
            "the advice",
            rate=ADVICE_RATES[-1],
        )
    if other.crossing is None:
        return message(
            "with these assumptions, {loser} is cheaper at {rate:,.4g} requests per second, for example",
            loser=loser,
            rate=other.example,
        )
    return message(
        "with these assumptions, {cheaper} is cheaper below {rate:,.4g} requests per second",
        cheaper=loser if fleet_wins else winner,
        rate=other.crossing,
    )


def region_conclusion(found: Sequence[RegionCost]) -> Message:
    """Return the advice of a comparison of regions, of which those with known prices are ranked."""
    ranked = [it for it in found if it.rank is not None]
    if not ranked:
        return message("No region can be ranked: each borrows prices, or no type carries the load.")
    first, last = ranked[0], ranked[-1]
    more = last.best.usd / first.best.usd - 1 if first.best.usd else Decimal(0)
    return message(
        "Cheapest of {count} ranked regions: {region} with {type}, for {usd:,.2f} USD per month; {last} "
        "costs {more:.1%} more.",
        count=len(ranked),
        region=first.region,
        type=first.best.running.shape.instance_type,
        usd=first.best.usd,
        last=last.region,
        more=more,
    )


def month_conclusion(found: Sequence[ProjectedMonth], names: Sequence[Message]) -> Message:
    """Return the conclusion of a projection of the bills of `names`."""
    cheapest = [min(range(len(names)), key=lambda index: it.bills[index].usd) for it in found]
    first, last = found[0], found[-1]
    change = next(
        (it.number for it, index in zip(found, cheapest, strict=True) if index != cheapest[0]), None
    )
    growth = message(
        "{name} costs {today:,.2f} USD today and {usd:,.2f} in month {month}, of which {items}",
        name=names[cheapest[0]],
        today=first.bills[cheapest[0]].usd,
        usd=last.bills[cheapest[0]].usd,
        month=last.number,
        items=dominating(last.bills[cheapest[0]]),
    )
    if len(names) == 1:
        return message("{growth}.", growth=growth)
    if change is None:
        return message("Cheapest in every month: {growth}.", growth=growth)
    return message(
        "Cheapest today: {growth}; from month {month} on, {other} is cheaper.",
        growth=growth,
        month=change,
        other=names[cheapest[change]],
    )


def stack_conclusion(name: str, bill: Bill, found: Sequence[Sensitivity]) -> Message:
    """Return the conclusion on the bill of a stack."""
    low, high = uncertainty(found, 0, bill.usd)
    values = {"stack": name, "usd": bill.usd, "items": dominating(bill), "low": low, "high": high}
    assumed = [it for it in found if it.what != TRAFFIC]
    if not assumed:
        return message("The stack {stack} costs {usd:,.2f} USD per month, of which {items}.", **values)
    return message(
        "The stack {stack} costs {usd:,.2f} USD per month, of which {items}; wrong assumptions may make it "
        "{low:,.2f} to {high:,.2f}, by this one most: {what}.",
        **values,
        what=assumed[0].what,
    )


def change_conclusion(before: Bill, after: Bill) -> Message:
    """Return the conclusion on the cost of a change."""
    change = after.usd - before.usd
    items = {it.item for it in (*before.lines, *after.lines)}
    changes = {item: after.item_usd(item) - before.item_usd(item) for item in sorted(items)}
    largest = max(changes, key=lambda item: abs(changes[item]), default="")
    if not largest or not changes[largest]:
        return message("The change costs nothing: {usd:,.2f} USD per month, as before.", usd=after.usd)
    return message(
        "The change costs {change:+,.2f} USD per month ({share:+.1%}), from {before:,.2f} to {after:,.2f}; "
        "most of it: {item} {usd:+,.2f}.",
        change=change,
        share=change / before.usd if before.usd else Decimal(0),
        before=before.usd,
        after=after.usd,
        item=largest,
        usd=changes[largest],
    )


def dominating(bill: Bill) -> Message:
    """Return the item that costs most, with its share of the bill."""
    totals = {it.item: bill.item_usd(it.item) for it in bill.lines}
    if not totals:
        return message("nothing is billed")
    item = max(totals, key=totals.__getitem__)
    return message("{share:.0%} for {item}", share=totals[item] / bill.usd, item=item)
