from __future__ import annotations

import json
from functools import cache

import pulumi
import pytest

from infra.network.interface_endpoints import InterfaceEndpoints, InterfaceEndpointsArgs
from tests.infra.mock_aws import ACCOUNT, REGION, TAGS, MockAws, deploy

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


@cache
def endpoints() -> MockAws:
    def program() -> None:
        component = InterfaceEndpoints(
            "net",
            InterfaceEndpointsArgs(
                services=("ssm", "logs"),
                region=REGION,
                vpc_id="vpc",
                subnet_ids=pulumi.Output.from_input(["subnet-a", "subnet-b"]),
                security_group_id="group",
                tags=TAGS,
            ),
        )
        pulumi.export("subnets", component.subnet_ids)

    return deploy(program)


def test_each_service_answers_under_its_own_name_in_every_private_subnet():
    mock_aws = endpoints()
    assert {endpoint["serviceName"] for endpoint in mock_aws.of_type(ENDPOINT)} == {
        f"com.amazonaws.{REGION}.ssm",
        f"com.amazonaws.{REGION}.logs",
    }
    for endpoint in mock_aws.of_type(ENDPOINT):
        assert (endpoint["vpcEndpointType"], endpoint["privateDnsEnabled"]) == ("Interface", True)
        assert endpoint["subnetIds"] == ["subnet-a", "subnet-b"]
        assert endpoint["securityGroupIds"] == ["group"]


@pytest.mark.parametrize("service", ["ssm", "logs"])
def test_nobody_carries_data_out_with_the_credentials_of_another_account(service: str):
    (statement,) = json.loads(endpoints().resources[f"net-{service}-endpoint"]["policy"])["Statement"]
    assert statement["Action"] == f"{service}:*"
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


def test_the_subnets_are_handed_on_once_the_ways_are_there():
    assert endpoints().exports == {"subnets": ["subnet-a", "subnet-b"]}
