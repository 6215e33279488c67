"""Atomic replacement of a file: readers see the old content or the new one, never a part of it."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def atomic_write(path: Path) -> Generator[IO[bytes]]:
    """Open a file that replaces `path` when the block ends, and is deleted when the block fails.

    Raises:
        OSError: The folder can't be created or written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name is known before the file exists, so that a signal at any moment leaves nothing.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            draft.chmod(0o644)
            yield file
            file.flush()
            os.fsync(file.fileno())  # otherwise, a crash could leave an empty file
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
