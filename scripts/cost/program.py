"""Runs the Pulumi program under mocks, as it lies on the disk or as it was at a commit."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from scripts.cost.record import Asked, Record, StackError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

PROJECT: Final = Path(__file__).resolve().parents[2]


def run(stack: str, settings: Sequence[str] = (), *, reference: str | None = None) -> Record:
    """Run the program and see what it asks for.

    Args:
        stack: name of the stack, as in `Pulumi.<stack>.yaml`.
        settings: `key=value`, before what the stack's file says.
        reference: a branch or commit whose program and configuration to take; None: those on the disk.

    Raises:
        StackError: the program refuses, or there is no such reference.
    """
    if reference is None:
        return _record(PROJECT, stack, settings)
    with _exported(reference) as folder:
        return _record(folder, stack, settings)


def _record(folder: Path, stack: str, settings: Sequence[str]) -> Record:
    # Modules of the working directory come first: those of `folder`, whatever is installed.
    ran = subprocess.run(  # noqa: S603 (our own module, no shell)
        [sys.executable, "-m", "scripts.cost.recorder", str(folder), stack, *settings],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        reason = ran.stderr.strip().splitlines() or ["the program failed"]
        raise StackError(f"The stack {stack} can't be priced: {' '.join(reason[-4:])}")
    content = cast("dict[str, Any]", json.loads(ran.stdout.splitlines()[-1]))
    return Record(
        stack=stack,
        region=content["region"],
        resources=tuple(Asked(it["type"], it["inputs"]) for it in content["resources"]),
    )


@contextmanager
def _exported(reference: str) -> Generator[Path]:
    """Lay the program and its configuration out as they were at a branch or commit."""
    with tempfile.TemporaryDirectory(prefix="iris-cost-") as folder:
        listed = _git("ls-tree", "--name-only", reference, reference=reference).decode().split()
        files = [it for it in listed if it == "infra" or (it.startswith("Pulumi") and it.endswith(".yaml"))]
        packed = _git("archive", "--format=tar", reference, "--", *files, reference=reference)
        subprocess.run(["tar", "-xf", "-", "-C", folder], input=packed, check=True)  # noqa: S603, S607 (fixed words)
        yield Path(folder)


def _git(*words: str, reference: str) -> bytes:
    if reference.startswith("-"):
        raise StackError(f"{reference!r} is no branch or commit.")
    ran = subprocess.run(["git", *words], cwd=PROJECT, capture_output=True, check=False)  # noqa: S603, S607 (no shell)
    if ran.returncode:
        raise StackError(f"There is no branch or commit {reference!r} here.")
    return ran.stdout
