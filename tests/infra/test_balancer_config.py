from __future__ import annotations

import pytest

from infra.balancer_config import ALGORITHMS
from tests.infra.configs import mistakes
from tests.infra.recorder import fleet_config


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm_of_the_load_balancer_can_be_chosen(algorithm: str):
    assert fleet_config(algorithm=algorithm).balancer.algorithm == algorithm


def test_a_health_check_is_over_before_the_next_one_starts():
    assert fleet_config(healthCheckInterval="6", healthCheckTimeout="5").balancer.health_check.timeout == 5
    assert mistakes(healthCheckInterval="5", healthCheckTimeout="5") == (
        "healthCheckTimeout 5 is not below healthCheckInterval 5",
    )


def test_the_service_keeps_connections_open_for_longer_than_the_load_balancer():
    assert fleet_config(idleTimeout="60", keepAlive="61").balancer.keep_alive == 61
    (line,) = mistakes(idleTimeout="60", keepAlive="60")
    assert line.startswith("keepAlive 60 is not above idleTimeout 60")
