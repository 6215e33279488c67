"""Tree of a commit, exported whole, since a program reads files beyond its own folder."""

from __future__ import annotations

import io
import subprocess
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.program.resources import StackError

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def exported(project: Path, reference: str) -> Generator[Path]:
    """Export the project's folder as it was at a branch or commit; remove the copy in the end.

    Args:
        project: folder in the working tree of a git repository, which is left as it is.
        reference: name of a branch, a tag or a commit.

    Raises:
        StackError: there is no git, no repository, or no such reference.
    """
    commit = commit_of(project, reference)
    # In a folder, `git archive` takes that folder's part of the tree.
    archive = _git(project, "archive", "--format=zip", "-0", commit)
    if archive.returncode:
        raise StackError(f"git can't export {reference}: {_last_line(archive.stderr)}")
    with tempfile.TemporaryDirectory(prefix="iris-cost-") as folder:
        with zipfile.ZipFile(io.BytesIO(archive.stdout)) as files:
            files.extractall(folder)
        # Resolved, as a program sees its own path: on a Mac, /tmp is a link.
        yield Path(folder).resolve()


def commit_of(project: Path, reference: str) -> str:
    """Look a branch, a tag or a commit up; return the commit's hash.

    Raises:
        StackError: there is no git, no repository, or no such reference.
    """
    # What begins with a dash would be taken for an option.
    if reference.startswith("-"):
        raise StackError(f"{reference!r} is no branch or commit.")
    found = _git(project, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    shallow = _git(project, "rev-parse", "--is-shallow-repository")
    if shallow.returncode:
        raise StackError(f"{reference!r} can't be looked up: {_last_line(shallow.stderr)}")
    hint = ""
    if shallow.stdout.strip() == b"true":
        hint = " The clone is shallow: `git fetch --unshallow` brings the rest of its history."
    raise StackError(f"There is no branch or commit {reference!r} here.{hint}")


def _git(project: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *words], cwd=project, capture_output=True, check=False)  # noqa: S603, S607 (no shell)
    except FileNotFoundError as error:
        raise StackError("A comparison with a branch or commit needs git, which is not installed.") from error


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "git does not say why."
