"""`iris doctor`: preflight checks of a deployment to AWS, with advice on each problem."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Final

import click

from scripts.console.options import table_format_option
from scripts.local.local import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.deploy.checks.check_result import CheckResult, CheckStatus

COLOURS: Final[dict[CheckStatus, str]] = {"ok": "green", "note": "yellow", "problem": "red"}

EXAMPLES: Final = """\b
Examples:
  iris doctor --stack prod                                         all checks
  iris doctor --format json | jq '.[] | select(.state != "ok")'    only what needs attention
"""

stack_option: Final = click.option(
    "--stack",
    "name",
    default="dev",
    show_default=True,
    help="Name of the stack, which is configured in Pulumi.<stack>.yaml.",
)


@click.command(epilog=EXAMPLES)
@stack_option
@table_format_option
def doctor(name: str, form: str) -> None:
    """Check everything that a deployment to AWS needs, and change nothing.

    The checks cover the configuration, the Pulumi CLI and its state, credentials, region, instance type,
    hosted zone, the deployer's rights, quotas and archives. The exit status is 1 if something would make the
    deployment fail; each problem comes with advice.
    """
    results = run_doctor(name)
    if form == "json":
        click.echo(json.dumps([dataclasses.asdict(result) for result in results], indent=2))
    else:
        print_results(results)
    raise SystemExit(1 if problems(results) else 0)


def run_doctor(stack: str) -> list[CheckResult]:
    """Run all checks of a stack, and show the current one on standard error."""
    from scripts.console.steps import StepDisplay
    from scripts.deploy.preflight import run_checks

    with StepDisplay("Checking") as steps:
        return list(run_checks(PROJECT, stack, steps.update))


def problems(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Return the results that would make a deployment fail."""
    return [result for result in results if result.state == "problem"]


def print_results(results: Iterable[CheckResult], *, to_stderr: bool = False) -> None:
    """Print a table of results, each followed by its advice."""
    from rich.table import Table
    from rich.text import Text

    from scripts.console.terminal import Terminal

    table = Table("", "check", "result", box=None)
    for result in results:
        table.add_row(Text(result.state, COLOURS[result.state]), Text(result.check), Text(result.message))
        if result.fix:
            table.add_row("", "", Text(f"-> {result.fix}", "bold"))
    Terminal(stderr=to_stderr).print(table)
