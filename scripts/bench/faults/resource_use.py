"""Processes, open files, ports and memory of a running cloud, sampled between faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from localcloud import processes

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ResourceUse:
    """Sum over all processes of a cloud."""

    seconds: float
    """Time since the start of the measurement."""
    processes: int
    files: int
    """Open files and connections."""
    ports: int
    """TCP ports on which they listen."""
    megabytes: float
    """Memory, with shared pages in proportion (PSS); that in memory (RSS) where the system does not tell."""


def sample_resources(home: Path, seconds: float) -> ResourceUse:
    """Sample the processes of the cloud in `home`."""
    found = [cloud_process.process for cloud_process in processes.find(home)]
    files, size = 0, 0
    ports: set[int] = set()
    for process in found:
        try:
            files += process.num_fds()
            memory = process.memory_full_info()
            listening = process.net_connections("tcp")
        except psutil.Error:  # it has just exited
            continue
        size += getattr(memory, "pss", memory.rss)
        ports |= {each.laddr.port for each in listening if each.status == psutil.CONN_LISTEN}
    return ResourceUse(
        seconds=round(seconds, 1),
        processes=len(found),
        files=files,
        ports=len(ports),
        megabytes=round(size / 1e6, 1),
    )
