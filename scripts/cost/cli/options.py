"""Options of `iris cost`, and the combinations that are rejected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.cost.bill.purchase_options import Commitment
    from scripts.cost.output.translations import Language

VIEWS: Final = ("sizes", "vertical", "functions", "fleet", "function", "sensitivity")
"""Tables of the comparison, as `--show` names them."""


@dataclass(frozen=True, kw_only=True)
class CostOptions:
    """Values of the options, under the names of their parameters; their `--help` explains them."""

    region: str | None
    rate: float
    peak_factor: float | None
    demand_source: str | None
    growth: float
    projected_months: int | None
    months_of_growth: int
    request_bytes: int
    response_bytes: int
    instance_type: str
    families: tuple[str, ...]
    minimum_memory_gib: float
    zones: int
    minimum_instances: int
    target_utilisation_percent: int
    commitment: Commitment
    spot_percent: int
    standard_credits: bool
    function_memory_mb: int
    free_tier: bool
    capacity_file: Path | None
    all_regions: bool
    views: tuple[str, ...]
    top: int
    charts: Path | None
    report: Path | None
    form: str
    language: Language
    stack: str | None
    preview: str | None
    settings: tuple[str, ...]
    against: str | None
    budget: float | None

    @property
    def of_stack(self) -> bool:
        """True if the resources of a stack are priced instead of comparing the options for traffic."""
        return self.stack is not None or self.preview is not None

    @property
    def of_comparison(self) -> bool:
        """True if options are set that only the comparison uses."""
        return bool(self.views or self.families or self.charts or self.report)


def reject_conflicts(options: CostOptions) -> None:
    """Check that the options fit together.

    Raises:
        UsageError: some do not; the text is the first mistake's.
    """
    for text, is_made in (_stack_mistakes(options) | _report_mistakes(options)).items():
        if is_made:
            raise click.UsageError(text)


def _stack_mistakes(options: CostOptions) -> dict[str, object]:
    """Return the mistakes in the options of a stack, each with a value that is true if it is made."""
    return {
        "--stack and --preview exclude each other.": options.stack and options.preview,
        "--config requires --stack.": options.settings and not options.stack,
        "--against requires --stack or --preview.": options.against is not None and not options.of_stack,
        "--config takes key=value.": any("=" not in setting for setting in options.settings),
    }


def _report_mistakes(options: CostOptions) -> dict[str, object]:
    """Return the mistakes in the choice of a report, each with a value that is true if it is made."""
    other_report = options.all_regions or options.of_stack
    return {
        "--show, --family, --charts and --report exclude --all-regions, --stack and --preview.": (
            other_report and options.of_comparison
        ),
        "--all-regions excludes --stack, --preview and --budget.": (
            options.all_regions and (options.of_stack or options.budget is not None)
        ),
        "--months excludes --after, --all-regions, --against, --show, --family, --charts and --report.": (
            options.projected_months
            and (
                options.months_of_growth
                or options.all_regions
                or options.against is not None
                or options.of_comparison
            )
        ),
        "CSV contains one table: choose it with a single --show.": (
            options.form == "csv"
            and len(options.views) != 1
            and not (other_report or options.projected_months)
        ),
    }
