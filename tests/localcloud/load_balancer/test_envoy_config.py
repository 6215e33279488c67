from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localcloud.load_balancer.envoy import command
from localcloud.load_balancer.envoy_config import POLICIES, Files, Target, bootstrap, endpoints, statuses

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


def configured(folder: Path = FOLDER, /, **attributes: str) -> dict[str, Any]:
    given = {"load_balancing.algorithm.type": "round_robin"} | attributes
    return bootstrap(Files(folder), 8080, LOAD_BALANCER, TARGET_GROUP, given)


def cluster(**attributes: str) -> dict[str, Any]:
    return configured(**attributes)["static_resources"]["clusters"][0]


def test_it_listens_on_loopback_alone():
    address = configured()["static_resources"]["listeners"][0]["address"]["socket_address"]
    assert address == {"address": "127.0.0.1", "port_value": 8080}


def test_only_its_owner_can_reach_the_admin_interface():
    assert configured()["admin"]["address"]["pipe"]["mode"] == 0o600


@pytest.mark.parametrize(("algorithm", "policy"), POLICIES.items())
def test_each_algorithm_has_its_policy(algorithm: str, policy: str):
    assert cluster(**{"load_balancing.algorithm.type": algorithm})["lb_policy"] == policy


def test_the_health_check_is_the_target_groups():
    check = cluster()["health_checks"][0]
    assert (check["interval"], check["timeout"]) == ("5s", "2s")
    assert (check["healthy_threshold"], check["unhealthy_threshold"]) == (2, 3)
    assert check["http_health_check"] == {
        "path": "/readyz",
        "expected_statuses": [{"start": 200, "end": 201}, {"start": 204, "end": 207}],
    }


def test_slow_start_is_taken_over_when_it_is_on():
    assert "round_robin_lb_config" not in cluster()
    window = cluster(**{"slow_start.duration_seconds": "30"})["round_robin_lb_config"]
    assert window == {"slow_start_config": {"slow_start_window": "30s"}}


@pytest.mark.parametrize("algorithm", POLICIES)
def test_envoy_itself_accepts_the_configuration(algorithm: str, tmp_path: Path):
    files = Files(tmp_path)
    files.endpoints.write_text(json.dumps(endpoints([Target("i-1", 9000)])))
    files.bootstrap.write_text(
        json.dumps(configured(tmp_path, **{"load_balancing.algorithm.type": algorithm}))
    )
    validate = [*command(files), "--mode", "validate"]
    checked = subprocess.run(validate, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


# Elastic Load Balancing user guide, "Target group health": requests go to all targets, healthy or not, only
# when not one is healthy. Envoy's own threshold would be 50 %.
def test_only_where_no_target_is_healthy_all_of_them_are_sent_requests():
    config = cluster()["common_lb_config"]
    assert config == {"healthy_panic_threshold": {"value": 1}}
    for targets in range(1, 100):
        assert 100 / targets > config["healthy_panic_threshold"]["value"]  # one that is healthy is enough


def test_a_target_that_was_deregistered_gets_nothing_more_though_it_is_healthy():
    assert cluster()["ignore_health_on_host_removal"] is True


def test_no_bound_of_envoy_s_own_turns_requests_away():
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


def test_targets_are_known_by_their_instance_ids():
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
    ]
    found = statuses({"cluster_statuses": [{"name": "fleet", "host_statuses": hosts}]})
    assert {name: (status.healthy, status.requests) for name, status in found.items()} == {
        "i-1": (True, 7),
        "i-2": (False, 0),
    }


def test_an_envoy_that_only_just_started_knows_no_target():
    assert statuses({}) == {}


def stat(name: str, value: int) -> dict[str, Any]:
    """As Envoy writes it: a count of nothing has no value."""
    return {"name": name} | ({"value": str(value)} if value else {})
