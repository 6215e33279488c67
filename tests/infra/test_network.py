from __future__ import annotations

import json
from functools import cache
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import pulumi
import pytest

from infra.network import Network, NetworkArgs
from infra.network_config import NetworkConfig
from tests.infra.recorder import REGION, TAGS, Recorder, deploy

if TYPE_CHECKING:
    from collections.abc import Mapping

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


@cache
def network(zones: int = 2, available: tuple[str, ...] = ("a", "b", "c")) -> Recorder:
    args = NetworkArgs(
        config=NetworkConfig(vpc_cidr=IPv4Network("10.20.0.0/16"), zones=zones),
        service_port=8080,
        region=REGION,
        bucket="archives",
        tags=TAGS,
    )

    def program() -> None:
        made = Network("net", args)
        pulumi.export("public", made.public.subnet_ids)
        pulumi.export("private", made.private.subnet_ids)

    return deploy(program, Recorder(zones=available))


def rules(made: Recorder, kind: str, group: str) -> list[Mapping[str, object]]:
    return [rule.inputs for rule in made.of_type(kind) if rule["securityGroupId"] == f"{group}-id"]


@pytest.mark.parametrize("zones", [2, 3])
def test_each_zone_has_a_public_and_a_private_subnet(zones: int):
    made = network(zones)
    subnets = made.of_type("aws:ec2/subnet:Subnet")
    assert sorted(subnet["availabilityZone"] for subnet in subnets) == sorted(2 * ["a", "b", "c"][:zones])
    assert made.exports["public"] == ["net-public-a-id", "net-public-b-id", "net-public-c-id"][:zones]
    assert made.exports["private"] == ["net-private-a-id", "net-private-b-id", "net-private-c-id"][:zones]


def test_no_subnet_gives_out_public_addresses():
    subnets = network().of_type("aws:ec2/subnet:Subnet")
    assert [subnet["mapPublicIpOnLaunch"] for subnet in subnets] == [False] * 4


def test_the_internet_is_routed_to_the_public_subnets_alone():
    made = network()
    (route,) = made.of_type("aws:ec2/route:Route")
    assert route["destinationCidrBlock"] == "0.0.0.0/0"
    reached = [
        link["subnetId"]
        for link in made.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
        if link["routeTableId"] == route["routeTableId"]
    ]
    assert sorted(reached) == ["net-public-a-id", "net-public-b-id"]


def test_every_private_subnet_has_a_way_to_s3_and_nothing_pays_for_a_nat_gateway():
    made = network(3)
    (endpoint,) = made.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    assert endpoint["vpcEndpointType"] == "Gateway"
    assert endpoint["serviceName"] == f"com.amazonaws.{REGION}.s3"
    tables = {
        link["subnetId"]: link["routeTableId"]
        for link in made.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }
    private = [tables[f"net-private-{letter}-id"] for letter in "abc"]
    assert sorted(endpoint["routeTableIds"]) == sorted(private)
    assert len(set(private)) == 3
    assert not [name for name, asked in made.made.items() if "nat" in asked.type.lower()]


def test_the_endpoint_lets_through_reading_the_archive_and_the_package_repository_only():
    (endpoint,) = network().of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    (statement,) = json.loads(endpoint["policy"])["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert statement["Resource"] == [
        "arn:aws:s3:::archives/*",
        f"arn:aws:s3:::al2023-repos-{REGION}-de612dc2/*",
    ]


def test_the_world_reaches_the_balancer_over_http_and_nothing_else():
    made = network()
    from_anywhere = [rule for rule in made.of_type(INGRESS) if "cidrIpv4" in rule.inputs]
    (rule,) = from_anywhere
    assert rule["securityGroupId"] == "net-balancer-id"
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 80, 80)
    assert len(rules(made, INGRESS, "net-balancer")) == 1


def test_the_balancer_reaches_the_instances_on_the_service_port_and_nothing_else():
    (rule,) = rules(network(), EGRESS, "net-balancer")
    assert rule["referencedSecurityGroupId"] == "net-instances-id"
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 8080, 8080)


def test_the_balancer_alone_reaches_the_instances():
    (rule,) = rules(network(), INGRESS, "net-instances")
    assert rule["referencedSecurityGroupId"] == "net-balancer-id"
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 8080, 8080)
    assert "cidrIpv4" not in rule


def test_the_instances_reach_s3_over_tls_and_nothing_else():
    (rule,) = rules(network(), EGRESS, "net-instances")
    assert rule["prefixListId"] == "pl-s3"
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
    assert "cidrIpv4" not in rule


def test_security_groups_carry_no_rules_of_their_own():
    for group in network().of_type("aws:ec2/securityGroup:SecurityGroup"):
        assert not {"ingress", "egress"} & set(group.inputs)


def test_zones_are_chosen_among_those_that_offer_current_instance_types():
    question = network().questions["aws:index/getAvailabilityZones:getAvailabilityZones"]
    assert question["state"] == "available"
    assert question["excludeZoneIds"] == ["use1-az3"]
    assert question["filters"] == [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]


def test_more_zones_than_the_region_has_are_refused():
    with pytest.raises(pulumi.RunError, match="zones is 3 or more, but this region has 2 that are of use"):
        network(3, available=("a", "b"))
