"""Choice of the report that the options of `iris cost` describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.cost.cli import traffic_reports
from scripts.cost.cli.modes import RESOURCES, Mode
from scripts.cost.cli.options import VIEWS
from scripts.cost.cli.printing import ReportPrinter
from scripts.cost.cli.scenario import build_scenario
from scripts.cost.output.tables import LAST_SHOWN

if TYPE_CHECKING:
    from scripts.cost.cli.options import CostOptions
    from scripts.cost.comparison.scenario import Scenario


def show_report(options: CostOptions, mode: Mode) -> None:
    """Print the report, and fail if the bill is above the budget.

    Raises:
        UnknownNameError: an unknown region, instance type or family.
        DemandError: the demand can't be read.
        CapacityError: the measurement can't be read.
        SnapshotError: the price snapshot can't be read.
        StackError: the stack can't be priced.
        ClickException: the bill is above the budget, or a file can't be written.
    """
    scenario = build_scenario(options, mode)
    printer = ReportPrinter(
        form=options.form, language=options.language, budget=options.budget, file=options.report
    )
    if mode is Mode.REGIONS:
        traffic_reports.show_regions(scenario, printer)
    elif mode in RESOURCES:
        _show_stack(options, scenario, printer)
    elif mode is Mode.MONTHS:
        traffic_reports.show_months(scenario, options.growth, options.projected_months or 0, printer)
    else:
        comparison_options = traffic_reports.ComparisonOptions(
            views=options.views or VIEWS,
            top=options.top or LAST_SHOWN,
            charts=options.charts,
        )
        traffic_reports.show_comparison(scenario, comparison_options, printer)


def _show_stack(options: CostOptions, scenario: Scenario, printer: ReportPrinter) -> None:
    # Running the program takes more modules than all other reports.
    from scripts.cost.cli import stack_reports

    source = stack_reports.StackSource(
        stack=options.stack,
        settings=options.settings,
        preview=options.preview,
        region=options.region,
        commitment=options.commitment,
    )
    if options.projected_months:
        stack_reports.show_months(scenario, options.growth, options.projected_months, source, printer)
    else:
        stack_reports.show_bill(scenario, source, options.against, printer)
