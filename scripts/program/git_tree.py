"""Tree of a git commit, exported whole, since a program reads files outside its own folder."""

from __future__ import annotations

import io
import subprocess
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.console.commands import last_line
from scripts.console.termination import exit_on_signal
from scripts.program.resources import StackError

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def exported_tree(project: Path, commit: str) -> Generator[Path]:
    """Export the project's folder as it was at a commit; remove the copy at the end, at SIGTERM too.

    Args:
        project: folder in the working tree of a git repository, which is left unchanged.
        commit: hash of the commit.

    Raises:
        StackError: git can't export the commit.
    """
    # In a folder, `git archive` exports that folder's part of the tree.
    archive = _git(project, "archive", "--format=zip", "-0", commit)
    if archive.returncode:
        raise StackError(f"git can't export {commit}: {_error(archive)}")
    with exit_on_signal(), tempfile.TemporaryDirectory(prefix="iris-cost-") as folder:
        with zipfile.ZipFile(io.BytesIO(archive.stdout)) as files:
            files.extractall(folder)
        # Resolved, as a program sees its own path: on macOS, /tmp is a link.
        yield Path(folder).resolve()


def commit_of(project: Path, reference: str) -> str:
    """Return the hash of the commit that a branch, a tag or an abbreviated hash names.

    Raises:
        StackError: there is no git, no repository, or no such reference.
    """
    # git would parse a leading dash as an option.
    if reference.startswith("-"):
        raise StackError(f"{reference!r} is no branch or commit.")
    found = _git(project, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    shallow = _git(project, "rev-parse", "--is-shallow-repository")
    if shallow.returncode:
        raise StackError(f"{reference!r} can't be looked up: {_error(shallow)}")
    hint = ""
    if shallow.stdout.strip() == b"true":
        hint = " The clone is shallow: `git fetch --unshallow` fetches the rest of its history."
    raise StackError(f"There is no branch or commit {reference!r} here.{hint}")


def _git(project: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], cwd=project, capture_output=True, check=False)  # noqa: S603, S607 (no shell)
    except FileNotFoundError as error:
        raise StackError("A comparison with a branch or commit needs git, which is not installed.") from error


def _error(git: subprocess.CompletedProcess[bytes]) -> str:
    return last_line(git.stderr.decode(errors="replace"))
