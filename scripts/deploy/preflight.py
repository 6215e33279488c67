"""Preflight checks of a deployment, in the order in which it would fail."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Final

import click
from botocore.exceptions import BotoCoreError, ClientError

from infra.storage.archive import MissingArchiveError, find_archive
from localcloud.provisioning.pulumi_project import stack_file
from scripts.console.commands import run_command
from scripts.deploy import pulumi_cli
from scripts.deploy.checks.account import check_credentials, check_region, settings_problem
from scripts.deploy.checks.check_result import CheckResult, note, ok, problem
from scripts.deploy.checks.quotas import check_quotas
from scripts.deploy.checks.required_quota import fleet_and_function, initial_quota, required_quota
from scripts.deploy.checks.rights import check_rights
from scripts.deploy.checks.warm_start import check_warm_start
from scripts.deploy.stack_settings import load_stack_config
from scripts.packaging.pack import archive_for
from scripts.program import run
from scripts.program.resources import StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from infra.stack_config import StackConfig
    from scripts.deploy.stack_settings import DeploymentConfig

PASSPHRASE_VARIABLES: Final = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
"""Environment variables of the passphrase that encrypts secrets where no service does."""

PULUMI_LOGIN_HELP: Final = "`pulumi login`, or `pulumi login --local` to keep the state on this machine"


def run_checks(folder: Path, stack: str, on_progress: Callable[[str], None]) -> Iterator[CheckResult]:
    """Run all checks; continue after a problem if the next checks still make sense.

    Args:
        folder: Folder of the Pulumi project.
        stack: Name of the stack.
        on_progress: Receives a sentence at the start of each step.
    """
    on_progress("Checking the configuration")
    deployment, results = load_stack_config(folder, stack)
    yield from results
    on_progress("Checking Pulumi")
    yield from check_pulumi(folder, stack)
    if deployment is None:
        return
    on_progress("Checking the AWS account")
    clients = deployment.clients
    credentials = check_credentials(clients)
    yield credentials
    if credentials.state != "problem":
        yield from _check_account(deployment, lambda: _requested_types(folder, stack), on_progress)
    yield from _check_archives(folder, deployment.config, on_progress)


def _check_account(
    deployment: DeploymentConfig, types: Callable[[], set[str] | None], on_progress: Callable[[str], None]
) -> Iterator[CheckResult]:
    """Run the checks that call AWS; a service that can't be called is a finding, and the others go on."""
    clients, region, tags = deployment.clients, deployment.region, deployment.tags
    yield from findings("region", lambda: check_region(clients, region, deployment.config, tags))
    on_progress("Checking the deployer's rights")
    yield from findings("rights", lambda: [check_rights(clients, region, types())])
    _, function = fleet_and_function(deployment.config.compute)
    yield from findings("minProvisionedConcurrency", lambda: check_warm_start(clients, function, tags))
    on_progress("Checking quotas")
    required = required_quota(deployment.config.compute)
    initial = initial_quota(deployment.config.compute)
    yield from findings("quotas", lambda: check_quotas(required, clients, region, tags, initial=initial))


def findings(check: str, results: Callable[[], Iterable[CheckResult]]) -> Iterator[CheckResult]:
    """Yield the results of a check, up to an error of AWS or its settings, which is a result as well.

    An action that AWS refuses is a remark, since the deployment itself may not need it.
    """
    try:
        yield from results()
    except BotoCoreError as error:
        yield settings_problem(check, error)
    except ClientError as error:
        yield note(check, f"can't be checked: {error}", "allow the action, or check it in the console")


def _requested_types(folder: Path, stack: str) -> set[str] | None:
    """Return the types of the resources that the program requests; None if it fails."""
    try:
        return {one.type for one in run.run(stack, project=folder).resources}
    except StackError:
        return None


def check_pulumi(folder: Path, stack: str) -> Iterator[CheckResult]:
    """Check the Pulumi CLI, its login to the backend of the state, and the passphrase of the backend."""
    try:
        cli = pulumi_cli.find()
    except pulumi_cli.PulumiError as error:
        yield problem("Pulumi CLI", str(error), f"install another version: {pulumi_cli.INSTALL_URL}")
        return
    if cli is None:
        yield note("Pulumi CLI", "it is not on the PATH", "`iris deploy` downloads it from get.pulumi.com")
        return
    yield ok("Pulumi CLI", f"version {cli.version}")
    whoami = run_command(cli.command, "--non-interactive", "whoami", "--json", cwd=folder)
    if whoami.returncode:
        reason = " ".join(whoami.stderr.split()) or f"`pulumi whoami` ended with status {whoami.returncode}"
        yield problem("Pulumi state", reason, PULUMI_LOGIN_HELP)
        return
    login = json.loads(whoami.stdout)
    backend = str(login.get("url") or "")
    yield ok("Pulumi state", f"logged in as {login['user']}{f' to {backend}' if backend else ''}")
    if "://" in backend and not backend.startswith("http"):
        yield _check_passphrase(stack_file(folder, stack), backend)


def _check_passphrase(file: Path, backend: str) -> CheckResult:
    """Check that a backend without a service of its own has a passphrase; Pulumi can't ask for it here."""
    provider = re.search(
        r"^secretsprovider: *(\S+)", file.read_text("utf-8") if file.exists() else "", re.MULTILINE
    )
    if provider and provider[1] != "passphrase":
        return ok("passphrase", f"secrets are encrypted by {provider[1].partition(':')[0]}")
    if any(name in os.environ for name in PASSPHRASE_VARIABLES):
        return ok("passphrase", "set in the environment")
    return problem(
        "passphrase",
        f"none is set, and stacks in {backend} are encrypted with one",
        f"set {' or '.join(PASSPHRASE_VARIABLES)}; an empty passphrase is one, too",
    )


def _check_archives(
    folder: Path, config: StackConfig, on_progress: Callable[[str], None]
) -> Iterator[CheckResult]:
    """Check the archive of each shape; pack it if none is configured, for the deployment to use."""
    fleet, function = fleet_and_function(config.compute)
    archives = [
        ("archive", f"aws-{config.architecture}", config.general.archive, fleet),
        ("functionArchive", f"lambda-{config.architecture}", config.general.function_archive, function),
    ]
    for key, target, configured, shape in archives:
        if shape is None:
            continue
        on_progress(f"Packing for {target}")
        try:
            path = configured or archive_for(target).path
            found = find_archive(path, key=key, target=target, project=folder)
        except MissingArchiveError as error:
            yield problem(key, str(error), f"`iris pack --target {target}`")
        except click.ClickException as error:
            yield problem(key, error.message, f"`iris pack --target {target}` shows more")
        else:
            yield ok(key, f"{found.path.name} ({found.path.stat().st_size / 1e6:,.1f} MB)")
