from __future__ import annotations

from functools import cache

import pulumi
import pytest

from infra.balancer_config import ALGORITHMS
from infra.load_balancer import LoadBalancer, LoadBalancerArgs
from tests.infra.recorder import TAGS, Recorder, deploy, fleet_config

BALANCER = "edge-alb"
TARGETS = "edge-targets"


@cache
def balancer(**values: str) -> Recorder:
    args = LoadBalancerArgs(
        config=fleet_config(**values).balancer,
        vpc_id="vpc",
        subnet_ids=["subnet-a", "subnet-b"],
        security_group_id="group",
        service_port=8080,
        tags=TAGS,
    )

    def program() -> None:
        made = LoadBalancer("edge", args)
        pulumi.export("url", made.url)
        pulumi.export("metric_name", made.metric_name)
        pulumi.export("target_group_metric_name", made.target_group_metric_name)

    return deploy(program)


def test_it_stands_in_the_given_subnets_and_lets_the_given_group_decide_who_comes_in():
    made = balancer().made[BALANCER]
    assert made["loadBalancerType"] == "application"
    assert made["internal"] is False
    assert (made["subnets"], made["securityGroups"]) == (["subnet-a", "subnet-b"], ["group"])


def test_requests_that_can_be_understood_in_two_ways_are_turned_away():
    made = balancer().made[BALANCER]
    assert made["dropInvalidHeaderFields"] is True
    assert made["desyncMitigationMode"] == "strictest"


def test_it_gives_up_idle_connections_before_the_service_does():
    made = balancer(idleTimeout="50", keepAlive="51").made[BALANCER]
    assert made["idleTimeout"] == 50


def test_an_instance_is_healthy_while_it_says_that_it_is_ready():
    made = balancer(
        healthCheckInterval="7", healthCheckTimeout="3", healthyThreshold="4", unhealthyThreshold="6"
    )
    assert made.made[TARGETS]["healthCheck"] == {
        "enabled": True,
        "protocol": "HTTP",
        "port": "traffic-port",
        "path": "/readyz",
        "matcher": "200",
        "interval": 7,
        "timeout": 3,
        "healthyThreshold": 4,
        "unhealthyThreshold": 6,
    }


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_algorithm_is_the_configured_one(algorithm: str):
    assert balancer(algorithm=algorithm).made[TARGETS]["loadBalancingAlgorithmType"] == algorithm


def test_an_instance_that_leaves_may_finish_its_requests():
    assert balancer(deregistrationDelay="12").made[TARGETS]["deregistrationDelay"] == 12


def test_http_requests_are_forwarded_to_the_instances_on_the_service_port():
    made = balancer().made
    assert (made["edge-http"]["protocol"], made["edge-http"]["port"]) == ("HTTP", 80)
    assert made["edge-http"]["defaultActions"] == [{"type": "forward", "targetGroupArn": f"arn:{TARGETS}"}]
    assert (made[TARGETS]["targetType"], made[TARGETS]["protocol"]) == ("instance", "HTTP")
    assert (made[TARGETS]["port"], made[TARGETS]["vpcId"]) == (8080, "vpc")


def test_its_url_and_the_names_of_its_metrics_are_handed_out():
    assert balancer().exports == {
        "url": "http://alb.example.com",
        "metric_name": "app/alb/1",
        "target_group_metric_name": "targetgroup/targets/2",
    }
