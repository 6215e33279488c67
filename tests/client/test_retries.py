"""Requests that may be sent again, and the budget of all retries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typing_extensions import override

from client import retries
from client.retries import RESERVE, SHARE, RetryBudget, is_repeatable, retry_after_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

CLASSIFY = ("/api/v01/classify",)


# RFC 9110, 9.2.2: PUT, DELETE and the safe methods are idempotent.
@pytest.mark.parametrize(
    ("method", "repeatable"),
    [
        *((method, True) for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")),
        *((method, False) for method in ("POST", "PATCH", "CONNECT", "QUERYISH")),
    ],
)
def test_idempotent_methods_are_repeatable(method: str, *, repeatable: bool):
    assert is_repeatable(httpx.Request(method, "http://iris/"), ()) is repeatable


@pytest.mark.parametrize(
    ("path", "repeatable"), [("/api/v01/classify", True), ("/api/v01/classify/batch", True), ("/v2", False)]
)
def test_a_post_is_repeatable_at_the_paths_that_the_caller_declares(path: str, *, repeatable: bool):
    request = httpx.Request("POST", f"http://iris{path}", content=b"{}")
    assert is_repeatable(request, CLASSIFY) is repeatable
    assert not is_repeatable(request, ())


def test_a_body_that_can_be_read_only_once_is_not_sent_twice():
    def body() -> Iterator[bytes]:
        yield b"{}"

    assert not is_repeatable(httpx.Request("PUT", "http://iris/", content=body()), ())


def test_an_outage_adds_a_fifth_of_the_requests_after_the_reserve():
    budget = RetryBudget(clock=lambda: 0.0)
    withdrawn = 0
    for _ in range(10_000):
        budget.record_request()
        withdrawn += budget.withdraw()
    assert withdrawn == pytest.approx(RESERVE + SHARE * 10_000, rel=0.01)


class Standing(datetime):
    """Clock that stands still."""

    @override
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime(2026, 1, 1, tzinfo=UTC).astimezone(tz)


def test_retry_after_is_a_number_of_seconds_or_a_date(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(retries, "datetime", Standing)
    assert retry_after_seconds("7") == 7
    in_a_minute = format_datetime(Standing.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert retry_after_seconds(in_a_minute) == 60
    of_another_zone = format_datetime(Standing.now(timezone(timedelta(hours=2))) + timedelta(seconds=60))
    assert retry_after_seconds(of_another_zone) == 60
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    # RFC 5322, 3.3: -0000 is UTC, without a statement about the local zone.
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 -0000") == 0
    assert retry_after_seconds(" 7 ") == 7
    assert retry_after_seconds("soon") is None
    assert retry_after_seconds(None) is None


def test_a_retry_takes_the_shares_of_five_requests():
    budget = RetryBudget(lambda: 0.0)
    while budget.withdraw():
        pass
    for _ in range(3):
        for _ in range(4):
            budget.record_request()
            assert not budget.withdraw()
        budget.record_request()
        assert budget.withdraw()


# docs/clients.md: "a fifth of all requests after a reserve of a hundred".
def test_the_reserve_is_a_hundred_retries_and_is_never_more():
    now = 0.0
    budget = RetryBudget(lambda: now)
    for _ in range(2):
        assert sum(budget.withdraw() for _ in range(200)) == 100
        now += 3_600
        for _ in range(1_000):
            budget.record_request()


def test_a_client_with_few_requests_has_ten_retries_a_second():
    now = 0.0
    budget = RetryBudget(lambda: now)
    while budget.withdraw():
        pass
    now += 1.0
    assert sum(budget.withdraw() for _ in range(200)) == 10
