"""`iris deploy`: deployment, preview, outputs and removal of a stack on AWS."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from scripts.console.options import FiniteRange, format_option
from scripts.deploy.doctor import print_results, problems, run_doctor, stack_option
from scripts.local.local import PROJECT

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from scripts.console.steps import StepDisplay
    from scripts.deploy.pulumi_stack import PulumiStack
    from scripts.deploy.removal.orphaned_resources import Orphan
    from scripts.deploy.stack_settings import DeploymentTarget

POLICIES: Final = PROJECT / "policy"
"""Folder of the policy pack."""

EXAMPLES: Final = """\b
Examples:
  iris deploy preview --stack dev    show the changes
  iris deploy up --stack dev         show the changes, ask, deploy, call the service
  iris deploy wait --stack dev       wait until a deployed stack serves
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

patience_option = click.option(
    "--patience",
    type=FiniteRange(0, 3_600),
    default=600,
    show_default=True,
    help="Seconds to wait for healthy instances, and again for the first successful answer of the service.",
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
@patience_option
@format_option
def up(*, name: str, yes: bool, policies: bool, checked: bool, patience: float, form: str) -> None:
    """Create or update a stack: run the checks, show the changes, ask, deploy, and call the service.

    A deployment to an existing stack publishes a new version of the service; `iris rollout` then releases it.
    """
    with _steps_and_errors() as steps:
        if checked:
            _require_no_problems(name, steps)
        stack = _open(name, steps, create=True, policies=policies)
        steps.update("Previewing the changes")
        # Also without a question: `up` notices a refused deletion only after it has changed the rest.
        changes = stack.preview()
        if not yes:
            _confirm(steps, f"Deploy these changes to the stack {name} ({_format_changes(changes)})?")
        steps.update(f"Deploying {name}")
        outputs = stack.up()
        example = _wait(name, outputs, patience, steps)
    _print_served(outputs, example, form, changes=changes)


@deploy.command(epilog="Example: iris deploy wait --stack prod")
@stack_option
@patience_option
@format_option
def wait(*, name: str, patience: float, form: str) -> None:
    """Wait until a deployed stack serves: its instances are healthy, and its URL answers."""
    with _steps_and_errors() as steps:
        outputs = _open(name, steps).outputs()
        if "url" not in outputs:
            raise click.ClickException(f"the stack {name} has no output url; was it deployed completely?")
        example = _wait(name, outputs, patience, steps)
    _print_served(outputs, example, form)


@deploy.command(epilog="Example: iris deploy preview --stack prod")
@stack_option
@policies_option
@doctor_option
@format_option
def preview(*, name: str, policies: bool, checked: bool, form: str) -> None:
    """Show the changes that `up` would make, and make none."""
    with _steps_and_errors() as steps:
        if checked:
            _require_no_problems(name, steps)
        stack = _open(name, steps, create=True, policies=policies)
        steps.update("Previewing the changes")
        changes = stack.preview()
    click.echo(json.dumps({"changes": changes}, indent=2) if form == "json" else _format_changes(changes))


@deploy.command(epilog="Example: iris deploy destroy --stack dev")
@stack_option
@yes_option
def destroy(*, name: str, yes: bool) -> None:
    """Remove a stack with all its archives and logs, and check that no resource is left that costs.

    A stack that was deployed with `deletionProtection` is not removed: first deploy it without.
    """
    from scripts.deploy.removal.orphaned_resources import (
        RemovedStack,
        retained_resources,
        wait_until_removed,
    )

    target = _load_target(name)
    with _steps_and_errors() as steps:
        stack = _open(name, steps)
        state = stack.require_removable()
        if not yes:
            steps.stop()
            question = f"This deletes the whole stack {name} in {target.region}. Type its name to confirm"
            if click.prompt(question, err=True) != name:
                raise click.ClickException("the name does not match; nothing was changed")
            steps.start()
        steps.update(f"Destroying {name}")
        stack.destroy()
        steps.update("Looking for orphaned resources")
        removed = RemovedStack(
            tags=target.tags,
            vpc_ids=state.ids_of("aws:ec2/vpc:Vpc"),
            dashboards=state.ids_of("aws:cloudwatch/dashboard:Dashboard"),
        )
        orphans = wait_until_removed(target.clients, removed, steps.update)
        retained = list(retained_resources(target.clients, removed))
    if orphans:
        left = ", ".join(map(str, orphans))
        raise click.ClickException(
            f"the stack was removed, but AWS still has {left}: delete them in the console{_but(retained)}"
        )
    click.echo(f"The stack {name} was removed, and no resource is left that costs{_but(retained)}.", err=True)


def _but(retained: Sequence[Orphan]) -> str:
    """Return what was retained on purpose, as the end of a sentence."""
    return f", except what was retained on purpose: {', '.join(map(str, retained))}" if retained else ""


@deploy.command(epilog="Example: iris deploy outputs url --stack prod")
@stack_option
@click.argument("output", required=False)
@format_option
def outputs(*, name: str, output: str | None, form: str) -> None:
    """Show all outputs of a stack, or only OUTPUT, such as `url`."""
    with _steps_and_errors() as steps:
        exported = _open(name, steps).outputs()
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
def _steps_and_errors() -> Generator[StepDisplay]:
    """Show the steps on standard error, and turn errors of Pulumi and AWS into one line."""
    from botocore.exceptions import BotoCoreError, ClientError

    from scripts.console.steps import StepDisplay
    from scripts.deploy.pulumi_cli import PulumiError

    try:
        with StepDisplay("Starting") as steps:
            yield steps
    except (PulumiError, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from None


def _load_target(name: str) -> DeploymentTarget:
    from localcloud.provisioning.pulumi_project import StackConfigError
    from scripts.deploy.stack_settings import load_target

    try:
        return load_target(PROJECT, name)
    except StackConfigError as error:
        raise click.ClickException(str(error)) from None


def _wait(name: str, outputs: Mapping[str, Any], patience: float, steps: StepDisplay) -> tuple[str, str]:
    """Wait until the fleet is healthy and the service answers; return the requested URL and the answer."""
    from scripts.deploy.serving.smoke_test import ServiceUnreachableError, wait_until_serving
    from scripts.deploy.serving.target_health import Fleet, UnhealthyFleetError, wait_until_healthy

    try:
        if fleet := Fleet.from_outputs(outputs):
            steps.update("Waiting for the instances")
            wait_until_healthy(_load_target(name).clients, fleet, patience, steps.update)
        steps.update("Calling the service")
        return wait_until_serving(outputs["url"], patience, steps.update)
    except (ServiceUnreachableError, UnhealthyFleetError) as error:
        raise click.ClickException(
            f"{name} is deployed, but {error}; docs/troubleshooting.md has causes"
        ) from None
    except KeyboardInterrupt:
        steps.print(
            f"Interrupted: {name} is deployed, and its instances go on booting; `iris deploy wait --stack "
            f"{name}` waits again."
        )
        raise


def _require_no_problems(name: str, steps: StepDisplay) -> None:
    steps.stop()
    results = run_doctor(name)
    if found := problems(results):
        print_results(results, to_stderr=True)
        number = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        raise click.ClickException(f"found {number}; --no-doctor continues anyway")
    steps.start()


def _open(name: str, steps: StepDisplay, *, create: bool = False, policies: bool = False) -> PulumiStack:
    from scripts.deploy.pulumi_cli import find_or_install
    from scripts.deploy.pulumi_stack import PulumiStack

    cli = find_or_install(steps.update)
    return PulumiStack.open(
        cli, PROJECT, name, steps.print, create=create, policies=POLICIES if policies else None
    )


def _confirm(steps: StepDisplay, question: str) -> None:
    steps.stop()
    click.confirm(question, abort=True, err=True)
    steps.start()


def _print_served(
    outputs: Mapping[str, Any],
    example: tuple[str, str],
    form: str,
    *,
    changes: Mapping[str, int] | None = None,
) -> None:
    """Print the URL of a stack that serves, and an example: a requested URL and its answer."""
    requested, answer = example
    if form == "json":
        result = {"url": outputs["url"], "example": {"url": requested, "answer": answer}}
        click.echo(json.dumps(result if changes is None else {"changes": changes, **result}, indent=2))
        return
    click.echo(outputs["url"])
    click.echo(f"\ncurl '{requested}'\n{answer}", err=True)


def _format_changes(changes: Mapping[str, int]) -> str:
    """Return the number of resources per operation, as text."""
    return ", ".join(f"{number} {kind}" for kind, number in changes.items()) or "no changes"
