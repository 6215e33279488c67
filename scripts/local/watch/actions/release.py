"""Releases by `iris rollout`: a good version, and a bad one that never answers and is rolled back."""

from __future__ import annotations

import shutil
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scripts.local.watch.actions.commands import BackgroundCommand
from scripts.local.watch.actions.outcome import ActionError, Outcome
from scripts.rollout.unreleased import LOCAL_TARGETS

if TYPE_CHECKING:
    from localcloud.state_dir import StateDir

MODULE: Final = "service/main.py"
"""Module that an instance runs."""

GIVE_UP_SECONDS: Final = 45
"""Seconds without progress after which a bad version is rolled back."""


def latest_archive(folder: Path) -> Path | None:
    """Return the latest archive of the fleet in a folder, which may have those of the function, too."""
    archives = folder.glob(f"iris-{LOCAL_TARGETS['fleet']}-*.zip")
    return max(archives, key=lambda file: file.stat().st_mtime, default=None)


def good_archive(archive: Path, folder: Path) -> Path:
    """Write a newer version of an archive, with the same service."""
    released = folder / "good.zip"
    shutil.copyfile(archive, released)
    with zipfile.ZipFile(released, "a") as copy:
        copy.writestr("release.txt", f"{time.time()}\n")
    return released


def bad_archive(archive: Path, folder: Path) -> Path:
    """Write a version of an archive whose service ends at its start."""
    released = folder / "bad.zip"
    compiled = f"{Path(MODULE).parent}/__pycache__/"
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(released, "w", zipfile.ZIP_STORED) as copy:
        for name in source.namelist():
            if name != MODULE and not name.startswith(compiled):
                copy.writestr(name, source.read(name))
        copy.writestr(MODULE, f"raise SystemExit('broken at {time.time()}')\n")
    return released


class Releases:
    """Roll-out that the page has started."""

    def __init__(self, state_dir: StateDir) -> None:
        """Create it for the cloud in a folder, without a roll-out."""
        self._state_dir = state_dir
        self._rollout: BackgroundCommand | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def line(self) -> str:
        """Latest line of the roll-out; empty before one."""
        return self._rollout.line if self._rollout else ""

    @property
    def failed(self) -> bool:
        """Whether the latest roll-out was rolled back."""
        return self._rollout is not None and self._rollout.failed

    def release(self, *, good: bool) -> Outcome:
        """Begin to release a version to the fleet.

        Raises:
            ActionError: A roll-out is in progress, or there is no archive to make a version of.
        """
        if self._rollout and self._rollout.is_running:
            raise ActionError("in_progress")
        latest = latest_archive(self._state_dir.archives)
        if latest is None:
            raise ActionError("no_archive")
        self.close()
        self._folder = tempfile.TemporaryDirectory(prefix="iris-release-")
        folder = Path(self._folder.name)
        archive = good_archive(latest, folder) if good else bad_archive(latest, folder)
        words = ["rollout", "--home", str(self._state_dir.home), "--only", "fleet", "--archive", str(archive)]
        words += ["--strategy", "linear", "--step", "50", "--interval", "3", "--despite-alarms"]
        words += [] if good else ["--give-up-after", str(GIVE_UP_SECONDS)]
        self._rollout = BackgroundCommand(words)
        return Outcome("release_good" if good else "release_bad", {"seconds": GIVE_UP_SECONDS})

    def close(self) -> None:
        """Delete the archive of a roll-out that has ended."""
        if self._folder and not (self._rollout and self._rollout.is_running):
            self._folder.cleanup()
            self._folder = None
