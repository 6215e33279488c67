"""Where a stack is: what it exported, and clients of the AWS API that it lives in."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from scripts.rollout.fleet import Fleet
from scripts.rollout.function import Function
from scripts.rollout.result import RolloutError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.state_dir import Layout

Clients: TypeAlias = Callable[[str], Any]
"""Makes the boto3 client of a service, by its name."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What can be released to."""

    clients: Clients
    bucket: str
    alarms: tuple[str, ...]
    function: Function | None
    fleet: Fleet | None


def stack_of(outputs: Mapping[str, Any], clients: Clients) -> Stack:
    """Find in a stack's outputs what a roll-out needs.

    Raises:
        RolloutError: They are not those of the whole program.
    """
    try:
        function = (
            Function(clients("lambda"), outputs["functionName"], outputs["functionAlias"])
            if "functionName" in outputs
            else None
        )
        fleet = (
            Fleet(clients("autoscaling"), clients("ec2"), outputs["autoScalingGroup"])
            if "autoScalingGroup" in outputs
            else None
        )
        found = Stack(
            clients=clients,
            bucket=outputs["bucket"],
            alarms=tuple(outputs["alarms"]),
            function=function,
            fleet=fleet,
        )
    except KeyError as missing:
        raise RolloutError(f"the stack has no output {missing}; is it deployed to its end?") from None
    if function is None and fleet is None:
        raise RolloutError("the stack has neither a function nor a fleet")
    return found


def find_local(layout: Layout) -> Stack:
    """Find the stack of the local cloud in a folder.

    Raises:
        RolloutError: It is down.
    """
    from localcloud import processes
    from localcloud.aws.credentials import CredentialsError
    from localcloud.controller import aws_queries
    from localcloud.environment import Identity

    members = processes.members(layout.home)
    if not members:
        raise RolloutError(f"the local cloud in {layout.home} is down; `iris local up` starts it")
    identity = Identity.of(members[0].environment)
    try:
        api = identity.api
    except CredentialsError as error:
        raise RolloutError(str(error)) from None
    outputs = aws_queries.recall(api, identity.stack)
    if outputs is None:
        raise RolloutError(f"the local cloud in {layout.home} has not come up to its end")
    return stack_of(outputs, api.client)


def find_on_aws(name: str, project: Path) -> Stack:
    """Find a stack that Pulumi has deployed to AWS.

    Args:
        name: As Pulumi calls it.
        project: The folder of the Pulumi project.

    Raises:
        RolloutError: Pulumi or the stack is missing.
    """
    import boto3.session

    cli = shutil.which("pulumi")
    if cli is None:
        raise RolloutError(
            f"there is no `pulumi` on the PATH, which knows where the stack {name} is "
            "(https://www.pulumi.com/docs/install)"
        )
    asked = subprocess.run(  # noqa: S603 - no shell; the name is one word of its own
        [cli, "stack", "output", "--json", "--stack", name],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        said = " ".join(asked.stderr.split()) or f"it ended with status {asked.returncode}"
        raise RolloutError(f"Pulumi tells nothing of the stack {name}: {said}")
    outputs: dict[str, Any] = json.loads(asked.stdout)
    session = boto3.session.Session(region_name=region_of(outputs))
    # The stubs have an overload for each service by name; ours is known only at run time.
    return stack_of(outputs, cast("Clients", session.client))  # pyright: ignore[reportUnknownMemberType]


def region_of(outputs: Mapping[str, Any]) -> str:
    """Read the region from the ARN of the topic that the alarms notify.

    Raises:
        RolloutError: There is none.
    """
    parts = str(outputs.get("alarmTopic", "")).split(":")
    if len(parts) != 6:  # noqa: PLR2004 - arn:aws:sns:<region>:<account>:<name>
        raise RolloutError("the stack has no output 'alarmTopic'; is it deployed to its end?")
    return parts[3]
