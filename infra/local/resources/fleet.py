"""How launch templates, Auto Scaling groups and their policies are made."""

from __future__ import annotations

from typing import Final

from infra.local.resources.row import Row
from infra.local.resources.shapes import Names

FLEET: Final = {
    "aws:ec2/launchTemplate:LaunchTemplate": Row(
        service="ec2",
        create="CreateLaunchTemplate",
        id="LaunchTemplate.LaunchTemplateId",
        named="name",
        nested="LaunchTemplateData",
        outside=("name", "versionDescription"),
        names=Names(rename={"name": "LaunchTemplateName", "vpcSecurityGroupIds": "SecurityGroupIds"}),
        tagged_as="launch-template",
        elsewhere={"updateDefaultVersion": "says what a later version does"},
        outputs={"latestVersion": "LaunchTemplate.LatestVersionNumber"},
    ),
    "aws:autoscaling/group:Group": Row(
        service="autoscaling",
        create="CreateAutoScalingGroup",
        id="@name",
        named="name",
        names=Names(
            rename={
                "name": "AutoScalingGroupName",
                "launchTemplate.id": "LaunchTemplateId",
                "launchTemplate.name": "LaunchTemplateName",
                "vpcZoneIdentifiers": "VPCZoneIdentifier",
            },
            convert={"vpcZoneIdentifiers": ",".join},
        ),
        elsewhere={
            "enabledMetrics": "EnableMetricsCollection",
            "forceDelete": "says how it is destroyed",
            "minElbCapacity": "is Terraform's own patience; `up` waits for all instances",
            "metricsGranularity": "EnableMetricsCollection",
            "waitForCapacityTimeout": "is Terraform's own patience; `up` has its own",
        },
    ),
    "aws:autoscaling/policy:Policy": Row(
        service="autoscaling",
        create="PutScalingPolicy",
        id="@name",
        named="name",
        names=Names(rename={"name": "PolicyName"}),
        outputs={"arn": "PolicyARN"},
    ),
}
