"""Folder that is accessible only to its owner."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ONLY: Final = 0o700


class FolderError(RuntimeError):
    """Failure to make a folder private."""


def create_private_folder(folder: Path) -> None:
    """Create a folder that is never accessible to other users; restrict the mode of an existing one.

    Raises:
        FolderError: it belongs to another user or cannot be created.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(OWNER_ONLY)  # a umask only removes permissions
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise FolderError(f"{folder} cannot be used for the local cloud: {error.strerror}") from None
    try:
        # Use the descriptor, so that the checked folder is the one that is changed.
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid():
            raise FolderError(f"{folder} belongs to another user; choose a folder of your own with --home")
        if stat.S_IMODE(found.st_mode) != OWNER_ONLY:
            os.fchmod(descriptor, OWNER_ONLY)
    finally:
        os.close(descriptor)
