"""Runs of Pulumi programs under mocks, in another process: what each asks for, by its names."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from localcloud.provisioning.pulumi_project import StackConfigError, read_project

if TYPE_CHECKING:
    from collections.abc import Sequence

RECORDER: Final = Path(__file__).with_name("mock_run.py")


class ProgramError(RuntimeError):
    """The program can't be run, or refuses its configuration; the text is one line that says why."""


def recorded(folder: Path, stack: str, settings: Sequence[str], default_region: str) -> dict[str, Any]:
    """Run the program of a folder; return its region, and the type, name and inputs of each resource.

    The configuration is read and the mocks answer as they do here and now; all that the program itself
    imports and reads lies in the folder.

    Args:
        folder: of the Pulumi project.
        stack: name of the stack, as in `Pulumi.<stack>.yaml`.
        settings: `key=value`, before what the stack's file says.
        default_region: the region where the configuration names none.

    Raises:
        ProgramError: the project can't be read, or its program refuses.
    """
    try:
        project = read_project(folder, stack, dict(setting.split("=", 1) for setting in settings))
    except StackConfigError as error:
        raise ProgramError(str(error)) from error
    config = {"aws:region": default_region} | dict(project.config)
    task = {"project": project.name, "program": str(project.program), "stack": stack, "config": config}
    return {"region": config["aws:region"], "resources": _resources({"folder": str(folder), "task": task})}


def _resources(task: dict[str, Any]) -> list[dict[str, Any]]:
    recorder = _recorder()
    assert recorder.stdin  # noqa: S101 (both are pipes)
    assert recorder.stdout  # noqa: S101
    try:
        print(json.dumps(task), file=recorder.stdin, flush=True)
        answer = recorder.stdout.readline()
    except BrokenPipeError:
        answer = ""
    if not answer:
        _recorder.cache_clear()
        raise ProgramError(f"the process that runs programs ended with status {recorder.wait()}")
    content = cast("dict[str, Any]", json.loads(answer))
    if "error" in content:
        raise ProgramError(" ".join(content["error"].split()))
    return content["resources"]


@cache
def _recorder() -> subprocess.Popen[str]:
    """Start the process that runs programs; it ends with this one."""
    recorder = subprocess.Popen(  # noqa: S603 (our own program, no shell)
        # -P: beside the recorder lie modules that are none of the program's.
        [sys.executable, "-P", str(RECORDER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_stop, recorder)
    return recorder


def _stop(recorder: subprocess.Popen[str]) -> None:
    recorder.terminate()
    # Closes the pipes, and waits.
    recorder.communicate()
