"""Resources of a stack, as the Pulumi program on the disk or that of a commit asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from scripts.program import recording
from scripts.program.recording import ProgramError
from scripts.program.resources import Asked, Record, StackError
from scripts.program.revision import exported

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT: Final = Path(__file__).resolve().parents[2]

DEFAULT_REGION: Final = "us-east-1"
"""Region of a stack whose configuration names none."""


def run(
    stack: str,
    settings: Sequence[str] = (),
    *,
    reference: str | None = None,
    default_region: str = DEFAULT_REGION,
) -> Record:
    """Run the program and return what it asks for.

    Args:
        stack: name of the stack, as in `Pulumi.<stack>.yaml`.
        settings: `key=value`, before what the stack's file says.
        reference: a branch or commit whose program and configuration to take; None: those on the disk.
        default_region: the region where the configuration names none.

    Raises:
        StackError: the program refuses, or there is no such reference.
    """
    if reference is None:
        return _record(PROJECT, stack, settings, default_region, f"The stack {stack}")
    with exported(PROJECT, reference) as folder:
        return _record(folder, stack, settings, default_region, f"The stack {stack} of {reference}")


def _record(folder: Path, stack: str, settings: Sequence[str], default_region: str, what: str) -> Record:
    try:
        content = recording.recorded(folder, stack, settings, default_region)
    except ProgramError as error:
        # Paths as they are in the project: an exported folder is gone by the time they are read.
        reason = str(error).replace(f"{folder}/", "").replace(f" in {folder}", "")
        raise StackError(f"{what} can't be priced: {reason}") from error
    return Record(
        stack=stack,
        region=content["region"],
        resources=tuple(Asked(it["type"], it["inputs"]) for it in content["resources"]),
    )
