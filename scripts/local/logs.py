"""Log files of a local cloud's processes, as lines with the name of their process."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ON_REQUEST: Final = frozenset({"localstack"})
"""Logs that are shown only by name: the controller's questions to the AWS API are several lines a second."""

POLL_SECONDS: Final = 0.2
"""Time between two looks at the files while they are followed."""


class UnknownLogError(ValueError):
    """No log has a requested name, or there is none at all."""


@dataclass
class _Position:
    """End of what was read of a file."""

    inode: int
    offset: int = 0
    rest: bytes = b""
    """Begin of a line whose end is not written yet."""


@dataclass(frozen=True)
class LogFolder:
    """Folder of log files, and the names to print; no name stands for all but those on request."""

    folder: Path
    names: Sequence[str] = ()
    _positions: dict[Path, _Position] = field(default_factory=dict[Path, _Position])

    def check_names(self) -> None:
        """Check that there is a log for each name.

        Raises:
            UnknownLogError: There is none, or no log at all.
        """
        present = [file.stem for file in self._files(all_names=True)]
        if not present:
            raise UnknownLogError(f"there are no logs in {self.folder}; `make up` starts a local cloud")
        if missing := [name for name in self.names if name not in present]:
            raise UnknownLogError(f"there is no log of {', '.join(missing)}, only of {', '.join(present)}")

    def lines(self, last: int, *, follow: bool) -> Iterator[str]:
        """Yield the last lines of each file; if they are followed, then new lines as they are written.

        Args:
            last: Number of lines of each file to begin with.
            follow: Never end, and include files that are new or replaced.
        """
        for file in self._files():
            lines = self._new_lines(file)
            yield from lines[len(lines) - min(last, len(lines)) :]
        while follow:
            time.sleep(POLL_SECONDS)
            for file in self._files():
                yield from self._new_lines(file)

    def _files(self, *, all_names: bool = False) -> list[Path]:
        files = sorted(self.folder.glob("*.log"))
        if all_names:
            return files
        if self.names:
            return [file for file in files if file.stem in self.names]
        return [file for file in files if file.stem not in ON_REQUEST]

    def _new_lines(self, file: Path) -> list[str]:
        """Return the complete lines that were written since the last call."""
        try:
            with file.open("rb") as opened:
                inode = os.fstat(opened.fileno()).st_ino  # not of a file that replaces it just then
                position = self._positions.get(file)
                if position is None or position.inode != inode:
                    position = self._positions[file] = _Position(inode)
                opened.seek(position.offset)
                content = opened.read()
        except FileNotFoundError:
            return []  # replaced by the next start
        position.offset += len(content)
        *complete, position.rest = (position.rest + content).split(b"\n")
        return [f"{file.stem}  {line.decode(errors='replace')}" for line in complete]
