"""Options of `iris cost`, and the combinations that are rejected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.cost.cli.modes import IdleOptionError, Mode

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.cost.output.translations import Language
    from scripts.cost.prices.commitments import Commitment

MAXIMUM_RATE: Final = 10**7
"""Maximum of `--rate`, in requests per second; a higher rate is more likely a typing error than a demand."""

CLOUDWATCH: Final = "cloudwatch"
"""Scheme of a `--demand` that is read from CloudWatch."""

VIEWS: Final = (
    *("sizes", "capacity", "vertical", "functions", "memory", "fleet", "function", "commitments"),
    *("sensitivity", "assumptions"),
)
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
    request_bytes: int | None
    response_bytes: int | None
    instance_type: str | None
    """None: the cheapest one that carries the load."""
    families: tuple[str, ...]
    minimum_memory_gib: float
    zones: int
    minimum_instances: int
    target_utilisation_percent: int
    commitment: Commitment
    spot_percent: int
    standard_credits: bool
    no_firewall: bool
    no_access_logs: bool
    function_memory_mb: int
    free_tier: bool
    capacity_file: Path | None
    assumed: tuple[str, ...]
    assumption_file: Path | None
    all_regions: bool
    views: tuple[str, ...]
    top: int | None
    charts: Path | None
    report: Path | None
    form: str
    language: Language
    stack: str | None
    preview: str | None
    settings: tuple[str, ...]
    against: str | None
    budget: float | None


def reject_conflicts(options: CostOptions, mode: Mode) -> None:
    """Check that the values of the options fit together.

    Raises:
        IdleOptionError: some do not; the text is the first mistake's.
    """
    for text, is_made in _mistakes(options, mode).items():
        if is_made:
            raise IdleOptionError(text)


def _mistakes(options: CostOptions, mode: Mode) -> dict[str, bool]:
    """Return the possible mistakes, each with a value that is true if it is made."""
    csv, views = options.form == "csv", options.views
    of_cloudwatch = (options.demand_source or "").startswith(f"{CLOUDWATCH}:")
    return {
        "--config takes key=value.": any("=" not in setting for setting in options.settings),
        "--assume takes name=value.": any("=" not in setting for setting in options.assumed),
        "CSV contains one table: choose it with a single --show.": (
            csv and mode is Mode.COMPARISON and len(views) != 1
        ),
        "--lang does nothing with --format csv, whose headings are English.": (
            csv and options.language != "en" and not (options.charts or options.report)
        ),
        "--top does nothing without --show sizes.": (
            options.top is not None and bool(views) and "sizes" not in views and options.charts is None
        ),
        "--region does nothing with --all-regions, unless --demand reads CloudWatch.": (
            mode is Mode.REGIONS and options.region is not None and not of_cloudwatch
        ),
    }
