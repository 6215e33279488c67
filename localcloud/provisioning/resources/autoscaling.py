"""How launch templates, Auto Scaling groups and their policies are made."""

from __future__ import annotations

from typing import Any, Final

from localcloud.provisioning.parameters import Names
from localcloud.provisioning.resource_type import Inputs, Row, Then


def _warm_pool(pool: Inputs) -> dict[str, Any]:
    return {
        "PoolState": pool["poolState"],
        "MinSize": int(pool["minSize"]),
        "MaxGroupPreparedCapacity": int(pool["maxGroupPreparedCapacity"]),
    }


def _forecast(specification: Inputs) -> list[dict[str, Any]]:
    """Write what a forecast is about: Terraform has one of it, the API a list of one."""
    pair = specification["predefinedMetricPairSpecification"]
    return [
        {
            "TargetValue": specification["targetValue"],
            "PredefinedMetricPairSpecification": {
                "PredefinedMetricType": pair["predefinedMetricType"],
                "ResourceLabel": pair["resourceLabel"],
            },
        }
    ]


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
            "forceDelete": "says how it is destroyed",
            "initialLifecycleHooks": "are the same as the hooks that are resources of their own",
            "minElbCapacity": "is Terraform's own patience; `up` waits for all instances",
            "waitForCapacityTimeout": "is Terraform's own patience; `up` has its own",
        },
        then=(
            Then(
                "EnableMetricsCollection",
                ("enabledMetrics", "metricsGranularity"),
                lambda made: [
                    {
                        "AutoScalingGroupName": made.name,
                        "Metrics": made.inputs["enabledMetrics"],
                        "Granularity": made.inputs.get("metricsGranularity", "1Minute"),
                    }
                ],
            ),
            Then(
                "PutWarmPool",
                ("warmPool",),
                lambda made: [{"AutoScalingGroupName": made.name, **_warm_pool(made.inputs["warmPool"])}],
            ),
        ),
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": Row(
        service="autoscaling",
        create="PutLifecycleHook",
        id="@name",
        named="name",
        names=Names(rename={"name": "LifecycleHookName"}),
    ),
    "aws:autoscaling/schedule:Schedule": Row(
        service="autoscaling",
        create="PutScheduledUpdateGroupAction",
        id="@name",
        named="scheduledActionName",
        elsewhere=dict.fromkeys(("minSize", "maxSize", "desiredCapacity"), "says -1 where it says nothing"),
        also=lambda inputs: {
            key[0].upper() + key[1:]: int(inputs[key])
            for key in ("minSize", "maxSize", "desiredCapacity")
            if inputs.get(key, -1) >= 0
        },
    ),
    "aws:autoscaling/policy:Policy": Row(
        service="autoscaling",
        create="PutScalingPolicy",
        id="@name",
        named="name",
        names=Names(
            rename={
                "name": "PolicyName",
                "predictiveScalingConfiguration.metricSpecification": "MetricSpecifications",
            },
            convert={"predictiveScalingConfiguration.metricSpecification": _forecast},
        ),
        outputs={"arn": "PolicyARN"},
    ),
}
