from __future__ import annotations

from typing import get_args

import pytest

from infra.load_balancer.config import XForwardedForMode
from infra.network.domain_config import Domain
from infra.reference_data.instance_types import instance_types
from service.settings import Settings
from tests.infra.configs import mistakes
from tests.infra.mock_aws import fleet_config


def test_the_service_keeps_connections_open_for_longer_than_the_load_balancer():
    assert (
        fleet_config(
            loadBalancerIdleTimeoutSeconds="60", serviceKeepAliveSeconds="61"
        ).load_balancer.service_keep_alive_seconds
        == 61
    )
    (line,) = mistakes(loadBalancerIdleTimeoutSeconds="60", serviceKeepAliveSeconds="60")
    assert line.startswith("serviceKeepAliveSeconds 60 is not above loadBalancerIdleTimeoutSeconds 60")


# ELB API reference, LoadBalancerAttribute: up to 4,000 s. The service keeps them for up to a minute longer.
@pytest.mark.parametrize("seconds", ["2", "4060"])
def test_the_service_starts_with_each_end_of_its_range(seconds: str):
    config = fleet_config(
        loadBalancerIdleTimeoutSeconds=str(min(4_000, int(seconds) - 1)), serviceKeepAliveSeconds=seconds
    )
    text = str(config.load_balancer.service_keep_alive_seconds)
    assert Settings.from_environment({"IRIS_KEEP_ALIVE_SECONDS": text}).keep_alive_seconds == int(seconds)


def test_the_service_starts_with_a_worker_for_each_processor_of_any_instance_type():
    for each in instance_types().values():
        assert Settings.from_environment({"IRIS_WORKERS": str(each.vcpus)}).workers == each.vcpus


@pytest.mark.parametrize("mode", get_args(XForwardedForMode))
def test_the_header_of_who_asked_is_treated_as_is_asked_for(mode: str):
    assert fleet_config(xForwardedForMode=mode).load_balancer.x_forwarded_for_mode == mode


@pytest.mark.parametrize(
    ("public", "hidden"),
    [
        ("", ("health", "metrics", "version", "docs")),
        ("docs", ("health", "metrics", "version")),
        ("docs, health", ("metrics", "version")),
        ("health,metrics,version,docs", ()),
    ],
)
def test_what_is_for_operators_is_hidden_unless_it_is_asked_for(public: str, hidden: tuple[str, ...]):
    assert fleet_config(publicPaths=public).load_balancer.blocked_path_rules == hidden


def test_a_path_in_place_of_a_word_is_refused():
    (line,) = mistakes(publicPaths="/livez")
    assert line.startswith("publicPaths is '/livez' ('/livez' is none of them")
    assert "it must be any of health, metrics, version, docs, separated by commas, or nothing" in line


def test_a_domain_is_the_balancer_s():
    named = fleet_config(domainName="iris.example.com")
    assert named.domain == Domain(name="iris.example.com", hosted_zone="example.com")
    assert fleet_config().domain is None
