"""Data that takes long to parse: other clients are served meanwhile, and memory is bounded."""

from __future__ import annotations

import asyncio
from time import thread_time
from typing import TYPE_CHECKING, cast

import pytest

from service.app import create_app, protocol_class
from service.server import read_queue
from service.server.http_protocol import READ_STEP_BYTES
from service.server.read_queue import IMMEDIATE_SECONDS, PIECES_PER_TURN, ReadFlow, ReadQueue
from tests.service.fast_path.test_http_protocol import PATH, SETTINGS, Connection, encode

if TYPE_CHECKING:
    from service.model.registry import Predictors

DATA_BYTES = 262_144
"""Eight reads."""

REQUEST = encode(PATH)
PIPELINED = REQUEST * (DATA_BYTES // len(REQUEST))
CHUNKED_HEAD = (
    b"POST /api/v01/classify/batch HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
CHUNK = b"1\r\n1\r\n"
CHUNKED = CHUNKED_HEAD + CHUNK * ((DATA_BYTES - len(CHUNKED_HEAD)) // len(CHUNK))


class Slow:
    """Connection whose every step takes as long as data may be parsed at once."""

    def __init__(self, steps: int, order: list[Slow]) -> None:
        self.left = steps
        self._order = order
        self.is_refused = False

    @property
    def unread_bytes(self) -> int:
        return self.left

    def refuse_unread(self) -> None:
        self.is_refused = True

    def read_step(self) -> bool:
        end = thread_time() + IMMEDIATE_SECONDS
        while thread_time() < end:
            pass
        self._order.append(self)
        self.left -= 1
        return self.left > 0


def test_connections_whose_data_waits_take_turns():
    order: list[Slow] = []

    async def read() -> None:
        queue = ReadQueue()
        first, second = Slow(4, order), Slow(4, order)
        for connection in (first, second):
            assert queue.read_now(connection.read_step)
            queue.add(connection)
        assert order == [first]  # the second one found the queue busy
        await queue.join()
        assert order[1:] == [first, second, first, second, first, second, second]

    asyncio.run(read())


def test_data_that_takes_no_time_never_waits():
    async def read() -> None:
        queue = ReadQueue()
        left = [3]

        def step() -> bool:
            left[0] -= 1
            return left[0] > 0

        assert not queue.read_now(step)
        assert left == [0]

    asyncio.run(read())


class Short:
    """Connection with one short piece of data, which records the turn in which it is read."""

    def __init__(self, clock: list[int], turns: list[int]) -> None:
        self._clock = clock
        self._turns = turns

    unread_bytes = 1

    def refuse_unread(self) -> None:
        pytest.fail("there is room")

    def read_step(self) -> bool:
        self._turns.append(self._clock[0])
        return False


def test_few_pieces_are_read_to_their_end_in_a_turn_as_each_may_complete_a_request():
    turns: list[int] = []

    async def read() -> None:
        clock = [0]
        queue = ReadQueue()
        for _ in range(100):
            connection = Short(clock, turns)
            if queue.read_now(connection.read_step):
                queue.add(connection)
        while queue.is_busy:
            clock[0] += 1
            await asyncio.sleep(0)

    asyncio.run(read())
    assert len(turns) == 100
    assert [turns.count(turn) for turn in sorted(set(turns))] == [PIECES_PER_TURN] * 6 + [4]


@pytest.mark.parametrize("data", [PIPELINED, CHUNKED], ids=["2,000 requests", "40,000 chunks of one byte"])
def test_a_piece_of_data_that_takes_long_to_parse_is_parsed_in_many_turns(
    data: bytes, predictors: Predictors, monkeypatch: pytest.MonkeyPatch
):
    # As on a processor on which a step takes longer than the time for one go.
    monkeypatch.setattr(read_queue, "IMMEDIATE_SECONDS", 0.0)
    monkeypatch.setattr(read_queue, "TURN_SECONDS", 1e-9)
    app = create_app(predictors, SETTINGS)

    async def read() -> int:
        connection = Connection(protocol_class(), app, app)
        connection.protocol.data_received(data)
        turns = 0
        while connection.watch.reading.is_busy:
            await asyncio.sleep(0)
            turns += 1
        assert connection.wire.sent.count(b"HTTP/1.1 200") == data.count(REQUEST)
        connection.protocol.connection_lost(None)
        await asyncio.gather(*connection.server.tasks)
        return turns

    assert asyncio.run(read()) >= len(data) // READ_STEP_BYTES


@pytest.fixture
def room_for_eight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_queue, "MAX_WAITING", 8)


@pytest.mark.usefixtures("room_for_eight")
def test_beyond_the_limit_the_connection_with_the_most_data_is_refused():
    order: list[Slow] = []

    async def read() -> None:
        queue = ReadQueue()
        large, *others = (Slow(steps, order) for steps in (9, *[2] * 8))
        for connection in (large, *others):
            assert not large.is_refused
            assert queue.read_now(connection.read_step)
            queue.add(connection)
        assert large.is_refused
        assert not [each for each in others if each.is_refused]
        await queue.join()
        assert not [each for each in others if each.left]

    asyncio.run(read())


@pytest.mark.usefixtures("room_for_eight")
def test_a_connection_whose_data_has_no_room_gets_a_time_to_retry(predictors: Predictors):
    app = create_app(predictors, SETTINGS)

    async def read() -> None:
        connections = [Connection(protocol_class(), app, app) for _ in range(9)]
        queue = connections[0].watch.reading
        for connection in connections:
            connection.watch.reading = queue
            connection.protocol.data_received(CHUNKED)
        answered = [connection.wire.sent for connection in connections if connection.wire.sent]
        assert len(answered) == 1
        assert answered[0].startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1\r\n" in answered[0]
        for connection in connections:
            connection.protocol.data_received(CHUNK * 1_000)  # changes nothing of a refused one
            connection.protocol.connection_lost(None)
            await asyncio.gather(*connection.server.tasks)
        await queue.join()
        assert sum(len(connection.wire.sent) for connection in connections) == len(answered[0])

    asyncio.run(read())


class Reading:
    """Transport of a connection, which knows whether it is read."""

    def __init__(self) -> None:
        self.is_read = True
        self.closing = False

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def is_closing(self) -> bool:
        return self.closing


@pytest.fixture
def reading() -> Reading:
    return Reading()


@pytest.fixture
def flow(reading: Reading) -> ReadFlow:
    return ReadFlow(cast("asyncio.Transport", reading))


def test_a_connection_is_read_again_once_its_data_is_parsed_and_the_application_has_room(
    flow: ReadFlow, reading: Reading
):
    for first, second in ((flow.release, flow.resume_reading), (flow.resume_reading, flow.release)):
        flow.hold()
        flow.pause_reading()
        first()
        assert not reading.is_read
        second()
        assert reading.is_read


def test_a_connection_that_closes_is_not_read_again(flow: ReadFlow, reading: Reading):
    flow.hold()
    reading.closing = True
    flow.release()
    assert not reading.is_read


def test_the_data_of_2_048_connections_waits_and_not_that_of_one_more():
    # Each has 32 KB in memory: together 64 MB.
    queue = ReadQueue()
    waiting = [Slow(1 + place, []) for place in range(2_049)]
    for connection in waiting:
        assert not any(each.is_refused for each in waiting[:16])
        queue.add(connection)
    # Of the sixteen that have waited for longest, the one with the most data.
    assert [each.left for each in waiting if each.is_refused] == [16]
