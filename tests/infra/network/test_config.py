from __future__ import annotations

import pytest

from infra.network.config import NAT_GATEWAYS
from tests.infra.configs import mistakes
from tests.infra.mock_aws import fleet_config


@pytest.mark.parametrize(
    ("cidr", "reason"),
    [
        ("10.20.0.1/16", "its address has bits set beyond the prefix"),
        ("8.8.0.0/16", "it is not private"),
        ("172.32.0.0/16", "it is not private"),
        ("10.0.0.0/15", "a /15 does not fit"),
        ("10.0.0.0/25", "a /25 does not fit"),
        ("10.0.0.0/33", "it is not an IPv4 range"),
        ("fd00::/16", "it is not an IPv4 range"),
        ("", "it is not an IPv4 range"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_with_the_reason(cidr: str, reason: str):
    (line,) = mistakes(vpcCidr=cidr)
    assert line.startswith(f"vpcCidr is {cidr!r} ({reason}): it must be a private range")


@pytest.mark.parametrize("choice", NAT_GATEWAYS)
def test_the_ways_out_are_those_that_are_asked_for(choice: str):
    assert fleet_config(natGateways=choice).network.nat_gateways == choice


@pytest.mark.parametrize(
    ("setting", "services"),
    [
        ("", ()),
        ("ssm", ("ssm", "ssmmessages")),
        ("logs", ("logs",)),
        (" logs ,ssm", ("ssm", "ssmmessages", "logs")),
    ],
)
def test_a_word_for_private_ways_to_aws_takes_all_the_endpoints_that_it_needs(
    setting: str, services: tuple[str, ...]
):
    assert fleet_config(interfaceEndpoints=setting).network.interface_endpoints == services


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("ssh", "'ssh' is none of them; did you mean ssm?"),
        ("ssm, dynamodb", "'dynamodb' is none of them"),
        ("ssm,ssm", "ssm is there twice"),
        ("ssm,", "'' is none of them"),
    ],
)
def test_private_ways_to_something_else_are_refused_with_the_reason(setting: str, reason: str):
    (line,) = mistakes(interfaceEndpoints=setting)
    allowed = "any of ssm, logs, autoscaling, separated by commas, or nothing"
    assert line == f"interfaceEndpoints is {setting!r} ({reason}): it must be {allowed}"


def test_flow_logs_of_another_kind_are_refused():
    assert mistakes(vpcFlowLogs="reject") == (
        "vpcFlowLogs is 'reject' (did you mean rejected?): it must be none or rejected or all",
    )
