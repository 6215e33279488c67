"""Answers to questions about a stack: its bill, what a change makes of it, the months to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from rich.console import Console

from scripts.cost.bill.fleet import instances
from scripts.cost.bill.monthly_projection import month_by_month
from scripts.cost.bill.purchase_options import unknown_prices
from scripts.cost.cli.printing import warn
from scripts.cost.output import tables
from scripts.cost.prices.snapshot import load
from scripts.cost.stack.stack_bill import stack_bill, understand
from scripts.program import preview, run
from scripts.program.resources import StackError
from scripts.program.revision import commit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.bill.bill_lines import Bill
    from scripts.cost.cli.printing import Output
    from scripts.cost.comparison.study import Question
    from scripts.cost.demand.weekly_demand import Demand
    from scripts.cost.prices.snapshot import RegionPrices
    from scripts.cost.stack.stack_bill import StackShape
    from scripts.program.resources import Record


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where to find out what a stack consists of: from the program, or from a preview."""

    stack: str | None
    """Name of the stack whose program to run."""
    settings: Sequence[str]
    """`key=value`, before what the stack's file says."""
    preview: str | None
    """File with what `pulumi preview --json` printed, or `-` for standard input."""

    def record(self, default_region: str) -> Record:
        """List the resources.

        Raises:
            StackError: they can't be found out.
        """
        if self.preview is None:
            return run.run(self.stack or "", self.settings, default_region=default_region)
        try:
            with click.open_file(self.preview, encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise StackError(f"{self.preview} can't be read: {error}.") from error
        return preview.read(text, default_region)


def bill_now(question: Question, source: Source, reference: str | None, output: Output) -> None:
    """Show the stack's bill, or what it is more or less than that of the configuration at a commit."""
    regions = load()
    if reference is not None:
        # A name that is misspelt is told before the program has run.
        commit_of(run.PROJECT, reference)
    with Console(stderr=True).status("Finding out what the stack consists of"):
        record = source.record(question.prices.name)
        shape = understand(record)
        now = _bill(shape, question, question.demand, regions.region(shape.region))
        before = None
        if reference is not None:
            old = understand(run.run(record.stack, reference=reference, default_region=question.prices.name))
            before = _bill(old, question, question.demand, regions.region(old.region))
    table = tables.against(before, now) if before else tables.bill(now, "stack", "The stack's bill")
    output.one(table)
    _warn_of_unknown_prices(shape, regions.region(shape.region))
    if _overloaded(shape, question, question.demand, regions.region(shape.region)):
        warn("the stack's most instances are too few for this demand.")
    output.hold(now, "stack")


def months(question: Question, growth: float, horizon: int, source: Source, output: Output) -> None:
    """Show what the stack will cost as its traffic grows, month by month."""
    with Console(stderr=True).status("Finding out what the stack consists of"):
        shape = understand(source.record(question.prices.name))
    prices = load().region(shape.region)
    found = month_by_month(question.demand, growth, horizon, [lambda it: _bill(shape, question, it, prices)])
    output.one(tables.months(found, ["The stack's bill"]))
    _warn_of_unknown_prices(shape, prices)
    for text in shape.not_priced:
        warn(f"not priced: {text}.")
    for month in found:
        if _overloaded(shape, question, month.demand, prices):
            warn(f"in month {month.number} the stack's most instances are too few.")
            break
    output.hold_months(found, "stack")


def _bill(shape: StackShape, question: Question, demand: Demand, prices: RegionPrices) -> Bill:
    return stack_bill(shape, demand, question.capacity, prices, question.assumptions)


def _warn_of_unknown_prices(shape: StackShape, prices: RegionPrices) -> None:
    if shape.fleet:
        for warning in unknown_prices(shape.fleet.purchase, prices, shape.fleet.types):
            warn(warning)


def _overloaded(shape: StackShape, question: Question, demand: Demand, prices: RegionPrices) -> bool:
    if shape.fleet is None:
        return False
    return instances(shape.fleet, demand, question.capacity, prices, question.assumptions).overloaded
