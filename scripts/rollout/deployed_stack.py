"""Deployed stack: its outputs, and clients of the AWS API in its region."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.provisioning.pulumi_project import StackConfigError, stack_file
from scripts.aws.clients import clients_of_region
from scripts.console.commands import run_command
from scripts.program.stack_values import read_aws_settings
from scripts.rollout.fleet_rollout import FleetRollout
from scripts.rollout.function_rollout import FunctionRollout
from scripts.rollout.rollout_result import RolloutError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from localcloud.aws.client_factory import ClientFactory
    from localcloud.state_dir import StateDir


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """Function and fleet of a stack, and what a roll-out needs besides them."""

    clients: ClientFactory
    bucket: str
    alarms: tuple[str, ...]
    function: FunctionRollout | None
    fleet: FleetRollout | None
    is_local: bool = False
    """Whether it runs in the local cloud, whose roll-outs do not wait for alarms."""


def stack_from_outputs(outputs: Mapping[str, Any], clients: ClientFactory) -> DeployedStack:
    """Read from a stack's outputs what a roll-out needs.

    Raises:
        RolloutError: An output is missing.
    """
    try:
        function = (
            FunctionRollout(clients("lambda"), outputs["functionName"], outputs["functionAlias"])
            if "functionName" in outputs
            else None
        )
        fleet = (
            FleetRollout(
                clients("autoscaling"), clients("ec2"), outputs["autoScalingGroup"], clients("elbv2")
            )
            if "autoScalingGroup" in outputs
            else None
        )
        stack = DeployedStack(
            clients=clients,
            bucket=outputs["bucket"],
            alarms=tuple(outputs["alarms"]),
            function=function,
            fleet=fleet,
        )
    except KeyError as missing:
        raise RolloutError(f"the stack has no output {missing}; was it deployed completely?") from None
    if function is None and fleet is None:
        raise RolloutError("the stack has neither a function nor a fleet")
    return stack


def find_local_stack(state_dir: StateDir) -> DeployedStack:
    """Find the stack of the local cloud in a folder.

    Raises:
        RolloutError: The local cloud does not run, or did not start completely.
    """
    from localcloud import processes
    from localcloud.aws.credentials import CredentialsError
    from localcloud.controller import aws_queries
    from localcloud.environment import Identity
    from localcloud.incompatible_state import IncompatibleStateError

    cloud_processes = processes.find(state_dir.home)
    if not cloud_processes:
        raise RolloutError(f"no local cloud runs in {state_dir.home}; `make up` starts one")
    try:
        identity = Identity.from_environment(cloud_processes[0].environment)
        api = identity.api
    except (CredentialsError, IncompatibleStateError) as error:
        raise RolloutError(str(error)) from None
    outputs = aws_queries.read_outputs(api, identity.stack)
    if outputs is None:
        raise RolloutError(f"the local cloud in {state_dir.home} has not started completely")
    return dataclasses.replace(stack_from_outputs(outputs, api.client), is_local=True)


def find_aws_stack(name: str, project: Path, on_progress: Callable[[str], None]) -> DeployedStack:
    """Find a stack that Pulumi has deployed to AWS.

    Args:
        name: Name of the Pulumi stack, with or without its organisation.
        project: Folder of the Pulumi project.
        on_progress: Receives a sentence if the Pulumi CLI is downloaded.

    Raises:
        RolloutError: The Pulumi CLI or the stack is missing, or the stack's AWS settings can't be read.
    """
    from scripts.deploy import pulumi_cli

    try:
        # It may be the one that `iris deploy` has downloaded.
        cli = pulumi_cli.find_or_install(on_progress).command
    except pulumi_cli.PulumiError as error:
        raise RolloutError(str(error)) from None
    shown = run_command(cli, "stack", "output", "--json", "--stack", name, cwd=project)
    if shown.returncode:
        reason = " ".join(shown.stderr.split()) or f"exit status {shown.returncode}"
        raise RolloutError(f"Pulumi can't show the stack {name}: {reason}")
    outputs: dict[str, Any] = json.loads(shown.stdout)
    return stack_from_outputs(outputs, _clients(name, project, region_from_outputs(outputs)))


def _clients(name: str, project: Path, region: str) -> ClientFactory:
    """Return clients with the stack's own credentials; a stack without a file here has the environment's."""
    if not stack_file(project, name).exists():
        return clients_of_region(region)
    try:
        return read_aws_settings(project, name, region=region).clients
    except StackConfigError as error:
        raise RolloutError(str(error)) from None


def region_from_outputs(outputs: Mapping[str, Any]) -> str:
    """Return the region in the ARN of the topic that the alarms notify.

    Raises:
        RolloutError: The output is missing.
    """
    parts = str(outputs.get("alarmTopic", "")).split(":")
    if len(parts) != 6:  # noqa: PLR2004 - arn:aws:sns:<region>:<account>:<name>
        raise RolloutError("the stack has no output 'alarmTopic'; was it deployed completely?")
    return parts[3]
