from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typing_extensions import override

from localcloud.health_probe import NO_CERTIFICATES
from localcloud.load_balancer.envoy import (
    SocketPathError,
    check_socket_path,
    command,
    reason_of_refusal,
)
from localcloud.load_balancer.envoy_config import (
    EnvoyFiles,
    EnvoyTarget,
    configuration_files,
    endpoint_config,
    parse_target_statuses,
)
from localcloud.load_balancer.envoy_policies import LB_POLICIES, LEAST_LOAD
from localcloud.processes import find_free_port
from localcloud.state_dir import replace_text

if TYPE_CHECKING:
    from collections.abc import Generator

LOAD_BALANCER = {
    "idle_timeout.timeout_seconds": "60",
    "routing.http.xff_header_processing.mode": "append",
}
TARGET_GROUP: dict[str, Any] = {
    "HealthCheckPath": "/readyz",
    "HealthCheckIntervalSeconds": 5,
    "HealthCheckTimeoutSeconds": 2,
    "HealthyThresholdCount": 2,
    "UnhealthyThresholdCount": 3,
    "Matcher": {"HttpCode": "200,204-206"},
}


FOLDER = Path("/var/cloud")
FILES = EnvoyFiles(FOLDER)


def configured(folder: Path = FOLDER, /, **attributes: str) -> dict[Path, dict[str, Any]]:
    attributes = {"load_balancing.algorithm.type": "round_robin"} | attributes
    return configuration_files(EnvoyFiles(folder), 8080, LOAD_BALANCER, TARGET_GROUP, attributes)


def write(contents: dict[Path, dict[str, Any]]) -> None:
    """Write files as the local cloud does: replaced as a whole."""
    for file, content in contents.items():
        replace_text(file, json.dumps(content))


def cluster(**attributes: str) -> dict[str, Any]:
    (resource,) = configured(**attributes)[FILES.clusters]["resources"]
    return resource


def listener() -> dict[str, Any]:
    (resource,) = configured()[FILES.listeners]["resources"]
    return resource


def test_it_listens_only_on_loopback():
    address = listener()["address"]["socket_address"]
    assert address == {"address": "127.0.0.1", "port_value": 8080}


def test_only_its_owner_can_reach_the_admin_interface():
    assert configured()[FILES.bootstrap]["admin"]["address"]["pipe"]["mode"] == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of Linux")
def test_the_longest_path_of_a_socket_is_that_of_the_system(tmp_path: Path):
    # unix(7): sun_path has 108 bytes, of which the last one is zero.
    longest = EnvoyFiles(Path("/" + "é" * 47 + "a"))
    assert len(os.fsencode(longest.admin)) == 107
    check_socket_path(longest)
    with pytest.raises(SocketPathError, match=r"has 108 bytes, .* \(at most 107\); choose .* with --home"):
        check_socket_path(EnvoyFiles(Path("/" + "é" * 47 + "ab")))
    check_socket_path(EnvoyFiles(tmp_path))


def test_a_route_may_be_known_before_its_target_group():
    # Envoy would refuse the whole listener (its documentation, "validate_clusters").
    connections = listener()["filter_chains"][0]["filters"][0]["typed_config"]
    assert connections["route_config"]["validate_clusters"] is False


def test_envoy_leaves_the_processors_to_the_instances():
    words = command(FILES)
    assert words[words.index("--concurrency") + 1] == "1"


def test_the_reason_of_a_refusal_is_that_of_the_latest_one(tmp_path: Path):
    log = tmp_path / "envoy.log"
    lines = (
        "[warning] config update rejected: the first reason\n",
        "[info] another line\n",
        "[warning] cds: config update rejected: the second reason \n",
        "[info] the last line\n",
    )
    log.write_text("".join(lines))
    assert reason_of_refusal(log) == "the second reason"
    log.write_text(lines[1])
    assert reason_of_refusal(log) == ""


def test_the_health_check_is_that_of_the_target_group():
    check = cluster()["health_checks"][0]
    assert (check["interval"], check["timeout"]) == ("5s", "2s")
    assert (check["healthy_threshold"], check["unhealthy_threshold"]) == (2, 3)
    assert check["http_health_check"] == {
        "path": "/readyz",
        "expected_statuses": [{"start": 200, "end": 201}, {"start": 204, "end": 207}],
    }


def test_targets_without_requests_are_checked_as_often_as_others():
    # Envoy's default is once a minute.
    check = cluster()["health_checks"][0]
    assert check["no_traffic_interval"] == check["interval"]


