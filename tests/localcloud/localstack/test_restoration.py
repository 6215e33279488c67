"""Restoration of what was changed by the AWS API: the members of a group, and the load balancer's web ACL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.controller.aws_queries import describe_group, registered_targets
from localcloud.controller.firewall_record import record_firewall, restore_firewall
from localcloud.controller.stack_record import FleetRecord, restore_fleet
from tests.localcloud.load_balancer.test_description import DESCRIPTION

if TYPE_CHECKING:
    from tests.localcloud.localstack.fleet import FleetResources


def record(fleet: FleetResources, group: str) -> FleetRecord:
    api = fleet.localstack.api
    registered = registered_targets(api, fleet.target_group)
    return FleetRecord.of(describe_group(api, group), DESCRIPTION, registered)


def test_standby_protection_and_registration_of_adopted_instances_are_restored(fleet: FleetResources) -> None:
    autoscaling, elbv2 = fleet.localstack.client("autoscaling"), fleet.localstack.client("elbv2")
    group = fleet.make_group(4)
    standby, protected, deregistered, detached = fleet.zones(group)
    of_group: dict[str, Any] = {"AutoScalingGroupName": group}
    autoscaling.enter_standby(InstanceIds=[standby], ShouldDecrementDesiredCapacity=True, **of_group)
    autoscaling.set_instance_protection(InstanceIds=[protected], ProtectedFromScaleIn=True, **of_group)
    elbv2.deregister_targets(TargetGroupArn=fleet.target_group, Targets=[{"Id": deregistered}])
    autoscaling.suspend_processes(ScalingProcesses=["AZRebalance"], **of_group)
    zones = fleet.zones(group)
    autoscaling.detach_instances(InstanceIds=[detached], ShouldDecrementDesiredCapacity=True, **of_group)
    # A full group: neither an instance in standby nor a detached one counts towards the maximum.
    autoscaling.update_auto_scaling_group(MaxSize=2, **of_group)
    api = fleet.localstack.api
    before = FleetRecord.of(
        describe_group(api, group),
        DESCRIPTION,
        registered_targets(api, fleet.target_group),
        {detached: zones[detached]},
    )
    assert (before.desired, before.standby, before.registered) == (2, [standby], [protected])
    assert before.maximum == before.desired

    # As another LocalStack adopts them: all in service and registered, with nothing suspended.
    autoscaling.update_auto_scaling_group(MaxSize=4, **of_group)
    autoscaling.attach_instances(InstanceIds=[detached], **of_group)
    autoscaling.exit_standby(InstanceIds=[standby], **of_group)
    autoscaling.set_instance_protection(InstanceIds=[protected], ProtectedFromScaleIn=False, **of_group)
    elbv2.register_targets(TargetGroupArn=fleet.target_group, Targets=[{"Id": deregistered}])
    autoscaling.resume_processes(**of_group)
    restore_fleet(api, group, fleet.target_group, before, [standby, protected, deregistered, detached])

    after = FleetRecord.of(
        describe_group(api, group),
        DESCRIPTION,
        registered_targets(api, fleet.target_group),
        {detached: zones[detached]},
    )
    assert after == before
    assert fleet.instance(detached)["State"]["Name"] == "running"


def test_the_group_replaces_what_does_not_run_any_more_unless_it_was_in_standby(
    fleet: FleetResources,
) -> None:
    group = fleet.make_group(3)
    standby, *others = fleet.zones(group)
    fleet.localstack.client("autoscaling").enter_standby(
        AutoScalingGroupName=group, InstanceIds=[standby], ShouldDecrementDesiredCapacity=True
    )
    before = record(fleet, group)
    fleet.clear()
    group = fleet.make_group(1)

    restore_fleet(fleet.localstack.api, group, fleet.target_group, before, [])

    described = fleet.describe(group)
    assert described["DesiredCapacity"] == len(described["Instances"]) == len(others)
    assert {each["LifecycleState"] for each in described["Instances"]} == {"InService"}


def rule(name: str, priority: int, statement: dict[str, Any]) -> dict[str, Any]:
    return {
        "Name": name,
        "Priority": priority,
        "Action": {"Block": {}},
        "Statement": statement,
        "VisibilityConfig": visibility(name),
    }


def visibility(name: str) -> dict[str, Any]:
    return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}


def byte_match(text: bytes) -> dict[str, Any]:
    return {
        "ByteMatchStatement": {
            "SearchString": text,
            "FieldToMatch": {"UriPath": {}},
            "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
            "PositionalConstraint": "CONTAINS",
        }
    }


def test_a_web_acl_is_restored_with_its_sets_groups_and_association(fleet: FleetResources) -> None:
    wafv2, api = fleet.localstack.client("wafv2"), fleet.localstack.api
    ip_set = wafv2.create_ip_set(
        Name="neighbours-1111111", Scope="REGIONAL", IPAddressVersion="IPV6", Addresses=["2001:db8::/32"]
    )["Summary"]
    group = wafv2.create_rule_group(
        Name="mine",
        Scope="REGIONAL",
        Capacity=50,
        Rules=[rule("inner", 0, byte_match(b"\xff"))],
        VisibilityConfig=visibility("mine"),
    )["Summary"]
    of_group = rule("group", 2, {"RuleGroupReferenceStatement": {"ARN": group["ARN"]}})
    del of_group["Action"]
    acl = wafv2.create_web_acl(
        Name="acl-1111111",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        Rules=[
            rule("path", 0, byte_match(b"/secret")),
            rule("neighbours", 1, {"IPSetReferenceStatement": {"ARN": ip_set["ARN"]}}),
            of_group | {"OverrideAction": {"None": {}}},
        ],
        VisibilityConfig=visibility("acl"),
    )["Summary"]
    wafv2.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=fleet.load_balancer)
    wanted = record_firewall(api, fleet.load_balancer)
    assert wanted is not None

    # As in another LocalStack: the web ACL of the program has another suffix, and the rest is gone.
    wafv2.disassociate_web_acl(ResourceArn=fleet.load_balancer)
    for kind, summary in (("web_acl", acl), ("rule_group", group), ("ip_set", ip_set)):
        place = {"Name": summary["Name"], "Scope": "REGIONAL", "Id": summary["Id"]}
        token = getattr(wafv2, f"get_{kind}")(**place)["LockToken"]
        getattr(wafv2, f"delete_{kind}")(LockToken=token, **place)
    program = wafv2.create_web_acl(
        Name="acl-2222222",
        Scope="REGIONAL",
        DefaultAction={"Block": {}},
        Rules=[],
        VisibilityConfig=visibility("acl"),
    )["Summary"]
    wafv2.associate_web_acl(WebACLArn=program["ARN"], ResourceArn=fleet.load_balancer)
    restore_firewall(api, wanted, fleet.load_balancer)

    found = record_firewall(api, fleet.load_balancer)
    assert found is not None
    assert found["acl"]["ARN"] == program["ARN"]
    assert found["acl"]["DefaultAction"] == {"Allow": {}}
    assert [each["Name"] for each in found["acl"]["Rules"]] == ["path", "neighbours", "group"]
    assert found["acl"]["Rules"][0] == wanted["acl"]["Rules"][0]
    assert [*found["ip_sets"].values()] == [["2001:db8::/32"]]
    (inner,) = found["rule_groups"].values()
    assert inner["Rules"] == wanted["rule_groups"][group["ARN"]]["Rules"]


def test_a_web_acl_that_was_disassociated_is_so_again(fleet: FleetResources) -> None:
    wafv2, api = fleet.localstack.client("wafv2"), fleet.localstack.api
    acl = wafv2.create_web_acl(
        Name="unwanted",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        Rules=[],
        VisibilityConfig=visibility("unwanted"),
    )["Summary"]
    wafv2.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=fleet.load_balancer)

    restore_firewall(api, None, fleet.load_balancer)

    assert record_firewall(api, fleet.load_balancer) is None
