"""All that is looked at before a deployment, in the order in which it would fail."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import boto3.session
import click

from infra.stack_config import ConfigError, load_config
from infra.storage.archive import ArchiveError, find_archive
from localcloud.provisioning.pulumi_project import StackConfigError, read_project
from scripts.deploy import pulumi_cli
from scripts.deploy.account import examine_credentials, examine_region
from scripts.deploy.check_result import Finding, note, ok, problem
from scripts.deploy.quotas import examine_quotas
from scripts.deploy.required_quota import needs_of, shapes_of
from scripts.packaging.pack import packed_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from infra.stack_config import StackConfig
    from scripts.rollout.stack import Clients

SIGN_UP: Final = "`pulumi login`, or `pulumi login --local` to keep the state on this machine"


@dataclass(frozen=True, kw_only=True)
class Read:
    """A stack's configuration, as far as it can be read."""

    region: str
    config: StackConfig
    tags: Mapping[str, str]
    """Those that tell this stack's resources from all others."""

    @property
    def clients(self) -> Clients:
        """Make clients of the AWS API in its region."""
        # The stubs have an overload for each service by name; ours is known only at run time.
        return cast("Clients", boto3.session.Session(region_name=self.region).client)  # pyright: ignore[reportUnknownMemberType]


def examine(folder: Path, stack: str, tell: Callable[[str], None]) -> Iterator[Finding]:
    """Look at everything, and go on after a problem as far as that makes sense.

    Args:
        folder: Of the Pulumi project.
        stack: Its name.
        tell: Hears about each step as it begins.
    """
    tell("Looking at the configuration")
    read, findings = read_stack(folder, stack)
    yield from findings
    tell("Looking at Pulumi")
    yield from examine_pulumi()
    if read is None:
        return
    tell("Asking AWS")
    clients = read.clients
    credentials = examine_credentials(clients)
    yield credentials
    if credentials.state != "problem":
        yield from examine_region(clients, read.region, read.config, read.tags)
        tell("Asking for quotas")
        yield from examine_quotas(needs_of(read.config.compute), clients, read.region, read.tags)
    yield from _archives(folder, read.config, tell)


def read_stack(folder: Path, stack: str) -> tuple[Read | None, list[Finding]]:
    """Read the stack's file, and say what is wrong in it."""
    check = f"Pulumi.{stack}.yaml"
    try:
        project = read_project(folder, stack, {})
        own = f"{project.name}:"
        config = load_config(
            {key.removeprefix(own): text for key, text in project.config.items() if key.startswith(own)}
        )
        region = project.config["aws:region"]
    except StackConfigError as error:
        return None, [problem(check, str(error), "write it; Pulumi.dev.yaml is an example")]
    except ConfigError as error:
        return None, [
            problem(check, mistake, "`pulumi config set`; the README lists the keys")
            for mistake in error.mistakes
        ]
    except KeyError:
        return None, [problem(check, "no region is chosen", f"`pulumi config set aws:region ... -s {stack}`")]
    tags = {"project": project.name, "stack": stack}
    return Read(region=region, config=config, tags=tags), [ok(check, "every key can be meant")]


def examine_pulumi() -> Iterator[Finding]:
    """Look for the CLI, and for the place where it keeps its state."""
    try:
        cli = pulumi_cli.find()
    except pulumi_cli.PulumiError as error:
        yield problem("Pulumi CLI", str(error), f"install another: {pulumi_cli.BY_HAND}")
        return
    if cli is None:
        yield note("Pulumi CLI", "there is none on the PATH", "`iris deploy` fetches it, from get.pulumi.com")
        return
    yield ok("Pulumi CLI", f"version {cli.version}")
    asked = subprocess.run(  # noqa: S603 - the very command that was found, and no shell
        [cli.command, "--non-interactive", "whoami"], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        said = " ".join(asked.stderr.split()) or f"`pulumi whoami` ended with status {asked.returncode}"
        yield problem("Pulumi state", said, SIGN_UP)
    else:
        yield ok("Pulumi state", f"signed in as {asked.stdout.strip()}")


def _archives(folder: Path, config: StackConfig, tell: Callable[[str], None]) -> Iterator[Finding]:
    """See that there is an archive for each shape, or pack one, which the deployment then finds."""
    fleet, function = shapes_of(config.compute)
    wanted = [
        ("archive", f"aws-{config.architecture}", config.archive, fleet),
        ("functionArchive", f"lambda-{config.architecture}", config.function_archive, function),
    ]
    for key, target, named, shape in wanted:
        if shape is None:
            continue
        tell(f"Packing for {target}")
        try:
            path = named or packed_for(target).path
            found = find_archive(path, key=key, target=target, project=folder)
        except ArchiveError as error:
            yield problem(key, str(error), f"`iris pack --target {target}`")
        except click.ClickException as error:
            yield problem(key, error.message, f"`iris pack --target {target}` tells more")
        else:
            yield ok(key, f"{found.path.name} ({found.path.stat().st_size / 1e6:,.1f} MB)")
