"""Processes that accept connections of a listening socket: workers, and the supervisor that replaces them."""

from __future__ import annotations

from multiprocessing import Pipe


class Acceptors:
    """Pipe whose writing end each of the processes holds open; the kernel closes that of one that dies.

    An object goes with a process that `multiprocessing` starts, which is one of them from then on.
    """

    def __init__(self) -> None:
        """Create the pipe, with this process as the first one."""
        self._reader, self._writer = Pipe(duplex=False)

    def leave(self) -> bool:
        """Remove this process; return whether others are left."""
        self._writer.close()
        return not self._reader.poll()
