from __future__ import annotations

import json
from functools import cache

import pulumi
import pulumi_aws
import pytest

from infra.network.vpc import Vpc, VpcArgs
from infra.network.zones import usable_zones
from tests.infra.mock_aws import REGION, TAGS, MockAws, deploy, fleet_config


def arguments(**values: str) -> VpcArgs:
    return VpcArgs(
        config=fleet_config(**values).network,
        instance_types=["t4g.small", "c7g.large"],
        region=REGION,
        bucket="archives",
        flow_logs_arn="arn:logs/flows",
        tags=TAGS,
    )


@cache
def network(
    available: tuple[str, ...] = ("a", "b", "c"), without: tuple[tuple[str, str], ...] = (), **values: str
) -> MockAws:
    """Deploy a network in a region with some zones, of which some do not offer an instance type."""

    def program() -> None:
        component = Vpc("net", arguments(**values))
        pulumi.export("public", component.public_subnet_ids)
        pulumi.export("private", component.private_subnet_ids)
        pulumi.export("s3", component.s3_prefix_list_id)

    offered = {kind: tuple(zone for zone in available if (kind, zone) not in without) for kind, _ in without}
    return deploy(program, MockAws(zones=available, offered=offered))


def out_of_private(mock_aws: MockAws) -> dict[str, str]:
    """Return private subnet -> NAT gateway of its route to the internet."""
    ways = {route["routeTableId"]: route for route in mock_aws.of_type("aws:ec2/route:Route")}
    return {
        link["subnetId"]: ways[link["routeTableId"]]["natGatewayId"]
        for link in mock_aws.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
        if "private" in link["subnetId"] and link["routeTableId"] in ways
    }


@pytest.mark.parametrize("zones", [2, 3])
def test_each_zone_has_a_public_and_a_private_subnet(zones: int):
    mock_aws = network(availabilityZones=str(zones))
    subnets = mock_aws.of_type("aws:ec2/subnet:Subnet")
    assert sorted(subnet["availabilityZone"] for subnet in subnets) == sorted(2 * ["a", "b", "c"][:zones])
    assert mock_aws.exports["public"] == ["net-public-a-id", "net-public-b-id", "net-public-c-id"][:zones]
    assert mock_aws.exports["private"] == ["net-private-a-id", "net-private-b-id", "net-private-c-id"][:zones]


# Eighths of the range, public and private by turns. Private DNS of an endpoint needs both attributes (Amazon
# VPC user guide, "DNS attributes for your VPC").
def test_the_subnets_lie_side_by_side_in_a_vpc_that_resolves_private_names():
    mock_aws = network()
    vpc = mock_aws.resources["net-vpc"]
    assert (vpc["cidrBlock"], vpc["enableDnsSupport"], vpc["enableDnsHostnames"]) == (
        "10.20.0.0/16",
        True,
        True,
    )
    subnets = {each.name: each["cidrBlock"] for each in mock_aws.of_type("aws:ec2/subnet:Subnet")}
    assert subnets == {
        "net-public-a": "10.20.0.0/19",
        "net-private-a": "10.20.32.0/19",
        "net-public-b": "10.20.64.0/19",
        "net-private-b": "10.20.96.0/19",
    }


def test_no_subnet_gives_out_public_addresses():
    subnets = network().of_type("aws:ec2/subnet:Subnet")
    assert [subnet["mapPublicIpOnLaunch"] for subnet in subnets] == [False] * 4


def test_the_internet_is_routed_to_the_public_subnets_alone():
    mock_aws = network()
    (route,) = mock_aws.of_type("aws:ec2/route:Route")
    assert route["destinationCidrBlock"] == "0.0.0.0/0"
    reached = [
        link["subnetId"]
        for link in mock_aws.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
        if link["routeTableId"] == route["routeTableId"]
    ]
    assert sorted(reached) == ["net-public-a-id", "net-public-b-id"]


def test_every_private_subnet_has_a_way_to_s3_and_nothing_pays_for_a_nat_gateway():
    mock_aws = network(availabilityZones="3")
    (endpoint,) = mock_aws.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    assert endpoint["vpcEndpointType"] == "Gateway"
    assert endpoint["serviceName"] == f"com.amazonaws.{REGION}.s3"
    tables = {
        link["subnetId"]: link["routeTableId"]
        for link in mock_aws.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }
    private = [tables[f"net-private-{letter}-id"] for letter in "abc"]
    assert sorted(endpoint["routeTableIds"]) == sorted(private)
    assert len(set(private)) == 3
    assert not [name for name, resource in mock_aws.resources.items() if "nat" in resource.type.lower()]


def test_the_endpoint_lets_through_reading_the_archive_and_the_package_repository_only():
    (endpoint,) = network().of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    (statement,) = json.loads(endpoint["policy"])["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert statement["Resource"] == [
        "arn:aws:s3:::archives/*",
        f"arn:aws:s3:::al2023-repos-{REGION}-de612dc2/*",
    ]


def test_the_addresses_of_s3_are_handed_out_for_the_security_groups():
    assert network().exports["s3"] == "pl-s3"