def test_a_request_that_no_target_has_received_is_sent_to_three_others():
    (host,) = listener()["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]["virtual_hosts"]
    policy = host["retry_policy"]
    # Envoy's documentation, "retry_on": `reset` would repeat requests that a target has received.
    assert {*policy["retry_on"].split(",")} == {"connect-failure", "refused-stream"}
    assert policy["num_retries"] == 3
    assert [each["name"] for each in policy["retry_host_predicate"]] == ["other_host"]


@pytest.mark.parametrize("algorithm", [*LB_POLICIES, LEAST_LOAD])
def test_envoy_accepts_the_configuration(algorithm: str, tmp_path: Path):
    files = EnvoyFiles(tmp_path)
    files.endpoints.write_text(json.dumps(endpoint_config([EnvoyTarget("i-1", 9000)])))
    anomalies = {"load_balancing.algorithm.anomaly_mitigation": "on"}
    write(configured(tmp_path, **{"load_balancing.algorithm.type": algorithm} | anomalies))
    validate = [*command(files), "--mode", "validate"]
    checked = subprocess.run(validate, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


# Elastic Load Balancing user guide, "Target group health": requests go to all targets, healthy or not, only
# when not one is healthy. Envoy's own threshold would be 50 %.
def test_all_targets_get_requests_only_if_none_is_healthy():
    config = cluster()["common_lb_config"]
    assert config == {"healthy_panic_threshold": {"value": 1}}
    for targets in range(1, 100):
        assert 100 / targets > config["healthy_panic_threshold"]["value"]  # one healthy target is sufficient


def test_a_deregistered_target_gets_no_requests_even_if_it_is_healthy():
    assert cluster()["ignore_health_on_host_removal"] is True


def test_envoys_own_limits_reject_no_requests():
    assert cluster()["circuit_breakers"] == {
        "thresholds": [
            {
                "max_connections": 1_000_000,
                "max_pending_requests": 1_000_000,
                "max_requests": 1_000_000,
                "max_retries": 1_000_000,
            }
        ]
    }


def test_targets_are_identified_by_their_instance_ids():
    hosts = [
        {
            "hostname": "i-1",
            "health_status": {"eds_health_status": "HEALTHY"},
            "stats": [stat("rq_total", 7)],
        },
        {
            "hostname": "i-2",
            "health_status": {"failed_active_health_check": True},
            "stats": [stat("rq_total", 0)],
        },
        {
            "hostname": "i-3",
            # As Envoy writes it before the first health check of a host.
            "health_status": {"failed_active_health_check": True, "pending_active_hc": True},
            "stats": [stat("rq_total", 0)],
        },
    ]
    found = parse_target_statuses({"cluster_statuses": [{"name": "fleet", "host_statuses": hosts}]})
    assert {name: (status.healthy, status.requests) for name, status in found.items()} == {
        "i-1": (True, 7),
        "i-2": (False, 0),
        "i-3": (None, 0),
    }


def test_the_versions_of_the_files_tell_what_a_running_envoy_was_started_with(tmp_path: Path):
    # A bootstrap is read only at the start: with another one, Envoy is replaced.
    files = EnvoyFiles(tmp_path)
    assert files.versions() == {}
    write(configured(tmp_path))
    first = files.versions()
    assert set(first) == {"bootstrap", "listeners", "clusters"}
    write(configured(tmp_path, **{"slow_start.duration_seconds": "30"}))
    second = files.versions()
    assert {name for name in first if first[name] != second[name]} == {"clusters"}
    bootstrap = json.loads(files.bootstrap.read_text())
    elsewhere = configured(tmp_path / "elsewhere")[EnvoyFiles(tmp_path / "elsewhere").bootstrap]
    assert bootstrap["node"]["metadata"] == {"version": first["bootstrap"]}
    assert elsewhere["node"]["metadata"] != bootstrap["node"]["metadata"]


def test_a_new_envoy_has_no_targets():
    assert parse_target_statuses({}) == {}


def stat(name: str, value: int) -> dict[str, Any]:
    """Return a counter as Envoy writes it: without a value if it is zero."""
    return {"name": name} | ({"value": str(value)} if value else {})


@contextmanager
def closing_target(paths: list[str]) -> Generator[int]:
    """Run a healthy target that closes the connection of every other request without a response.

    Args:
        paths: Receives the path of each request that is no health check.

    Yields:
        Its port.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/readyz":
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()
            else:
                paths.append(self.path)
                self.close_connection = True

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def balanced(folder: Path, ports: list[int], **attributes: str) -> Generator[str]:
    """Run Envoy in front of targets on these ports; yield its URL once it forwards requests."""
    files, port = EnvoyFiles(folder), find_free_port()
    targets = [EnvoyTarget(f"i-{number}", target) for number, target in enumerate(ports)]
    attributes = {"load_balancing.algorithm.type": "round_robin"} | attributes
    files.endpoints.write_text(json.dumps(endpoint_config(targets)))
    write(configuration_files(files, port, LOAD_BALANCER, TARGET_GROUP, attributes))
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command(files), stderr=subprocess.DEVNULL) as envoy:
        try:
            deadline = time.monotonic() + 60
            while not forwards(url):
                assert time.monotonic() < deadline, "Envoy forwards no request"
                time.sleep(0.1)
            yield url
        finally:
            envoy.kill()


def forwards(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5, trust_env=False, verify=NO_CERTIFICATES).is_success
    except httpx.TransportError:
        return False


# A request that a target has begun to process must not be processed twice: an ALB answers 502 where the
# target closes the connection (ELB user guide, "Troubleshoot your Application Load Balancers").
def test_a_request_that_a_target_has_received_is_not_sent_to_another(tmp_path: Path):
    paths: list[str] = []
    with (
        closing_target(paths) as one,
        closing_target(paths) as other,
        balanced(tmp_path, [one, other]) as url,
    ):
        status = httpx.get(f"{url}/once", timeout=20, trust_env=False, verify=NO_CERTIFICATES).status_code
    assert paths == ["/once"]
    assert status >= 500
