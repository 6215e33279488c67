"""Runs of the project's Pulumi program under mocks, from the working tree or a commit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from localcloud.provisioning.pulumi_project import StackConfigError, short_name
from scripts.aws.clients import environment_region
from scripts.program.git_tree import commit_of, exported_tree
from scripts.program.mock_process import ProgramError, requested_resources
from scripts.program.resources import DEFAULT_REGION, RequestedResource, StackError, StackResources
from scripts.program.stack_values import read_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROJECT: Final = Path(__file__).resolve().parents[2]
"""Folder of the Pulumi project."""


def run(
    stack: str,
    settings: Sequence[str] = (),
    *,
    reference: str | None = None,
    project: Path | None = None,
) -> StackResources:
    """Run the program and return the resources that it requests.

    A process runs it once for the same arguments, since the working tree is not expected to change meanwhile.

    Args:
        stack: name of the stack, as in `Pulumi.<stack>.yaml`; also `organisation/stack`.
        settings: `key=value`, which override the stack's file.
        reference: branch or commit whose program and configuration to use; None: those of the working tree.
        project: folder of the Pulumi project, if it is not this one.

    Raises:
        StackError: the program fails, or there is no such reference.
    """
    try:
        if reference is None:
            return _run_working_tree(project or PROJECT, stack, tuple(settings))
        commit = commit_of(project or PROJECT, reference)
        return _run_commit(project or PROJECT, commit, stack, tuple(settings))
    except ProgramError as error:
        name = f"{stack} of {reference}" if reference is not None else stack
        raise StackError(f"The program of the stack {name} fails: {error}") from error


@cache
def _run_working_tree(project: Path, stack: str, settings: tuple[str, ...]) -> StackResources:
    return _run_in(project, stack, settings)


@cache
def _run_commit(project: Path, commit: str, stack: str, settings: tuple[str, ...]) -> StackResources:
    with exported_tree(project, commit) as folder:
        return _run_in(folder, stack, settings)


def _run_in(folder: Path, stack: str, settings: tuple[str, ...]) -> StackResources:
    try:
        values = read_values(folder, stack, dict(setting.split("=", 1) for setting in settings))
        config = dict(values.config)
        config["aws:region"] = config.get("aws:region") or _region(config)
        task = {
            "project": values.project,
            "program": str(values.program),
            "stack": short_name(stack),
            "config": config,
        }
        found = requested_resources({"folder": str(folder), "task": task})
    except (ProgramError, StackConfigError) as error:
        # Paths relative to the project: an exported folder no longer exists when the message is read.
        raise ProgramError(str(error).replace(f"{folder}/", "").replace(f" in {folder}", "")) from error
    resources = tuple(RequestedResource(**it) for it in found)
    return StackResources(
        stack=short_name(stack),
        region=config["aws:region"],
        resources=resources,
        encrypted=values.encrypted,
    )


def _region(config: Mapping[str, str]) -> str:
    """Return the region of the environment or of the stack's profile, as Pulumi's AWS provider reads it."""
    return environment_region(config.get("aws:profile")) or DEFAULT_REGION