def test_nothing_leaves_the_private_subnets_unless_it_is_asked_for():
    mock_aws = network()
    assert out_of_private(mock_aws) == {}
    assert mock_aws.of_type("aws:ec2/natGateway:NatGateway") == []
    assert mock_aws.of_type("aws:ec2/eip:Eip") == []


def test_a_single_nat_gateway_serves_every_zone_from_the_first_public_subnet():
    mock_aws = network(availabilityZones="3", natGateways="single")
    (gateway,) = mock_aws.of_type("aws:ec2/natGateway:NatGateway")
    assert (gateway["subnetId"], gateway["allocationId"]) == ("net-public-a-id", "net-nat-a-address-id")
    assert out_of_private(mock_aws) == dict.fromkeys(mock_aws.exports["private"], "net-nat-a-id")


def test_with_a_nat_gateway_in_each_zone_no_way_out_leads_through_another_one():
    mock_aws = network(availabilityZones="3", natGateways="per-zone")
    places = {
        gateway.name: gateway["subnetId"] for gateway in mock_aws.of_type("aws:ec2/natGateway:NatGateway")
    }
    assert places == {f"net-nat-{letter}": f"net-public-{letter}-id" for letter in "abc"}
    assert out_of_private(mock_aws) == {
        f"net-private-{letter}-id": f"net-nat-{letter}-id" for letter in "abc"
    }


def test_no_nat_gateway_is_made_before_the_internet_reaches_it():
    late = MockAws(late="net-to-internet")
    order = list(deploy(lambda: Vpc("net", arguments(natGateways="single")), late).resources)
    assert order.index("net-to-internet") < order.index("net-nat-a")


WAYS_OUT = [
    "net-s3",
    *(f"net-private-{letter}-{way}" for letter in "ab" for way in ("link", "to-internet")),
]


# An instance that boots before finds no package and no archive.
@pytest.mark.parametrize("late", WAYS_OUT)
def test_nothing_is_made_in_a_private_subnet_before_its_ways_out(late: str):
    def program() -> None:
        ids = Vpc("net", arguments(natGateways="single")).private_subnet_ids
        pulumi_aws.ec2.NetworkInterface("first", subnet_id=ids.apply(lambda found: found[0]))

    order = list(deploy(program, MockAws(late=late)).resources)
    assert order.index(late) < order.index("first")


def test_the_group_that_aws_makes_by_itself_lets_nothing_in_or_out():
    (group,) = network().of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert group["vpcId"] == "net-vpc-id"
    assert not {"ingress", "egress"} & set(group.inputs)


@pytest.mark.parametrize(("setting", "traffic"), [("rejected", "REJECT"), ("all", "ALL")])
def test_traffic_is_noted_in_the_bucket_of_logs(setting: str, traffic: str):
    (log,) = network(vpcFlowLogs=setting).of_type("aws:ec2/flowLog:FlowLog")
    assert (log["vpcId"], log["trafficType"]) == ("net-vpc-id", traffic)
    assert (log["logDestinationType"], log["logDestination"]) == ("s3", "arn:logs/flows")
    # Of a minute and ten minutes, which AWS offers, the one with fewer records.
    assert log["maxAggregationInterval"] == 600


def test_no_traffic_is_noted_where_nobody_wants_it():
    assert network(vpcFlowLogs="none").of_type("aws:ec2/flowLog:FlowLog") == []


def test_zones_are_chosen_among_those_that_offer_current_instance_types():
    question = network().invokes["aws:index/getAvailabilityZones:getAvailabilityZones"]
    assert question["state"] == "available"
    assert question["excludeZoneIds"] == ["use1-az3"]
    assert question["filters"] == [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]


def test_more_zones_than_the_region_has_are_refused():
    with pytest.raises(pulumi.RunError, match="availabilityZones is 3 or more, but only 2 zones"):
        network(available=("a", "b"), availabilityZones="3")


def zones(mock_aws: MockAws) -> dict[str, str]:
    return {subnet.name: subnet["availabilityZone"] for subnet in mock_aws.of_type("aws:ec2/subnet:Subnet")}


def test_the_subnets_are_in_zones_that_offer_all_instance_types():
    # Of eu-central-1's zones, only b and c offer c7i-flex.large (2026-08).
    mock_aws = network(without=(("c7g.large", "a"),))
    assert zones(mock_aws) == {
        "net-public-a": "b",
        "net-private-a": "b",
        "net-public-b": "c",
        "net-private-b": "c",
    }


def test_too_few_zones_with_all_instance_types_are_refused():
    with pytest.raises(pulumi.RunError, match="only 1 zones of this Region offer all instance types"):
        network(without=(("t4g.small", "a"), ("c7g.large", "c")))


def test_a_subnet_stays_in_its_zone_when_the_list_of_zones_changes():
    options = [subnet.options for subnet in network().of_type("aws:ec2/subnet:Subnet")]
    assert [one.ignore_changes for one in options] == [["availability_zone"]] * 4


def test_a_zone_is_usable_if_it_offers_every_type_and_a_type_without_an_answer_excludes_none():
    zones = ["a", "b", "c"]
    assert usable_zones(zones, [["c", "a"], ["a", "b", "c"]]) == ["a", "c"]
    assert usable_zones(zones, [None, ["b"]]) == ["b"]
    assert usable_zones(zones, []) == zones
    assert usable_zones(zones, [[]]) == []
