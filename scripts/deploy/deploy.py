"""`iris deploy`: deployment, preview, outputs and removal of a stack on AWS."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from scripts.console.options import format_option
from scripts.deploy.doctor import print_results, problems, run_doctor, stack_option
from scripts.local.local import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from rich.status import Status

    from scripts.deploy.pulumi_stack import PulumiStack

POLICIES: Final = PROJECT / "policy"
"""Folder of the policy pack."""

EXAMPLES: Final = """\b
Examples:
  iris deploy preview --stack dev    show the changes
  iris deploy up --stack dev         show the changes, ask, deploy, call the service
  iris deploy outputs url            print the URL of the stack dev
  iris deploy destroy --stack dev    remove everything
"""

yes_option = click.option("--yes", is_flag=True, help="Don't ask for confirmation.")
policies_option = click.option(
    "--policies/--no-policies", default=True, help="Enforce the rules of policy/rules.  [default: enforce]"
)
doctor_option = click.option(
    "--doctor/--no-doctor",
    "checked",
    default=True,
    help="Run the checks of `iris doctor` first.  [default: run]",
)


@click.group(epilog=EXAMPLES)
def deploy() -> None:
    """Deploy, preview, inspect and remove a stack on AWS.

    If the Pulumi CLI is missing, it is downloaded. `pulumi up` and its other commands work as well.
    """


@deploy.command(epilog="Example: iris deploy up --stack prod --yes")
@stack_option
@yes_option
@policies_option
@doctor_option
@click.option(
    "--patience",
    type=click.FloatRange(0, 3_600),
    default=600,
    show_default=True,
    help="Seconds to wait for the first successful answer of the service.",
)
def up(*, name: str, yes: bool, policies: bool, checked: bool, patience: float) -> None:
    """Create or update a stack: run the checks, show the changes, ask, deploy, and call the service.

    A deployment to an existing stack publishes a new version of the service; `iris rollout` then releases it.
    """
    from scripts.deploy.smoke_test import ServiceUnreachableError, wait_until_serving

    with _progress_and_errors() as (on_output, status):
        if checked:
            _require_no_problems(name, status)
        stack = _open(name, on_output, status, create=True, policies=policies)
        if not yes:
            status.update("Previewing the changes")
            _confirm(
                status, f"Deploy these changes to the stack {name} ({_format_changes(stack.preview())})?"
            )
        status.update(f"Deploying {name}")
        outputs = stack.up()
        status.update("Calling the service")
        try:
            requested, answer = wait_until_serving(outputs["url"], patience, status.update)
        except ServiceUnreachableError as error:
            raise click.ClickException(str(error)) from None
    click.echo(outputs["url"])
    click.echo(f"\ncurl '{requested}'\n{answer}", err=True)


@deploy.command(epilog="Example: iris deploy preview --stack prod")
@stack_option
@policies_option
@doctor_option
def preview(*, name: str, policies: bool, checked: bool) -> None:
    """Show the changes that `up` would make, and make none."""
    with _progress_and_errors() as (on_output, status):
        if checked:
            _require_no_problems(name, status)
        stack = _open(name, on_output, status, create=True, policies=policies)
        status.update("Previewing the changes")
        counts = stack.preview()
    click.echo(_format_changes(counts))


@deploy.command(epilog="Example: iris deploy destroy --stack dev")
@stack_option
@yes_option
def destroy(*, name: str, yes: bool) -> None:
    """Remove a stack with all its archives and logs, and check that no resource is left that costs.

    A protected stack (`deletionProtection`) is not removed: first disable the protection and deploy.
    """
    from scripts.deploy.orphaned_resources import orphaned_resources
    from scripts.deploy.preflight import load_stack_config

    deployment, results = load_stack_config(PROJECT, name)
    if deployment is None:
        raise click.ClickException("; ".join(result.message for result in results))
    if deployment.config.general.deletion_protection:
        raise click.ClickException(
            f"the stack {name} is protected: run `pulumi config set deletionProtection false -s {name}` "
            f"and `iris deploy up --stack {name} --no-policies`, as the policies require the protection"
        )
    with _progress_and_errors() as (on_output, status):
        stack = _open(name, on_output, status)
        if not yes:
            status.stop()
            question = f"This deletes the whole stack {name} in {deployment.region}. Type its name to confirm"
            if click.prompt(question, err=True) != name:
                raise click.ClickException("the name does not match; nothing was changed")
            status.start()
        status.update(f"Destroying {name}")
        stack.destroy()
        status.update("Looking for orphaned resources")
        orphans = list(orphaned_resources(deployment.clients, deployment.tags))
    if orphans:
        raise click.ClickException("the stack was removed, but AWS still lists " + ", ".join(orphans))
    click.echo(f"The stack {name} was removed, and no resource is left that costs.", err=True)


@deploy.command(epilog="Example: iris deploy outputs url --stack prod")
@stack_option
@click.argument("output", required=False)
@format_option
def outputs(*, name: str, output: str | None, form: str) -> None:
    """Show all outputs of a stack, or only OUTPUT, such as `url`."""
    with _progress_and_errors() as (on_output, status):
        exported = _open(name, on_output, status).outputs()
    if output is not None:
        if output not in exported:
            raise click.ClickException(f"the stack {name} has no output {output}, only {', '.join(exported)}")
        value = exported[output]
        click.echo(value if form == "text" and isinstance(value, str) else json.dumps(value))
    elif form == "json":
        click.echo(json.dumps(exported, indent=2))
    else:
        for key, value in exported.items():
            click.echo(f"{key} {value if isinstance(value, str) else json.dumps(value)}")


@contextmanager
def _progress_and_errors() -> Generator[tuple[Callable[[str], None], Status]]:
    """Show progress on standard error, and turn errors of Pulumi and AWS into one line."""
    from botocore.exceptions import BotoCoreError, ClientError
    from rich.console import Console

    from scripts.deploy.pulumi_cli import PulumiError

    console = Console(stderr=True, highlight=False)

    def on_output(line: str) -> None:
        if line.strip():
            console.print(line, markup=False, soft_wrap=True)

    try:
        with console.status("Starting") as status:
            yield on_output, status
    except (PulumiError, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from None


def _require_no_problems(name: str, status: Status) -> None:
    status.stop()
    results = run_doctor(name)
    if found := problems(results):
        print_results(results, to_stderr=True)
        number = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        raise click.ClickException(f"found {number}; --no-doctor continues anyway")
    status.start()


def _open(
    name: str,
    on_output: Callable[[str], None],
    status: Status,
    *,
    create: bool = False,
    policies: bool = False,
) -> PulumiStack:
    from scripts.deploy.pulumi_cli import find_or_install
    from scripts.deploy.pulumi_stack import PulumiStack

    cli = find_or_install(status.update)
    return PulumiStack.open(
        cli, PROJECT, name, on_output, create=create, policies=POLICIES if policies else None
    )


def _confirm(status: Status, question: str) -> None:
    status.stop()
    click.confirm(question, abort=True, err=True)
    status.start()


def _format_changes(changes: Mapping[str, int]) -> str:
    """Return the number of resources per operation, as text."""
    return ", ".join(f"{number} {kind}" for kind, number in changes.items()) or "no changes"
