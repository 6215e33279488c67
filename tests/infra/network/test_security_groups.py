from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws
import pytest

from infra.network.security_groups import SecurityGroups, SecurityGroupsArgs
from tests.infra.mock_aws import TAGS, MockAws, deploy

if TYPE_CHECKING:
    from collections.abc import Mapping

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def arguments(*, has_nat: bool = False, has_endpoints: bool = False) -> SecurityGroupsArgs:
    return SecurityGroupsArgs(
        vpc_id="vpc",
        service_port=8080,
        s3_prefix_list_id="pl-s3",
        has_nat=has_nat,
        has_endpoints=has_endpoints,
        tags=TAGS,
    )


@cache
def groups(*, has_nat: bool = False, has_endpoints: bool = False) -> MockAws:
    def program() -> None:
        component = SecurityGroups("net", arguments(has_nat=has_nat, has_endpoints=has_endpoints))
        component.open_http([])
        component.open_https([])
        pulumi.export("instances", component.instances_id)
        pulumi.export("endpoints", component.endpoints_id)

    return deploy(program)


def rules(mock_aws: MockAws, kind: str, group: str) -> list[Mapping[str, object]]:
    return [rule.inputs for rule in mock_aws.of_type(kind) if rule["securityGroupId"] == f"{group}-id"]


def peers(mock_aws: MockAws, kind: str, group: str) -> set[object]:
    keys = ("cidrIpv4", "prefixListId", "referencedSecurityGroupId")
    return {rule[key] for rule in rules(mock_aws, kind, group) for key in keys if key in rule}


def test_the_world_reaches_the_balancer_only_over_the_ports_that_are_opened():
    mock_aws = groups()
    from_anywhere = [rule for rule in mock_aws.of_type(INGRESS) if "cidrIpv4" in rule.inputs]
    assert {rule["securityGroupId"] for rule in from_anywhere} == {"net-balancer-id"}
    assert {(rule["ipProtocol"], rule["fromPort"], rule["toPort"]) for rule in from_anywhere} == {
        ("tcp", 80, 80),
        ("tcp", 443, 443),
    }
    assert len(rules(mock_aws, INGRESS, "net-balancer")) == 2


def test_a_port_is_opened_after_what_it_waits_for():
    def program() -> None:
        args = SecurityGroupsArgs(
            vpc_id="vpc",
            service_port=8080,
            s3_prefix_list_id="pl-s3",
            has_nat=False,
            has_endpoints=False,
            tags=TAGS,
        )
        SecurityGroups("net", args).open_https([pulumi_aws.sns.Topic("late")])

    created = list(deploy(program, MockAws(late="late")).resources)
    assert created.index("late") < created.index("net-world-to-balancer-tls")
    assert "net-world-to-balancer" not in created


def test_the_balancer_reaches_the_instances_on_the_service_port_and_nothing_else():
    (rule,) = rules(groups(), EGRESS, "net-balancer")
    assert rule["referencedSecurityGroupId"] == "net-instances-id"
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 8080, 8080)


def test_the_balancer_alone_reaches_the_instances():
    (rule,) = rules(groups(), INGRESS, "net-instances")
    assert rule["referencedSecurityGroupId"] == "net-balancer-id"
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 8080, 8080)
    assert "cidrIpv4" not in rule


def test_the_instances_reach_s3_over_tls_and_nothing_else():
    (rule,) = rules(groups(), EGRESS, "net-instances")
    assert rule["prefixListId"] == "pl-s3"
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
    assert "cidrIpv4" not in rule


def test_security_groups_carry_no_rules_of_their_own():
    for group in groups().of_type("aws:ec2/securityGroup:SecurityGroup"):
        assert not {"ingress", "egress"} & set(group.inputs)


@pytest.mark.parametrize("has_nat", [False, True])
@pytest.mark.parametrize("has_endpoints", [False, True])
def test_the_instances_reach_what_there_is_to_reach_over_tls_and_nothing_else(
    *, has_nat: bool, has_endpoints: bool
):
    mock_aws = groups(has_nat=has_nat, has_endpoints=has_endpoints)
    reached = peers(mock_aws, EGRESS, "net-instances")
    assert reached == {"pl-s3", *["0.0.0.0/0"] * has_nat, *["net-endpoints-id"] * has_endpoints}
    assert {rule["toPort"] for rule in rules(mock_aws, EGRESS, "net-instances")} == {443}


def test_the_instances_alone_reach_the_private_ways_to_aws_and_these_reach_nobody():
    mock_aws = groups(has_endpoints=True)
    (entry,) = rules(mock_aws, INGRESS, "net-endpoints")
    assert entry["referencedSecurityGroupId"] == "net-instances-id"
    assert (entry["ipProtocol"], entry["fromPort"], entry["toPort"]) == ("tcp", 443, 443)
    assert rules(mock_aws, EGRESS, "net-endpoints") == []
    assert mock_aws.exports["endpoints"] == "net-endpoints-id"


def test_where_there_are_no_private_ways_to_aws_there_is_no_group_for_them():
    assert groups().exports.get("endpoints") is None
    assert "net-endpoints" not in groups().resources


@pytest.mark.parametrize(
    ("late", "group"),
    [
        ("net-balancer-to-instances", "balancer_id"),
        ("net-instances-from-balancer", "instances_id"),
        ("net-instances-to-s3", "instances_id"),
        ("net-instances-to-world", "instances_id"),
        ("net-instances-to-aws", "instances_id"),
        ("net-aws-from-instances", "endpoints_id"),
    ],
)
def test_nothing_is_made_in_a_group_before_its_rules(late: str, group: str):
    def program() -> None:
        component = SecurityGroups("net", arguments(has_nat=True, has_endpoints=True))
        pulumi_aws.ec2.NetworkInterface("first", subnet_id="s", security_groups=[getattr(component, group)])

    order = list(deploy(program, MockAws(late=late)).resources)
    assert order.index(late) < order.index("first")
