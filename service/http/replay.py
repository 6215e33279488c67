"""Replay of ASGI messages that were received early: one helper for every layer that reads a body itself."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Message, Receive


def replay(messages: Iterable[Message], receive: Receive) -> Receive:
    """Return a `receive` that yields `messages` first and then continues with the original one.

    A message is released when it has been delivered, so that no body is kept in memory longer than needed.
    """
    pending = deque(messages)

    async def receive_again() -> Message:
        return pending.popleft() if pending else await receive()

    return receive_again
