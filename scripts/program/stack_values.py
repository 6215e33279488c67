"""Configuration values of a stack, decrypted by Pulumi where it can."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.provisioning.pulumi_project import read_project, stack_file
from scripts.aws.clients import aws_settings, is_encrypted
from scripts.console.commands import run_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scripts.aws.clients import AwsSettings


@dataclass(frozen=True, kw_only=True)
class StackValues:
    """Values of a stack, decrypted."""

    project: str
    program: Path
    """Folder of the program."""
    config: Mapping[str, str]
    """Values by full key."""
    encrypted: tuple[str, ...]
    """Keys whose values Pulumi does not decrypt here."""

    def of_namespace(self, name: str) -> dict[str, str]:
        """Return the values of a namespace by their keys without it."""
        prefix = f"{name}:"
        return {key.removeprefix(prefix): text for key, text in self.config.items() if key.startswith(prefix)}


def read_values(folder: Path, stack: str, overrides: Mapping[str, str] | None = None) -> StackValues:
    """Read the values of a stack, which `overrides` overrides, and decrypt those that are encrypted.

    Raises:
        StackConfigError: A file is missing or can't be read.
    """
    project = read_project(folder, stack, overrides or {})
    encrypted = {key for key, text in project.config.items() if is_encrypted(text)}
    decrypted = _decrypt(folder, stack) if encrypted else {}
    plain = {key: text for key, text in project.config.items() if key not in encrypted}
    return StackValues(
        project=project.name,
        program=project.program,
        config=plain | {key: text for key, text in decrypted.items() if key in encrypted},
        encrypted=tuple(sorted(encrypted - decrypted.keys())),
    )


def read_aws_settings(folder: Path, stack: str, *, region: str | None = None) -> AwsSettings:
    """Read the settings of the AWS provider in a stack's file, and the region in the environment.

    Args:
        folder: Folder of the Pulumi project.
        stack: Name of the stack; also `organisation/stack` or `organisation/project/stack`.
        region: Region of the deployed stack, which then counts.

    Raises:
        StackConfigError: There is no file, no region is set, or a value can't be read.
    """
    config = read_values(folder, stack).of_namespace("aws")
    return aws_settings(config | ({"region": region} if region else {}), stack_file(folder, stack).name)


def _decrypt(folder: Path, stack: str) -> dict[str, str]:
    """Return the decrypted values of a stack by their keys; none if Pulumi is missing or fails."""
    # Loads the Automation API, which takes longer than all else here.
    from scripts.deploy import pulumi_cli

    try:
        cli = pulumi_cli.find()
    except pulumi_cli.PulumiError:
        return {}
    if cli is None:
        return {}
    command = (cli.command, "--non-interactive", "config", "--json", "--show-secrets", "--stack", stack)
    shown = run_command(*command, cwd=folder)
    if shown.returncode:
        return {}
    values: dict[str, dict[str, Any]] = json.loads(shown.stdout)
    return {key: str(value["value"]) for key, value in values.items() if "value" in value}
