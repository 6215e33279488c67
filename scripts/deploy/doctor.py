"""`iris doctor`: whether a deployment can work, and what to do if not."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Final

import click

from scripts.local.local import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.deploy.check_result import Finding, State

COLOURS: Final[dict[State, str]] = {"ok": "green", "note": "yellow", "problem": "red"}

EXAMPLES: Final = """\b
Examples:
  iris doctor --stack prod                                    all of it
  iris doctor --format json | jq '.[] | select(.state != "ok")'
"""


@click.command(epilog=EXAMPLES)
@click.option("--stack", default="dev", show_default=True, help="Takes its config from Pulumi.<stack>.yaml.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def doctor(stack: str, form: str) -> None:
    """Look at all that a deployment to AWS needs; nothing is changed.

    Configuration, Pulumi's CLI and its state, credentials, region, instance type, hosted zone, quotas and
    archives. Exits with 1 if something would make the deployment fail; each finding says what to do about it.
    """
    findings = look(stack)
    if form == "json":
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        show(findings)
    raise SystemExit(1 if problems(findings) else 0)


def look(stack: str) -> list[Finding]:
    """Examine a stack, and tell on standard error what is being looked at."""
    from rich.console import Console

    from scripts.deploy.checks import examine

    with Console(stderr=True).status("Looking") as progress:
        return list(examine(PROJECT, stack, progress.update))


def problems(findings: Iterable[Finding]) -> list[Finding]:
    """Pick what would make a deployment fail."""
    return [finding for finding in findings if finding.state == "problem"]


def show(findings: Iterable[Finding], *, to_stderr: bool = False) -> None:
    """Print a table, in which each finding is followed by what to do about it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("", "check", "finding", box=None)
    for finding in findings:
        table.add_row(Text(finding.state, COLOURS[finding.state]), Text(finding.check), Text(finding.says))
        if finding.fix:
            table.add_row("", "", Text(f"-> {finding.fix}", "bold"))
    Console(stderr=to_stderr, highlight=False).print(table)
