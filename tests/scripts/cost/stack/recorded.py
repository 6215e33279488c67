"""Resources of a stack as a program requests them, written down by tests."""

from __future__ import annotations

from typing import Any, TypeAlias

from scripts.program.resources import RequestedResource, StackResources

Resource: TypeAlias = tuple[str, dict[str, Any]]


def recorded(*resources: Resource) -> StackResources:
    return StackResources(
        stack="test",
        region="us-east-1",
        resources=tuple(
            RequestedResource(type=f"aws:{kind}", name=f"resource-{number}", inputs=inputs)
            for number, (kind, inputs) in enumerate(resources)
        ),
    )


FUNCTION: Resource = ("lambda/function:Function", {})
TEMPLATE: Resource = ("ec2/launchTemplate:LaunchTemplate", {"instanceType": "c7g.large"})
GROUP: Resource = ("autoscaling/group:Group", {"minSize": 2, "maxSize": 10})


def group(**inputs: Any) -> Resource:
    return GROUP[0], GROUP[1] | inputs


def target(metric: str, value: float) -> Resource:
    tracking = {"predefinedMetricSpecification": {"predefinedMetricType": metric}, "targetValue": value}
    return "autoscaling/policy:Policy", {"targetTrackingConfiguration": tracking}
