"""Folder that only its owner can enter."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ONLY: Final = 0o700


class FolderError(RuntimeError):
    """A folder cannot be made private."""


def make_private_folder(folder: Path) -> None:
    """Make a folder that nobody else can enter at any moment; tighten one that is there already.

    Raises:
        FolderError: it is another user's, or cannot be made.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(OWNER_ONLY)  # a umask takes rights away and adds none
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise FolderError(f"{folder} cannot be used for the local cloud: {error.strerror}") from None
    try:
        # By descriptor: it is the very folder that is looked at which is changed.
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid():
            raise FolderError(f"{folder} belongs to another user; choose a folder of your own with --home")
        if stat.S_IMODE(found.st_mode) != OWNER_ONLY:
            os.fchmod(descriptor, OWNER_ONLY)
    finally:
        os.close(descriptor)
