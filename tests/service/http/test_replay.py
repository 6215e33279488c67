from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING

from service.http.replay import replay

if TYPE_CHECKING:
    from starlette.types import Message


async def receive_disconnect() -> Message:
    return {"type": "http.disconnect"}


def test_messages_are_delivered_in_order_before_those_of_the_server():
    async def received() -> list[Message]:
        receive = replay([{"type": "a"}, {"type": "b"}], receive_disconnect)
        return [await receive() for _ in range(3)]

    assert asyncio.run(received()) == [{"type": "a"}, {"type": "b"}, {"type": "http.disconnect"}]


def test_a_delivered_message_is_released():
    class Body:
        """Object that can be referenced weakly, unlike bytes."""

    async def is_released() -> bool:
        body = Body()
        reference = weakref.ref(body)
        receive = replay(({"type": "http.request", "body": body},), receive_disconnect)
        await receive()
        del body
        gc.collect()
        return reference() is None

    assert asyncio.run(is_released())
