"""Course of a request at the instances of a target group."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from botocore.exceptions import ClientError
from typing_extensions import override

from client import balancer as balancers
from client.balancer import Balancer, Exchange
from client.instance import Instance
from client.retries import RetryBudget
from tests.client.balanced import Fleet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.balanced import Balanced
    from tests.client.conftest import Serve

ONE = Instance("i-1", "10.0.1.1", 8001)
TWO = Instance("i-2", "10.0.1.2", 8002)
SICK = Instance("i-0", "10.0.1.3", 8003, healthy=False)
GET = httpx.Request("GET", "http://iris/listpredictors")
OVERLOADED = httpx.Response(503, headers={"retry-after": "3"})


@pytest.fixture
def fleet() -> Fleet:
    return Fleet(ONE, TWO)


@pytest.fixture
def balanced(balancing: Callable[[Fleet], Balanced], fleet: Fleet) -> Balanced:
    created = balancing(fleet)
    created.balancer.discover()
    return created


@pytest.fixture
def balancer(balanced: Balanced) -> Balancer:
    return balanced.balancer


def chosen(balancer: Balancer) -> str:
    """Return the instance of a request that succeeds."""
    exchange = Exchange(balancer, GET)
    host = exchange.begin().url.host
    exchange.answer(httpx.Response(200))
    exchange.close()
    return host


def test_where_none_is_healthy_a_retry_goes_to_an_instance_that_was_not_tried():
    instances = [Instance(f"i-{port}", "127.0.0.1", port, healthy=False) for port in (1, 2, 3)]
    with closing(Balancer(lambda: instances, lambda candidates, _: candidates[0], (), None)) as balancer:
        balancer.discover()
        exchange = Exchange(balancer, httpx.Request("GET", "http://iris/"))
        ports: list[int | None] = []
        may_repeat = True
        while may_repeat:
            ports.append(exchange.begin().url.port)
            may_repeat = exchange.fail(httpx.ConnectError("refused"))
    assert ports == [1, 2, 3]


def test_an_attempt_is_the_request_itself_with_the_address_of_its_instance(balancer: Balancer):
    request = httpx.Request(
        "POST",
        "http://iris/api/v01/classify?pl=1",
        headers={"x-request-id": "a"},
        content=b"{}",
        extensions={"timeout": {"read": 3.0}},
    )
    attempt = Exchange(balancer, request).begin()
    assert (attempt.method, str(attempt.url)) == ("POST", "http://10.0.1.1:8001/api/v01/classify?pl=1")
    assert attempt.headers == request.headers
    assert attempt.headers["host"] == "iris"
    assert attempt.read() == b"{}"
    assert attempt.extensions == {"timeout": {"read": 3.0}}


def test_an_instance_that_the_load_balancer_found_unhealthy_gets_nothing_while_another_is_healthy(
    balancing: Callable[[Fleet], Balanced],
):
    balancer, _ = balancing(Fleet(SICK, TWO))
    balancer.discover()
    assert [chosen(balancer) for _ in range(3)] == [TWO.host] * 3


def test_a_request_is_outstanding_from_its_attempt_until_its_body_is_read(fleet: Fleet, balancer: Balancer):
    first, second = Exchange(balancer, GET), Exchange(balancer, GET)
    first.begin()
    first.answer(httpx.Response(200))
    second.begin()
    assert fleet.outstanding == {ONE: 1}
    for _ in range(2):  # a body that is closed twice was one request
        first.close()
    Exchange(balancer, GET).begin()
    assert fleet.outstanding == {ONE: 1}


def test_an_attempt_that_failed_is_no_longer_outstanding(fleet: Fleet, balancer: Balancer):
    exchange = Exchange(balancer, GET)
    exchange.begin()
    assert exchange.fail(httpx.ReadError("reset"))
    exchange.begin()
    assert fleet.outstanding == {}


# docs/clients.md: "A request has at most three attempts".
def test_a_request_has_three_attempts_and_leaves_the_budget_to_others_after_them(
    balancer: Balancer, monkeypatch: pytest.MonkeyPatch
):
    withdrawn: list[bool] = []
    withdraw = balancer.withdraw_retry
    monkeypatch.setattr(balancer, "withdraw_retry", lambda: withdrawn.append(True) or withdraw())
    exchange = Exchange(balancer, GET)
    goes_on: list[bool] = []
    for _ in range(3):
        exchange.begin()
        goes_on.append(exchange.fail(httpx.ConnectError("refused")))
    assert goes_on == [True, True, False]
    assert len(withdrawn) == 2


@pytest.mark.parametrize(
    ("error", "another_attempt", "is_ejected", "is_discovered_anew"),
    [
        (httpx.ConnectError("refused"), True, True, True),
        (httpx.ConnectTimeout("no answer"), True, False, True),
        (httpx.ReadError("reset"), True, False, True),
        (httpx.RemoteProtocolError("closed"), True, False, True),
        (httpx.ReadTimeout("slow"), False, False, False),
        # Faults of the client itself say nothing about the instance.
        (httpx.PoolTimeout("no connection is free"), False, False, False),
        (httpx.LocalProtocolError("header"), False, False, False),
        (httpx.UnsupportedProtocol("ftp"), False, False, False),
    ],
)
def test_each_error_has_its_own_effect(
    balanced: Balanced,
    error: httpx.TransportError,
    *,
    another_attempt: bool,
    is_ejected: bool,
    is_discovered_anew: bool,
):
    balancer, upkeep = balanced
    exchange = Exchange(balancer, GET)
    exchange.begin()
    assert exchange.fail(error) is another_attempt
    assert upkeep.is_woken is is_discovered_anew
    assert (chosen(balancer) == TWO.host) is is_ejected


@pytest.mark.parametrize("kind", [httpx.PoolTimeout, httpx.LocalProtocolError, httpx.UnsupportedProtocol])
def test_faults_of_the_client_never_eject_an_instance(balancer: Balancer, kind: type[httpx.TransportError]):
    for _ in range(5):
        exchange = Exchange(balancer, GET)
        exchange.begin()
        exchange.fail(kind("a fault"))
    assert chosen(balancer) == ONE.host


def test_timeouts_in_a_row_and_bodies_that_break_off_eject_an_instance(balancer: Balancer):
    for _ in range(2):
        exchange = Exchange(balancer, GET)
        exchange.begin()
        assert not exchange.fail(httpx.ReadTimeout("slow"))
    assert chosen(balancer) == ONE.host  # which ends the row
    for _ in range(3):
        exchange = Exchange(balancer, GET)
        exchange.begin()
        exchange.break_off(httpx.ReadError("reset"))
        exchange.close()
    assert chosen(balancer) == TWO.host


def test_a_request_waits_only_if_every_instance_asks_for_a_pause(balancer: Balancer):
    balancer.record_response(ONE, OVERLOADED)
    assert balancer.pause_left() == 0
    assert Exchange(balancer, GET).pause() == 0
    balancer.record_response(TWO, httpx.Response(503, headers={"retry-after": "60"}))
    assert balancer.pause_left() == 3  # until the first one answers again
    assert Exchange(balancer, GET).pause() == 3


def test_no_request_waits_for_a_pause_of_more_than_five_seconds(balancer: Balancer):
    for instance in (ONE, TWO):
        balancer.record_response(instance, httpx.Response(503, headers={"retry-after": "6"}))
    assert Exchange(balancer, GET).pause() == 0


def test_a_long_pause_of_every_instance_is_the_callers_and_takes_no_retry(balancer: Balancer):
    long = httpx.Response(503, headers={"retry-after": "7"})
    balancer.record_response(TWO, long)
    exchange = Exchange(balancer, GET)
    exchange.begin()
    assert not exchange.answer(long)


# docs/clients.md: "an error 5xx: the caller's; three in a row eject the instance".
@pytest.mark.parametrize(
    ("status", "is_failure"),
    [
        (200, False),
        (302, False),
        (400, False),
        (429, False),
        (499, False),
        (500, True),
        (502, True),
        (599, True),
    ],
)
def test_only_errors_of_the_server_eject_an_instance(balancer: Balancer, status: int, *, is_failure: bool):
    for _ in range(3):
        balancer.record_response(ONE, httpx.Response(status))
    assert (chosen(balancer) == TWO.host) is is_failure


# The best kind that there is, first: healthy and not tried, healthy, not tried, any.
@pytest.mark.parametrize(
    ("registered", "tried", "expected"),
    [
        ([ONE, TWO], [ONE], [TWO]),
        ([ONE, TWO], [ONE, TWO], [ONE, TWO]),
        ([ONE, SICK], [], [ONE]),
        ([ONE, SICK], [ONE], [ONE]),
        ([SICK, replace(ONE, healthy=False)], [SICK], [ONE]),
        ([SICK], [SICK], [SICK]),
        ([TWO, SICK, ONE], [], [ONE, TWO]),  # sorted, as the choices expect
    ],
)
def test_the_candidates_of_an_attempt_are_the_best_that_there_are(
    balancing: Callable[[Fleet], Balanced],
    registered: list[Instance],
    tried: list[Instance],
    expected: list[Instance],
):
    fleet = Fleet(*registered)
    balancer, _ = balancing(fleet)
    balancer.discover()
    exchange = Exchange(balancer, GET)
    exchange.tried = tried
    exchange.begin()
    assert fleet.candidates == expected


def test_a_503_without_a_pause_is_a_failure_and_the_callers(balancer: Balancer):
    for _ in range(3):
        exchange = Exchange(balancer, GET)
        assert exchange.begin().url.host == ONE.host
        assert not exchange.answer(httpx.Response(503))
        exchange.close()
    assert chosen(balancer) == TWO.host


def test_a_post_that_an_overloaded_instance_refused_is_sent_again_only_where_that_is_declared(
    balancer: Balancer,
):
    for path, is_repeated in (("/api/v01/classify", True), ("/other", False)):
        exchange = Exchange(balancer, httpx.Request("POST", f"http://iris{path}", content=b"{}"))
        exchange.begin()
        assert exchange.answer(OVERLOADED) is is_repeated


def test_requests_that_wait_for_the_first_discovery_share_it(balancing: Callable[[Fleet], Balanced]):
    fleet = Fleet(ONE)
    balancer, upkeep = balancing(fleet)
    assert not balancer.has_discovered
    for _ in range(3):
        balancer.discover()
    assert balancer.has_discovered
    assert fleet.discoveries == 1
    assert (upkeep.is_started, upkeep.interval) == (True, 5)
    balancer.close()
    assert upkeep.is_closed


def test_an_instance_that_left_and_returned_begins_anew(fleet: Fleet, balanced: Balanced):
    balancer, upkeep = balanced
    exchange = Exchange(balancer, GET)
    exchange.begin()
    exchange.fail(httpx.ConnectError("refused"))
    assert chosen(balancer) == TWO.host
    for registered in ([TWO], [ONE, TWO]):
        fleet.instances = registered
        upkeep.work()
    assert chosen(balancer) == ONE.host


def test_an_empty_group_is_discovered_anew_by_a_request_that_fails(balancing: Callable[[Fleet], Balanced]):
    balancer, upkeep = balancing(Fleet())
    balancer.discover()
    with pytest.raises(httpx.ConnectError, match="no instance"):
        Exchange(balancer, GET).begin()
    assert upkeep.is_woken


@pytest.mark.parametrize(
    "error", [OSError("no AWS API"), ClientError({"Error": {"Code": "Throttling"}}, "DescribeTargetHealth")]
)
def test_the_instances_of_before_stay_while_the_aws_api_fails(
    fleet: Fleet, balanced: Balanced, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    balancer, upkeep = balanced

    def fail() -> list[Instance]:
        raise error

    monkeypatch.setattr(balancer, "_discover", fail)
    upkeep.work()
    assert chosen(balancer) == ONE.host
    monkeypatch.setattr(balancer, "_discover", fleet.discover)
    fleet.instances = [TWO]
    upkeep.work()
    assert chosen(balancer) == TWO.host


# docs/clients.md: "check of `check_path` failed: no request until one passes".
def test_an_instance_whose_check_is_refused_gets_nothing_and_one_that_passes_gets_requests(
    balancing: Callable[..., Balanced], faulty: Serve
):
    with faulty(200) as passing, faulty(503) as failing:
        good, bad = (
            Instance(name, "127.0.0.1", server.server_port)
            for name, server in (("i-9", passing), ("i-2", failing))
        )
        refused = Instance("i-1", "127.0.0.1", 1)  # tcpmux's port, on which no process listens
        balancer, upkeep = balancing(Fleet(refused, bad, good), "/readyz")
        balancer.discover()
        assert Exchange(balancer, GET).begin().url.port == refused.port
        upkeep.work()
        assert (passing.received, failing.received) == (["GET"], ["GET"])
        assert Exchange(balancer, GET).begin().url.port == good.port
        failing.status = 200
        upkeep.work()
        assert Exchange(balancer, GET).begin().url.port == bad.port


class Budget(RetryBudget):
    """Budget that counts the requests that add to it."""

    requests = 0

    @override
    def record_request(self) -> None:
        self.requests += 1


def test_only_the_first_attempt_of_a_request_adds_to_the_budget(
    balancing: Callable[[Fleet], Balanced], fleet: Fleet, monkeypatch: pytest.MonkeyPatch
):
    budget = Budget()
    monkeypatch.setattr(balancers, "RetryBudget", lambda: budget)
    balancer, _ = balancing(fleet)
    balancer.discover()
    exchange = Exchange(balancer, GET)
    for _ in range(3):
        exchange.begin()
        exchange.fail(httpx.ConnectError("refused"))
    assert budget.requests == 1
