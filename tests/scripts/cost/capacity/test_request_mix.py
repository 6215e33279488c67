from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.capacity.request_mix import (
    BATCH_CONNECTIONS,
    KINDS,
    ROWS,
    TYPICAL,
    RequestMix,
    seconds_per_byte,
)
from service.settings import Settings


def test_the_mean_of_a_mix_is_weighted_by_its_shares():
    by_kind = {"query": 1.0, "body": 2.0, "batch": 50.0, "connection": 4.0, "body_connection": 5.0}
    mix = RequestMix(body=30, batch=1, connection=10, body_connection=2)
    assert mix.shares["query"] == 57
    assert mix.mean(by_kind) == pytest.approx((57 * 1 + 30 * 2 + 1 * 50 + 10 * 4 + 2 * 5) / 100)
    assert RequestMix().mean(by_kind) == 1


def test_shares_of_more_than_all_requests_are_refused():
    with pytest.raises(ValueError, match="together at most 100, not 60 body, 30 batch, 20 connection"):
        RequestMix(body=60, batch=30, connection=20)


@given(st.floats(0, 50), st.floats(0, 20), st.floats(0, 30))
def test_the_worst_case_has_no_query_no_open_connection_and_no_fewer_batches(
    body: float, batch: float, connection: float
):
    mix = RequestMix(body=body, batch=batch, connection=connection)
    worst = mix.worst_case.shares
    assert worst["query"] == pytest.approx(0)
    assert worst["body"] == worst["connection"] == 0
    assert worst["batch"] >= batch
    by_kind = {"query": 1.0, "body": 1.2, "batch": 7.0, "connection": 4.0, "body_connection": 4.2}
    assert mix.worst_case.mean(by_kind) >= mix.mean(by_kind)


def test_every_kind_is_a_whole_request():
    for name, kind in KINDS.items():
        head, _, body = kind.data.partition(b"\r\n\r\n")
        assert (f"Content-Length: {len(body)}".encode() in head) == bool(body)
        assert kind.reconnects == ("connection" in name) == (b"Connection: close" in head)
        assert body.count(b'"pl"') == ROWS.get(name, int("body" in name))


def test_fewer_batches_are_sent_at_once_than_a_worker_accepts():
    batches = [KINDS[name] for name in ROWS]
    assert {it.connections for it in batches} == {BATCH_CONNECTIONS}
    assert Settings.max_batches > BATCH_CONNECTIONS


def test_a_byte_costs_the_difference_of_two_batches():
    more = len(KINDS["large_batch"].data) - len(KINDS["batch"].data)
    assert more > 900 * len('{"pl":"1","pw":"1","sl":"1","sw":"1"}')
    assert seconds_per_byte({"batch": 1.0, "large_batch": 11.0}) == pytest.approx(10 / more)
    assert seconds_per_byte({"batch": 1.0, "large_batch": 0.9}) == 0, "noise is no negative price"


def test_the_typical_mix_opens_connections_as_often_as_the_assumption():
    assert TYPICAL.connection == 100 / Assumptions().requests_per_connection
