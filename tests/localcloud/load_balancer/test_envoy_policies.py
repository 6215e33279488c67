"""Algorithms of a target group as Envoy's policies, some of them in a running Envoy."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest
from typing_extensions import override

from localcloud.health_probe import NO_CERTIFICATES
from localcloud.load_balancer.envoy_policies import (
    ALGORITHM,
    ALGORITHM_TAG,
    LEAST_LOAD,
    LOAD_HEADER,
    fail_open_percentage,
    policy_options,
    tagged_algorithm,
)
from service.telemetry.load_report import HEADER, load_header
from tests.http_server import running_server
from tests.localcloud.load_balancer.test_envoy_config import balanced
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

MITIGATION = "load_balancing.algorithm.anomaly_mitigation"


# ELB user guide, "Target group attributes": the values of load_balancing.algorithm.type.
@pytest.mark.parametrize(
    ("algorithm", "policy"),
    [
        ("round_robin", '"lb_policy": "ROUND_ROBIN"'),
        ("least_outstanding_requests", ".LeastRequest"),
        ("weighted_random", '"lb_policy": "RANDOM"'),
    ],
)
def test_each_algorithm_has_its_policy(algorithm: str, policy: str):
    assert policy in json.dumps(policy_options({ALGORITHM: algorithm}))


def test_slow_start_is_configured_if_it_is_enabled():
    window = policy_options({ALGORITHM: "round_robin", "slow_start.duration_seconds": "30"})
    assert window["round_robin_lb_config"] == {"slow_start_config": {"slow_start_window": "30s"}}


# ELB user guide, "Automatic Target Weights": from three healthy targets.
# ELB user guide, "Target group health".
@pytest.mark.parametrize(("percentage", "expected"), [(None, 1), ("off", 1), ("50", 50), ("100", 100)])
def test_requests_go_to_all_targets_below_the_percentage_of_healthy_ones(
    percentage: str | None, expected: int
):
    key = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage"
    attributes = {} if percentage is None else {key: percentage}
    assert fail_open_percentage(attributes) == expected


def test_anomalies_are_mitigated_only_where_the_attribute_says_so():
    options = policy_options({ALGORITHM: "weighted_random", MITIGATION: "on"})
    assert options["outlier_detection"]["failure_percentage_minimum_hosts"] == 3
    # At most half of the targets, so that the others are not overwhelmed.
    assert options["outlier_detection"]["max_ejection_percent"] == 50
    # By no other criterion: Envoy's defaults would eject a target after five errors 5xx in a row.
    enforced = {name: share for name, share in options["outlier_detection"].items() if "enforcing" in name}
    assert {name for name, share in enforced.items() if share} == {"enforcing_failure_percentage"}
    assert len(enforced) == 4
    assert "outlier_detection" not in policy_options({ALGORITHM: "weighted_random", MITIGATION: "off"})


def test_a_tag_replaces_the_algorithm_by_one_that_an_alb_does_not_have():
    assert tagged_algorithm({ALGORITHM_TAG: "least_load"}) == {ALGORITHM: LEAST_LOAD}
    assert tagged_algorithm({ALGORITHM_TAG: "round_robin"}) == tagged_algorithm({}) == {}


def test_the_service_reports_its_load_in_the_header_that_envoy_reads():
    assert HEADER.decode() == LOAD_HEADER


@contextmanager
def target(status: Callable[[int], int], **headers: str) -> Generator[ThreadingHTTPServer]:
    """Run a target that answers its n-th request with a status, and each with its port and these headers."""
    numbers = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/readyz" else status(next(numbers)))
            for name, value in {"content-length": "0", "x-port": str(server.server_port), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    with running_server(Handler) as server:
        yield server


def ports_of(responses: list[httpx.Response]) -> Counter[str]:
    return Counter(response.headers["x-port"] for response in responses)


def test_requests_go_where_the_reported_load_is_least(tmp_path: Path):
    # Twice and six times as long for a request: weights of 6 : 3 : 1.
    reports = [load_header(100, seconds)[1].decode() for seconds in (0.001, 0.002, 0.006)]
    with ExitStack() as stack:
        targets = [stack.enter_context(target(lambda _: 200, **{LOAD_HEADER: report})) for report in reports]
        ports = [each.server_port for each in targets]
        url = stack.enter_context(balanced(tmp_path, ports, **{ALGORITHM: LEAST_LOAD}))
        client = stack.enter_context(
            httpx.Client(base_url=url, trust_env=False, timeout=20, verify=NO_CERTIFICATES)
        )

        def shares() -> list[int]:
            responses = [client.get("/api") for _ in range(100)]
            assert all(LOAD_HEADER not in response.headers for response in responses)
            return [ports_of(responses)[str(port)] for port in ports]

        def are_weighted() -> bool:
            first, second, third = shares()
            return abs(first - 60) <= 5 and abs(second - 30) <= 5 and abs(third - 10) <= 5

        until(are_weighted)


# ELB user guide, "Target group attributes": to the target with the lowest number of requests in progress.
def test_with_least_outstanding_requests_a_target_that_answers_nothing_gets_hardly_any_more(tmp_path: Path):
    hanging: list[int] = []
    is_released = threading.Event()

    def hang(number: int) -> int:
        hanging.append(number)
        is_released.wait(60)
        return 200

    with ExitStack() as stack:
        stack.callback(is_released.set)
        targets = [stack.enter_context(target(hang)), stack.enter_context(target(lambda _: 200))]
        ports = [each.server_port for each in targets]
        url = stack.enter_context(balanced(tmp_path, ports, **{ALGORITHM: "least_outstanding_requests"}))

        def get() -> httpx.Response:
            return httpx.get(f"{url}/api", trust_env=False, timeout=60, verify=NO_CERTIFICATES)

        pool = stack.enter_context(ThreadPoolExecutor(90))
        sent: list[Future[httpx.Response]] = []

        def send() -> None:
            """Send a request, and wait until it is answered or hangs."""
            so_far = len(hanging)
            sent.append(pool.submit(get))
            until(lambda: sent[-1].done() or len(hanging) > so_far, 60)

        while not hanging:
            send()
        # One at a time: the other target must have none in progress. The one that hangs gets 1 / 256 of them,
        # and more than 6 of 80 with a probability of 3e-8. Of two at random it would get a quarter, and so
        # few with a probability of 5e-5.
        for _ in range(80):
            send()
        assert len(hanging) <= 1 + 6
        is_released.set()
        assert {each.result().status_code for each in sent} == {200}


def test_with_least_outstanding_requests_a_target_that_refuses_connections_fails_no_request(tmp_path: Path):
    def answer_late(_: int) -> int:
        time.sleep(0.2)
        return 200

    with ExitStack() as stack:
        targets = [stack.enter_context(target(answer_late, connection="close")) for _ in range(2)]
        ports = [each.server_port for each in targets]
        url = stack.enter_context(balanced(tmp_path, ports, **{ALGORITHM: "least_outstanding_requests"}))

        def send(_: int) -> int:
            return httpx.get(f"{url}/api", trust_env=False, timeout=40, verify=NO_CERTIFICATES).status_code

        pool = stack.enter_context(ThreadPoolExecutor(8))
        assert set(pool.map(send, range(16))) == {200}
        targets[0].shutdown()
        targets[0].server_close()
        # It never has a request in progress; the other one always has.
        assert set(pool.map(send, range(40))) == {200}


def test_a_target_with_more_errors_than_the_others_gets_fewer_requests(tmp_path: Path):
    with ExitStack() as stack:
        healthy = [stack.enter_context(target(lambda _: 200)) for _ in range(2)]
        failing = stack.enter_context(target(lambda number: 500 if number % 2 else 200))
        ports = [each.server_port for each in (failing, *healthy)]
        anomalies = {ALGORITHM: "weighted_random", MITIGATION: "on"}
        url = stack.enter_context(balanced(tmp_path, ports, **anomalies))
        client = stack.enter_context(
            httpx.Client(base_url=url, trust_env=False, timeout=20, verify=NO_CERTIFICATES)
        )

        pool = stack.enter_context(ThreadPoolExecutor(8))

        def is_avoided() -> bool:
            # At once: a target counts if it has had ten requests in two seconds, also on a slow machine.
            responses = list(pool.map(client.get, ["/api"] * 50))
            return ports_of(responses)[str(failing.server_port)] == 0

        until(is_avoided)
