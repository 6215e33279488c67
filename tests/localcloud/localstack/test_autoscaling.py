"""EC2 Auto Scaling as the local cloud uses it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.localstack.fleet import FleetResources
    from tests.localcloud.localstack.running import Running


def tags(described: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described["Tags"]}


def resize(fleet: FleetResources, group: str, size: int) -> None:
    fleet.localstack.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName=group, DesiredCapacity=size
    )


def scaling_activities(localstack: Running, group: str) -> list[dict[str, Any]]:
    """Return the scaling activities of a group, latest first."""
    client = localstack.client("autoscaling")
    return client.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]


def test_two_instances_of_a_group_are_in_two_zones(fleet: FleetResources) -> None:
    group = fleet.make_group(2)

    assert set(fleet.zones(group).values()) == set(fleet.subnets)


def test_an_instance_is_in_a_subnet_of_its_zone(fleet: FleetResources) -> None:
    group = fleet.make_group(4)

    for instance_id, zone in fleet.zones(group).items():
        instance = fleet.instance(instance_id)
        assert instance["Placement"]["AvailabilityZone"] == zone
        assert instance["SubnetId"] == fleet.subnets[zone]


@pytest.mark.parametrize("sizes", [(1, 6, 3, 2), (5, 2, 4), (3, 2, 1, 2)])
def test_a_group_stays_balanced_while_it_grows_and_shrinks(
    fleet: FleetResources, sizes: tuple[int, ...]
) -> None:
    group = fleet.make_group(0)

    for size in sizes:
        resize(fleet, group, size)
        populations = Counter(fleet.zones(group).values())
        assert populations.total() == size
        assert max(populations.values()) - min(populations[zone] for zone in fleet.subnets) <= 1


def test_scale_in_terminates_the_oldest_instances(fleet: FleetResources) -> None:
    group = fleet.make_group(2)
    old = fleet.zones(group)

    resize(fleet, group, 4)
    resize(fleet, group, 2)

    assert not fleet.zones(group).keys() & old.keys()
    assert {fleet.instance(each)["State"]["Name"] for each in old} == {"terminated"}


def test_scale_in_follows_a_changed_termination_policy(fleet: FleetResources) -> None:
    group = fleet.make_group(2)
    first, second = fleet.zones(group)
    resize(fleet, group, 4)
    fleet.localstack.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=group, TerminationPolicies=["NewestInstance"]
    )
    resize(fleet, group, 2)
    assert fleet.zones(group).keys() == {first, second}


def test_scale_in_terminates_instances_of_an_outdated_template_first(fleet: FleetResources) -> None:
    group = fleet.make_group(2, LaunchTemplate={"LaunchTemplateId": fleet.template, "Version": "1"})
    ec2, client = fleet.localstack.client("ec2"), fleet.localstack.client("autoscaling")
    version = ec2.create_launch_template_version(
        LaunchTemplateId=fleet.template, SourceVersion="1", LaunchTemplateData={"InstanceType": "t4g.large"}
    )["LaunchTemplateVersion"]["VersionNumber"]
    template = {"LaunchTemplateId": fleet.template, "Version": str(version)}
    client.update_auto_scaling_group(AutoScalingGroupName=group, LaunchTemplate=template)
    outdated = fleet.zones(group).keys()
    resize(fleet, group, 4)
    resize(fleet, group, 2)
    assert not fleet.zones(group).keys() & outdated


def test_an_instance_has_the_settings_of_its_launch_template(fleet: FleetResources) -> None:
    (instance_id,) = fleet.zones(fleet.make_group(1))

    instance = fleet.instance(instance_id)

    assert instance["InstanceType"] == "t4g.small"
    assert instance["Architecture"] == "arm64"
    assert [group["GroupId"] for group in instance["SecurityGroups"]] == [fleet.security_group]
    assert instance["IamInstanceProfile"]["Arn"] == fleet.profile
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["Monitoring"]["State"] == "enabled"
    assert instance["EbsOptimized"] is True
    assert tags(instance)["aws:ec2launchtemplate:id"] == fleet.template


def test_an_instance_has_the_templates_volumes_and_no_other(fleet: FleetResources) -> None:
    (instance_id,) = fleet.zones(fleet.make_group(1))

    volumes = fleet.localstack.client("ec2").describe_volumes(
        Filters=[{"Name": "attachment.instance-id", "Values": [instance_id]}]
    )["Volumes"]

    assert [(volume["Encrypted"], volume["VolumeType"]) for volume in volumes] == [(True, "gp3")]
    assert tags(volumes[0]) == {"Name": "iris-root"}


def test_an_instance_has_the_groups_tags_that_propagate(fleet: FleetResources) -> None:
    group = fleet.make_group(
        1,
        Tags=[
            {"Key": "Project", "Value": "iris", "PropagateAtLaunch": True},
            {"Key": "Private", "Value": "yes", "PropagateAtLaunch": False},
        ],
    )

    (instance_id,) = fleet.zones(group)

    found = tags(fleet.instance(instance_id))
    assert found["Project"] == "iris"
    assert found["Name"] == "iris"
    assert found["aws:autoscaling:groupName"] == group
    assert "Private" not in found


def test_an_instance_keeps_the_template_version_that_it_was_launched_from(fleet: FleetResources) -> None:
    group = fleet.make_group(1)
    created = fleet.localstack.client("ec2").create_launch_template_version(
        LaunchTemplateId=fleet.template, SourceVersion="1", LaunchTemplateData={"InstanceType": "t4g.medium"}
    )
    newer = str(created["LaunchTemplateVersion"]["VersionNumber"])

    fleet.localstack.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=group,
        LaunchTemplate={"LaunchTemplateId": fleet.template, "Version": newer},
    )
    resize(fleet, group, 2)

    described = fleet.describe(group)
    launched = {each["LaunchTemplate"]["Version"]: each for each in described["Instances"]}
    assert described["LaunchTemplate"]["Version"] == newer
    assert launched["1"]["InstanceType"] == "t4g.small"
    assert launched[newer]["InstanceType"] == "t4g.medium"
    groups = fleet.instance(launched[newer]["InstanceId"])["SecurityGroups"]
    assert [each["GroupId"] for each in groups] == [fleet.security_group]


def test_the_instances_of_a_group_are_its_targets(fleet: FleetResources) -> None:
    group = fleet.make_group(3)
    assert fleet.health().keys() == fleet.zones(group).keys()

    resize(fleet, group, 1)
    assert fleet.health().keys() == fleet.zones(group).keys()

    resize(fleet, group, 4)
    assert fleet.health().keys() == fleet.zones(group).keys()


def report_unhealthy(localstack: Running, instance_id: str) -> None:
    localstack.client("autoscaling").set_instance_health(InstanceId=instance_id, HealthStatus="Unhealthy")


def terminate_in_group(localstack: Running, instance_id: str) -> None:
    localstack.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=instance_id, ShouldDecrementDesiredCapacity=False
    )


def terminate(localstack: Running, instance_id: str) -> None:
    localstack.client("ec2").terminate_instances(InstanceIds=[instance_id])


def stop(localstack: Running, instance_id: str) -> None:
    localstack.client("ec2").stop_instances(InstanceIds=[instance_id])


@pytest.mark.parametrize(
    ("lose", "cause"),
    [
        (report_unhealthy, "a user health-check"),
        (terminate_in_group, "a user request"),
        (terminate, "an EC2 health check"),
        (stop, "an EC2 health check"),
    ],
)
def test_a_lost_instance_is_replaced(
    fleet: FleetResources, lose: Callable[[Running, str], None], cause: str
) -> None:
    group = fleet.make_group(2)
    before = fleet.zones(group)
    lost, kept = before

    lose(fleet.localstack, lost)

    after = fleet.zones(group)
    (new,) = after.keys() - before.keys()
    assert after.keys() == {kept, new}
    assert after[new] == before[lost]
    assert fleet.describe(group)["DesiredCapacity"] == 2
    assert fleet.instance(lost)["State"]["Name"] == "terminated"
    assert fleet.instance(new)["State"]["Name"] == "running"
    assert fleet.health().keys() == {kept, new}
    started, ended = scaling_activities(fleet.localstack, group)[:2]
    assert ended["Description"] == f"Terminating EC2 instance: {lost}"
    assert f"taken out of service in response to {cause}" in ended["Cause"]
    assert started["Description"] == f"Launching a new EC2 instance: {new}"


def test_an_instance_is_not_replaced_for_its_health_within_the_grace_period(fleet: FleetResources) -> None:
    group = fleet.make_group(1, HealthCheckGracePeriod=300)
    (instance_id,) = fleet.zones(group)

    report_unhealthy(fleet.localstack, instance_id)
    assert fleet.zones(group).keys() == {instance_id}

    fleet.localstack.client("autoscaling").set_instance_health(
        InstanceId=instance_id, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
    )
    assert instance_id not in fleet.zones(group)


def test_an_unhealthy_instance_is_only_marked_while_replacing_is_suspended(fleet: FleetResources) -> None:
    group = fleet.make_group(1)
    fleet.localstack.client("autoscaling").suspend_processes(
        AutoScalingGroupName=group, ScalingProcesses=["ReplaceUnhealthy"]
    )
    (instance_id,) = fleet.zones(group)

    report_unhealthy(fleet.localstack, instance_id)

    (instance,) = fleet.describe(group)["Instances"]
    assert (instance["InstanceId"], instance["HealthStatus"]) == (instance_id, "Unhealthy")


def test_an_instance_can_be_terminated_without_a_successor_but_not_below_the_minimum(
    fleet: FleetResources,
) -> None:
    group = fleet.make_group(2, MinSize=1)
    first, second = fleet.zones(group)

    def end(instance_id: str) -> None:
        fleet.localstack.client("autoscaling").terminate_instance_in_auto_scaling_group(
            InstanceId=instance_id, ShouldDecrementDesiredCapacity=True
        )

    end(first)
    assert fleet.zones(group).keys() == {second}
    assert fleet.describe(group)["DesiredCapacity"] == 1

    with pytest.raises(ClientError, match="desiredSize equals minSize"):
        end(second)
    assert fleet.zones(group).keys() == {second}


@pytest.mark.parametrize(("size", "mistake"), [(7, "above max value 6"), (1, "below min value 2")])
def test_a_size_outside_the_limits_is_refused(fleet: FleetResources, size: int, mistake: str) -> None:
    group = fleet.make_group(2, MinSize=2)

    with pytest.raises(ClientError, match=mistake):
        resize(fleet, group, size)

    assert len(fleet.zones(group)) == 2


def test_an_unknown_group_or_instance_is_a_client_error(fleet: FleetResources) -> None:
    with pytest.raises(ClientError, match=r"ValidationError.*AutoScalingGroup 'missing' not found"):
        resize(fleet, "missing", 2)
    with pytest.raises(ClientError, match=r"ValidationError.*No managed instance found.*i-0123"):
        terminate_in_group(fleet.localstack, "i-0123")


def test_a_group_does_not_overwrite_another_of_the_same_name(fleet: FleetResources) -> None:
    group = fleet.make_group(1)
    before = fleet.zones(group)

    with pytest.raises(ClientError, match=r"AlreadyExists.*already exists"):
        fleet.make_group(2, AutoScalingGroupName=group)

    assert fleet.zones(group) == before


def test_the_parameters_of_a_group_read_back(fleet: FleetResources) -> None:
    group = fleet.make_group(1, DefaultInstanceWarmup=45, MaxInstanceLifetime=604_800)

    described = fleet.describe(group)

    assert described["DefaultInstanceWarmup"] == 45
    assert described["MaxInstanceLifetime"] == 604_800
    assert described["HealthCheckGracePeriod"] == 0
    assert described["HealthCheckType"] == "ELB"
    assert described["VPCZoneIdentifier"].split(",") == list(fleet.subnets.values())
    assert described["TargetGroupARNs"] == [fleet.target_group]
    assert {each["LifecycleState"] for each in described["Instances"]} == {"InService"}


# CreateAutoScalingGroup, Auto Scaling API 2011-01-01.
def test_a_group_without_a_grace_period_has_none(fleet: FleetResources) -> None:
    group = fleet.describe(fleet.make_group(0, HealthCheckGracePeriod=None))

    assert (group["HealthCheckGracePeriod"], group["DefaultCooldown"]) == (0, 300)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("CapacityRebalance", True),
        ("DefaultCooldown", 301),
        ("PlacementGroup", "close"),
        ("ServiceLinkedRoleARN", "arn:aws:iam::000000000000:role/aws-service-role/own"),
        ("TerminationPolicies", ["OldestInstance", "Default"]),
    ],
)
def test_a_changed_parameter_of_a_group_reads_back(
    fleet: FleetResources, parameter: str, value: object
) -> None:
    group = fleet.make_group(0)
    fleet.localstack.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=group, **{parameter: value}
    )
    assert fleet.describe(group)[parameter] == value


def test_a_scaling_policy_returns_its_arn_and_reads_back_without_empty_parts(fleet: FleetResources) -> None:
    group = fleet.make_group(1)
    client = fleet.localstack.client("autoscaling")
    tracking = {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        "TargetValue": 50.0,
        "DisableScaleIn": False,
    }

    arn = client.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName=f"{group}-cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration=tracking,
    )["PolicyARN"]

    (policy,) = client.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"]
    assert policy["PolicyARN"] == arn
    assert policy["TargetTrackingConfiguration"] == tracking
    assert "PredictiveScalingConfiguration" not in policy


def test_scaling_activities_are_paginated(fleet: FleetResources) -> None:
    group = fleet.make_group(3)
    client = fleet.localstack.client("autoscaling")

    first = client.describe_scaling_activities(AutoScalingGroupName=group, MaxRecords=2)
    rest = client.describe_scaling_activities(AutoScalingGroupName=group, NextToken=first["NextToken"])

    assert first["Activities"] + rest["Activities"] == scaling_activities(fleet.localstack, group)
    assert "NextToken" not in rest
    assert "increasing the capacity from 2 to 3" in first["Activities"][0]["Cause"]
