"""Requests that wait to be begun: a few in each turn of the event loop, so that no turn takes long.

Those of 100 connections, begun in one turn, keep everything else waiting for 20 ms. A request of which the
client leaves meanwhile costs little: it gets no answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

STARTS_PER_TURN: Final = 16
"""Maximum number of requests that are begun in one turn of the event loop. Most take 0.2 ms."""


class RequestQueue:
    """Queue of requests that wait to be begun, in the order of their arrival."""

    def __init__(self, maximum: int) -> None:
        """Create the queue for so many requests."""
        self._maximum = maximum
        self._waiting: deque[Callable[[], object]] = deque()
        self._left = STARTS_PER_TURN
        """Number of requests that can still be begun in this turn."""

    @property
    def is_full(self) -> bool:
        """True if one more request must be refused."""
        return len(self._waiting) >= self._maximum

    def begin(self, start: Callable[[], object]) -> None:
        """Begin a request now by calling `start`, or later if others wait or this turn has had its share."""
        if self._waiting or not self._left:
            self._waiting.append(start)
            return
        if self._left == STARTS_PER_TURN:
            asyncio.get_running_loop().call_soon(self._begin_turn)
        self._left -= 1
        start()

    def _begin_turn(self) -> None:
        self._left = STARTS_PER_TURN
        for _ in range(min(len(self._waiting), STARTS_PER_TURN)):
            start = self._waiting.popleft()
            self._left -= 1
            start()
        if self._left < STARTS_PER_TURN:
            asyncio.get_running_loop().call_soon(self._begin_turn)
