"""`iris deploy`: a stack on AWS, made, looked at and removed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from scripts.deploy.doctor import look, problems, show
from scripts.local.local import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from rich.status import Status

    from scripts.deploy.automation import Engine

POLICIES: Final = PROJECT / "policy"

stack_option = click.option(
    "--stack", "name", default="dev", show_default=True, help="Takes its config from Pulumi.<stack>.yaml."
)
yes_option = click.option("--yes", is_flag=True, help="Do it without asking.")
policies_option = click.option(
    "--policies/--no-policies", default=True, help="Enforce the rules of policy/rules.  [default: enforce]"
)
doctor_option = click.option(
    "--doctor/--no-doctor",
    "examined",
    default=True,
    help="Look at all that is needed first.  [default: look]",
)


@click.group()
def deploy() -> None:
    """Make, look at and remove a stack on AWS.

    The Pulumi CLI is fetched where it is missing. `pulumi up` and its other commands work as well.
    """


@deploy.command()
@stack_option
@yes_option
@policies_option
@doctor_option
@click.option(
    "--patience",
    type=click.FloatRange(0, 3_600),
    default=600,
    show_default=True,
    help="Seconds that the service may take to answer.",
)
def up(*, name: str, yes: bool, policies: bool, examined: bool, patience: float) -> None:
    """Make or update a stack: look first, show what changes, ask, do it, and call the service.

    A later one publishes a new version of the service, which `iris rollout` then releases.
    """
    from scripts.deploy.smoke_test import SilentError, call_until_it_answers

    with _telling() as (tell, progress):
        if examined:
            _examine(name, progress)
        engine = _open(name, tell, progress, make=True, policies=policies)
        if not yes:
            progress.update("Asking Pulumi what would change")
            _ask(progress, f"Do this to the stack {name} ({_counts(engine.preview())})?")
        progress.update(f"Deploying {name}")
        outputs = engine.up()
        progress.update("Calling the service")
        try:
            called, answer = call_until_it_answers(outputs["url"], patience, progress.update)
        except SilentError as error:
            raise click.ClickException(str(error)) from None
    click.echo(outputs["url"])
    click.echo(f"\ncurl '{called}'\n{answer}", err=True)


@deploy.command()
@stack_option
@policies_option
@doctor_option
def preview(*, name: str, policies: bool, examined: bool) -> None:
    """Show what `up` would change, and change nothing."""
    with _telling() as (tell, progress):
        if examined:
            _examine(name, progress)
        engine = _open(name, tell, progress, make=True, policies=policies)
        progress.update("Asking Pulumi what would change")
        counts = engine.preview()
    click.echo(_counts(counts))


@deploy.command()
@stack_option
@yes_option
def destroy(*, name: str, yes: bool) -> None:
    """Remove all of a stack, archives and logs included, and see that nothing is left that costs.

    A stack that is protected (`deletionProtection`) is left alone: switch that off, deploy, and come again.
    """
    from scripts.deploy.checks import read_stack
    from scripts.deploy.orphaned_resources import leftovers

    read, findings = read_stack(PROJECT, name)
    if read is None:
        raise click.ClickException("; ".join(finding.says for finding in findings))
    if read.config.deletion_protection:
        raise click.ClickException(
            f"the stack {name} is protected: first `pulumi config set deletionProtection false -s {name}` "
            f"and `iris deploy up --stack {name} --no-policies`, for the rules want it protected"
        )
    with _telling() as (tell, progress):
        engine = _open(name, tell, progress)
        if not yes:
            progress.stop()
            wanted = f"Everything of the stack {name} in {read.region} is lost. To go on, type its name"
            if click.prompt(wanted, err=True) != name:
                raise click.ClickException("that is not its name; nothing was changed")
            progress.start()
        progress.update(f"Destroying {name}")
        engine.destroy()
        progress.update("Looking for what is left")
        left = list(leftovers(read.clients, read.tags))
    if left:
        raise click.ClickException("the stack is gone, and yet AWS lists " + ", ".join(left))
    click.echo(f"The stack {name} is gone, and nothing of it is left that costs.", err=True)


@deploy.command()
@stack_option
@click.argument("output", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def outputs(*, name: str, output: str | None, form: str) -> None:
    """Show what a stack exports, or one OUTPUT of it alone, such as `url`."""
    with _telling() as (tell, progress):
        found = _open(name, tell, progress).outputs()
    if output is not None:
        if output not in found:
            raise click.ClickException(f"the stack {name} has no output {output}, only {', '.join(found)}")
        value = found[output]
        click.echo(value if form == "text" and isinstance(value, str) else json.dumps(value))
    elif form == "json":
        click.echo(json.dumps(found, indent=2))
    else:
        for key, value in found.items():
            click.echo(f"{key} {value if isinstance(value, str) else json.dumps(value)}")


@contextmanager
def _telling() -> Generator[tuple[Callable[[str], None], Status]]:
    """Show progress on standard error, and end with one line where Pulumi can't go on."""
    from botocore.exceptions import BotoCoreError, ClientError
    from rich.console import Console

    from scripts.deploy.pulumi_cli import PulumiError

    console = Console(stderr=True, highlight=False)

    def tell(line: str) -> None:
        if line.strip():
            console.print(line, markup=False, soft_wrap=True)

    try:
        with console.status("Looking") as progress:
            yield tell, progress
    except (PulumiError, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from None


def _examine(name: str, progress: Status) -> None:
    progress.stop()
    findings = look(name)
    if wrong := problems(findings):
        show(findings, to_stderr=True)
        number = "1 problem" if len(wrong) == 1 else f"{len(wrong)} problems"
        raise click.ClickException(f"{number} first; --no-doctor goes on all the same")
    progress.start()


def _open(
    name: str,
    tell: Callable[[str], None],
    progress: Status,
    *,
    make: bool = False,
    policies: bool = False,
) -> Engine:
    from scripts.deploy.automation import Engine
    from scripts.deploy.pulumi_cli import find_or_install

    cli = find_or_install(progress.update)
    return Engine.open(cli, PROJECT, name, tell, make=make, policies=POLICIES if policies else None)


def _ask(progress: Status, question: str) -> None:
    progress.stop()
    click.confirm(question, abort=True, err=True)
    progress.start()


def _counts(changes: Mapping[str, int]) -> str:
    """Write how many resources are created, updated and so on."""
    return ", ".join(f"{number} {kind}" for kind, number in changes.items()) or "nothing to do"
