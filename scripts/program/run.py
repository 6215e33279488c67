"""Runs of the project's Pulumi program under mocks, from the working tree or a commit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from localcloud.provisioning.pulumi_project import StackConfigError, read_project
from scripts.program.git_tree import commit_of, exported_tree
from scripts.program.mock_process import ProgramError, requested_resources
from scripts.program.resources import RequestedResource, StackError, StackResources

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT: Final = Path(__file__).resolve().parents[2]
"""Folder of the Pulumi project."""

DEFAULT_REGION: Final = "us-east-1"
"""Region of a stack whose configuration names none."""


def run(
    stack: str,
    settings: Sequence[str] = (),
    *,
    reference: str | None = None,
    default_region: str = DEFAULT_REGION,
) -> StackResources:
    """Run the program and return the resources that it requests.

    A process runs it once for the same arguments, since the working tree is not expected to change meanwhile.

    Args:
        stack: name of the stack, as in `Pulumi.<stack>.yaml`.
        settings: `key=value`, which override the stack's file.
        reference: branch or commit whose program and configuration to use; None: those of the working tree.
        default_region: the region where the configuration names none.

    Raises:
        StackError: the program fails, or there is no such reference.
    """
    try:
        if reference is None:
            return _run_working_tree(PROJECT, stack, tuple(settings), default_region)
        commit = commit_of(PROJECT, reference)
        return _run_commit(PROJECT, commit, stack, tuple(settings), default_region)
    except ProgramError as error:
        name = f"{stack} of {reference}" if reference is not None else stack
        raise StackError(f"The program of the stack {name} fails: {error}") from error


@cache
def _run_working_tree(
    project: Path, stack: str, settings: tuple[str, ...], default_region: str
) -> StackResources:
    return _run_in(project, stack, settings, default_region)


@cache
def _run_commit(
    project: Path, commit: str, stack: str, settings: tuple[str, ...], default_region: str
) -> StackResources:
    with exported_tree(project, commit) as folder:
        return _run_in(folder, stack, settings, default_region)


def _run_in(folder: Path, stack: str, settings: tuple[str, ...], default_region: str) -> StackResources:
    try:
        project = read_project(folder, stack, dict(setting.split("=", 1) for setting in settings))
        config = {"aws:region": default_region} | dict(project.config)
        task = {"project": project.name, "program": str(project.program), "stack": stack, "config": config}
        found = requested_resources({"folder": str(folder), "task": task})
    except (ProgramError, StackConfigError) as error:
        # Paths relative to the project: an exported folder no longer exists when the message is read.
        raise ProgramError(str(error).replace(f"{folder}/", "").replace(f" in {folder}", "")) from error
    resources = tuple(RequestedResource(**it) for it in found)
    return StackResources(stack=stack, region=config["aws:region"], resources=resources)
