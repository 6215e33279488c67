from __future__ import annotations

import pytest

from scripts.cost.capacity.request_mix import HEAVY, KINDS, TYPICAL, RequestMix, seconds_per_byte


def test_the_mean_of_a_mix_is_weighted_by_its_shares():
    by_kind = {"query": 1.0, "body": 2.0, "batch": 50.0, "connection": 4.0}
    mix = RequestMix(body=30, batch=1, connection=10)
    assert mix.query == 59
    assert mix.mean(by_kind) == pytest.approx((59 * 1 + 30 * 2 + 1 * 50 + 10 * 4) / 100)
    assert RequestMix(body=0, batch=0, connection=0).mean(by_kind) == 1


def test_shares_of_more_than_all_requests_are_refused():
    with pytest.raises(ValueError, match="between 0 and 100"):
        RequestMix(body=60, batch=30, connection=20)


def test_the_heavy_mix_has_more_of_each_expensive_kind():
    assert HEAVY.body > TYPICAL.body
    assert HEAVY.batch > TYPICAL.batch
    assert HEAVY.connection > TYPICAL.connection


def test_every_kind_is_a_whole_request_as_a_load_balancer_sends_it():
    for name, kind in KINDS.items():
        head, _, body = kind.data.partition(b"\r\n\r\n")
        assert b"X-Forwarded-For: " in head
        assert (f"Content-Length: {len(body)}".encode() in head) == bool(body)
        assert kind.reconnects == (name == "connection") == (b"Connection: close" in head)


def test_a_byte_costs_the_difference_of_a_large_and_a_small_body():
    more = len(KINDS["batch"].data) - len(KINDS["body"].data)
    assert more > 3_500
    assert seconds_per_byte({"body": 1.0, "batch": 11.0}) == pytest.approx(10 / more)
