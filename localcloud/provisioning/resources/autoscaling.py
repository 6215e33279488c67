"""Resource types of launch templates and EC2 Auto Scaling."""

from __future__ import annotations

from typing import Any, Final

from localcloud.provisioning.parameters import InputMapping
from localcloud.provisioning.resource_type import FollowUpCalls, Inputs, ResourceType


def _warm_pool(pool: Inputs) -> dict[str, Any]:
    return {
        "PoolState": pool["poolState"],
        "MinSize": int(pool["minSize"]),
        "MaxGroupPreparedCapacity": int(pool["maxGroupPreparedCapacity"]),
    }


def _forecast(specification: Inputs) -> list[dict[str, Any]]:
    """Return the forecast's metric specification: Terraform has one, the API a list."""
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
    "aws:ec2/launchTemplate:LaunchTemplate": ResourceType(
        service="ec2",
        operation="CreateLaunchTemplate",
        id="LaunchTemplate.LaunchTemplateId",
        name_input="name",
        nested_parameter="LaunchTemplateData",
        top_level_inputs=("name", "versionDescription"),
        mapping=InputMapping(
            rename={"name": "LaunchTemplateName", "vpcSecurityGroupIds": "SecurityGroupIds"}
        ),
        tag_resource_type="launch-template",
        other_inputs={"updateDefaultVersion": "affects only later versions"},
        outputs={"latestVersion": "LaunchTemplate.LatestVersionNumber"},
    ),
    "aws:autoscaling/group:Group": ResourceType(
        service="autoscaling",
        operation="CreateAutoScalingGroup",
        id="@name",
        name_input="name",
        mapping=InputMapping(
            rename={
                "name": "AutoScalingGroupName",
                "launchTemplate.id": "LaunchTemplateId",
                "launchTemplate.name": "LaunchTemplateName",
                "vpcZoneIdentifiers": "VPCZoneIdentifier",
            },
            convert={"vpcZoneIdentifiers": ",".join},
        ),
        other_inputs={
            "forceDelete": "affects only its deletion",
            "initialLifecycleHooks": "duplicate the lifecycle hook resources",
            "minElbCapacity": "is a wait of Terraform; `up` waits for all instances",
            "waitForCapacityTimeout": "is a timeout of Terraform; `up` has its own",
        },
        follow_ups=(
            FollowUpCalls(
                "EnableMetricsCollection",
                ("enabledMetrics", "metricsGranularity"),
                lambda created: [
                    {
                        "AutoScalingGroupName": created.name,
                        "Metrics": created.inputs["enabledMetrics"],
                        "Granularity": created.inputs.get("metricsGranularity", "1Minute"),
                    }
                ],
            ),
            FollowUpCalls(
                "PutWarmPool",
                ("warmPool",),
                lambda created: [
                    {"AutoScalingGroupName": created.name, **_warm_pool(created.inputs["warmPool"])}
                ],
            ),
        ),
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": ResourceType(
        service="autoscaling",
        operation="PutLifecycleHook",
        id="@name",
        name_input="name",
        mapping=InputMapping(rename={"name": "LifecycleHookName"}),
    ),
    "aws:autoscaling/schedule:Schedule": ResourceType(
        service="autoscaling",
        operation="PutScheduledUpdateGroupAction",
        id="@name",
        name_input="scheduledActionName",
        other_inputs=dict.fromkeys(("minSize", "maxSize", "desiredCapacity"), "is -1 if unset"),
        extra_parameters=lambda inputs: {
            key[0].upper() + key[1:]: int(inputs[key])
            for key in ("minSize", "maxSize", "desiredCapacity")
            if inputs.get(key, -1) >= 0
        },
    ),
    "aws:autoscaling/policy:Policy": ResourceType(
        service="autoscaling",
        operation="PutScalingPolicy",
        id="@name",
        name_input="name",
        mapping=InputMapping(
            rename={
                "name": "PolicyName",
                "predictiveScalingConfiguration.metricSpecification": "MetricSpecifications",
            },
            convert={"predictiveScalingConfiguration.metricSpecification": _forecast},
        ),
        outputs={"arn": "PolicyARN"},
    ),
}
