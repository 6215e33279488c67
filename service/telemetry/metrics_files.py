"""Files in which the workers of a service share their metrics.

`prometheus_client` maps them into memory and lets them grow. A write into a part for which the disk has no
room ends the process (SIGBUS). Therefore each worker allocates its files in full before it uses them.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

FILE_BYTES: Final[dict[str, int]] = {
    "counter": 4 * 1_048_576,
    "gauge_livesum": 65_536,
    "gauge_livemax": 65_536,
}
"""Kind of metrics -> size of a worker's file for it.

A counter takes 220 bytes. There are 17 for each method, route and class of status, of which there are 11,
fewer than 20, and 4.
"""

_USED_BYTES: Final = struct.Struct("i")
"""First bytes of a file: how many of its bytes are used."""


def allocate(folder: str, pid: int) -> None:
    """Create the files of a worker, with room on the disk for all of their bytes.

    Raises:
        OSError: There is no room, or the folder cannot be written. Then there is none of the files.
    """
    created: list[Path] = []
    try:
        for kind, size in FILE_BYTES.items():
            path = _path(folder, kind, pid)
            created.append(path.with_suffix(".new"))
            created[-1].write_bytes(bytes(size))
            created[-1] = created[-1].rename(path)
    except OSError:
        for path in created:
            with suppress(OSError):
                path.unlink()
        raise


def shrink(folder: str, pid: int) -> None:
    """Return to the disk what a worker that died has not used of its counters, which stay."""
    path = _path(folder, "counter", pid)
    with suppress(OSError, struct.error):
        with path.open("rb") as file:
            (used,) = _USED_BYTES.unpack(file.read(_USED_BYTES.size))
        os.truncate(path, used)


def _path(folder: str, kind: str, pid: int) -> Path:
    """Return the path under which `prometheus_client` opens a file."""
    return Path(folder) / f"{kind}_{pid}.db"
