"""Resources of a fleet in LocalStack: network, load balancer, launch template and groups."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import ClientError

from tests.localcloud.localstack.running import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.localcloud.localstack.running import Running


class Scheduled(NamedTuple):
    """Scheduled action."""

    start: datetime
    requests: int
    """Number of requests until one was accepted."""


@dataclass
class FleetResources:
    """Network in two zones with a load balancer and Auto Scaling groups."""

    localstack: Running
    subnets: dict[str, str]
    """Subnet ids by zone."""
    security_group: str
    profile: str
    """ARN of the instance profile."""
    load_balancer: str
    target_group: str
    template: str
    _numbers: Iterator[int] = field(default_factory=count)
    _groups: list[str] = field(default_factory=list[str])

    def make_group(self, size: int = 2, **parameters: Any) -> str:
        """Create a group of 0 to 6 instances and return its name; omit parameters that are None."""
        name: str = parameters.get("AutoScalingGroupName", f"group-{next(self._numbers)}")
        request = {
            "AutoScalingGroupName": name,
            "MinSize": 0,
            "MaxSize": 6,
            "DesiredCapacity": size,
            "VPCZoneIdentifier": ",".join(self.subnets.values()),
            "LaunchTemplate": {"LaunchTemplateId": self.template, "Version": "1"},
            "TargetGroupARNs": [self.target_group],
            "HealthCheckType": "ELB",
            "HealthCheckGracePeriod": 0,
        } | parameters
        self.localstack.client("autoscaling").create_auto_scaling_group(
            **{key: value for key, value in request.items() if value is not None}
        )
        self._groups.append(name)
        return name

    def describe(self, group: str) -> dict[str, Any]:
        answer = self.localstack.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[group]
        )
        return answer["AutoScalingGroups"][0]

    def zones(self, group: str) -> dict[str, str]:
        """Return the zone of each instance of a group, by its id."""
        return {each["InstanceId"]: each["AvailabilityZone"] for each in self.describe(group)["Instances"]}

    def schedule_soon(self, group: str, name: str = "action", **parameters: Any) -> Scheduled:
        """Schedule an action in a second; once more if the machine stood still until its time was over."""
        requests = 0
        while True:
            requests += 1
            start = datetime.now(UTC) + timedelta(seconds=1)
            named = {"AutoScalingGroupName": group, "ScheduledActionName": name, "StartTime": start}
            try:
                self.localstack.client("autoscaling").put_scheduled_update_group_action(**named, **parameters)
            except ClientError as error:
                if "start time is in the past" not in str(error):
                    raise
            else:
                return Scheduled(start, requests)

    def instance(self, instance_id: str) -> dict[str, Any]:
        answer = self.localstack.client("ec2").describe_instances(InstanceIds=[instance_id])
        return answer["Reservations"][0]["Instances"][0]

    def health(self) -> dict[str, dict[str, str]]:
        """Return the health of each registered target, by its instance id."""
        answer = self.localstack.client("elbv2").describe_target_health(TargetGroupArn=self.target_group)
        return {each["Target"]["Id"]: each["TargetHealth"] for each in answer["TargetHealthDescriptions"]}

    def clear(self) -> None:
        """Delete all groups."""
        while self._groups:
            self.localstack.client("autoscaling").delete_auto_scaling_group(
                AutoScalingGroupName=self._groups.pop(), ForceDelete=True
            )
        self.localstack.tell_health("{}")


TEMPLATE: Final[dict[str, Any]] = {
    "InstanceType": "t4g.small",
    "UserData": base64.b64encode(b"#!/bin/sh\necho hello\n").decode(),
    "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1},
    "Monitoring": {"Enabled": True},
    "EbsOptimized": True,
    "BlockDeviceMappings": [
        {
            "DeviceName": "/dev/xvda",
            "Ebs": {"Encrypted": True, "VolumeType": "gp3", "VolumeSize": 8, "DeleteOnTermination": True},
        }
    ],
    "TagSpecifications": [
        {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "iris"}]},
        {"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "iris-root"}]},
    ],
}


def make_fleet(localstack: Running) -> FleetResources:
    ec2 = localstack.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = {
        zone: ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for zone, cidr in ((f"{REGION}a", "10.20.0.0/24"), (f"{REGION}b", "10.20.1.0/24"))
    }
    group = ec2.create_security_group(GroupName="iris", Description="iris", VpcId=vpc)["GroupId"]

    iam = localstack.client("iam")
    profile = iam.create_instance_profile(InstanceProfileName="iris")["InstanceProfile"]["Arn"]

    own = {"ImageId": image(localstack), "SecurityGroupIds": [group], "IamInstanceProfile": {"Arn": profile}}
    template = ec2.create_launch_template(LaunchTemplateName="iris", LaunchTemplateData=TEMPLATE | own)

    elbv2 = localstack.client("elbv2")
    balancer = elbv2.create_load_balancer(
        Name="iris", Subnets=list(subnets.values()), SecurityGroups=[group], Type="application"
    )["LoadBalancers"][0]["LoadBalancerArn"]
    targets = elbv2.create_target_group(Name="iris", Protocol="HTTP", Port=8080, VpcId=vpc)
    target_group = targets["TargetGroups"][0]["TargetGroupArn"]
    elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )
    return FleetResources(
        localstack=localstack,
        subnets=subnets,
        security_group=group,
        profile=profile,
        load_balancer=balancer,
        target_group=target_group,
        template=template["LaunchTemplate"]["LaunchTemplateId"],
    )


def image(localstack: Running) -> str:
    """Return the id of the latest Amazon Linux image for arm64."""
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
    return localstack.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
