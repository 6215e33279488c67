from __future__ import annotations

import pytest

from infra.load_balancer.target_group_config import ALGORITHMS
from tests.infra.configs import load, mistakes
from tests.infra.mock_aws import fleet_config

ANOMALIES = {"anomalyMitigation": "true", "loadBalancingAlgorithm": "weighted_random", "minInstances": "3"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm_of_the_load_balancer_can_be_chosen(algorithm: str):
    assert fleet_config(loadBalancingAlgorithm=algorithm).target_group.load_balancing_algorithm == algorithm


def test_a_health_check_is_over_before_the_next_one_starts():
    kept = fleet_config(healthCheckIntervalSeconds="6", healthCheckTimeoutSeconds="5").target_group
    assert kept.health_check_timeout_seconds == 5
    assert mistakes(healthCheckIntervalSeconds="5", healthCheckTimeoutSeconds="5") == (
        "healthCheckTimeoutSeconds 5 is not below healthCheckIntervalSeconds 5",
    )


@pytest.mark.parametrize("seconds", ["0", "30", "900"])
def test_slow_start_is_off_or_takes_its_time(seconds: str):
    assert fleet_config(slowStartSeconds=seconds).target_group.slow_start_seconds == int(seconds)


@pytest.mark.parametrize("given", ["-1", "1", "29", "901", "soon", ""])
def test_another_slow_start_is_refused(given: str):
    (line,) = mistakes(slowStartSeconds=given)
    assert line == f"slowStartSeconds is {given!r}: it must be 0, or a whole number from 30 to 900"


@pytest.mark.parametrize("algorithm", ["least_outstanding_requests", "weighted_random"])
def test_slow_start_is_refused_with_an_algorithm_that_knows_none(algorithm: str):
    (line,) = mistakes(slowStartSeconds="60", loadBalancingAlgorithm=algorithm)
    assert line.startswith(
        f"slowStartSeconds 60 does not go with loadBalancingAlgorithm {algorithm}: only round_robin"
    )


def test_anomalies_are_mitigated_where_there_are_weights_and_instances_to_compare():
    assert fleet_config(**ANOMALIES).target_group.anomaly_mitigation is True


@pytest.mark.parametrize("algorithm", ["round_robin", "least_outstanding_requests"])
def test_anomaly_mitigation_is_refused_with_an_algorithm_without_weights(algorithm: str):
    (line,) = mistakes(**{**ANOMALIES, "loadBalancingAlgorithm": algorithm})
    assert line.startswith(
        f"anomalyMitigation true does not go with loadBalancingAlgorithm {algorithm}: only weighted_"
    )


def test_anomaly_mitigation_is_refused_with_too_few_instances_to_compare():
    (line,) = mistakes(**{**ANOMALIES, "minInstances": "2"})
    assert line.startswith("anomalyMitigation true needs minInstances 3 or more, and it is 2")


def test_stickiness_is_refused_where_anomalies_are_mitigated():
    assert fleet_config(stickinessSeconds="60").target_group.stickiness_seconds == 60
    (line,) = mistakes(**ANOMALIES, stickinessSeconds="60")
    assert line.startswith("stickinessSeconds 60 does not go with anomalyMitigation true")


def test_all_that_contradicts_anomaly_mitigation_is_told_at_once():
    assert len(mistakes(anomalyMitigation="true", stickinessSeconds="60")) == 3


def test_where_there_is_no_fleet_its_balancer_contradicts_nothing():
    assert load(compute="lambda", anomalyMitigation="true", stickinessSeconds="60").compute
