"""Peak of a process's memory."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.localcloud.localstack.running import Running

INTERVAL: Final = 0.005
"""Seconds between two readings: a process that decompresses fills a few megabytes meanwhile."""


@dataclass
class MemoryGrowth:
    """Growth of the resident memory in bytes."""

    peak: int = 0


@contextmanager
def measured(localstack: Running) -> Generator[MemoryGrowth]:
    """Measure how much the memory of LocalStack grows within the block, at its peak."""
    process, growth, ended = psutil.Process(localstack.process.pid), MemoryGrowth(), Event()
    before = process.memory_info().rss

    def sample() -> None:
        while not ended.is_set():
            growth.peak = max(growth.peak, process.memory_info().rss - before)
            time.sleep(INTERVAL)

    sampler = Thread(target=sample)
    sampler.start()
    try:
        yield growth
    finally:
        ended.set()
        sampler.join()
