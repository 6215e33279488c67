"""Availability rules for Auto Scaling groups, their lifecycle hooks and their schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from policy.rule import Finding, Resource, ResourceRule, StackRule, block, of_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

GROUP: Final = "aws:autoscaling/group:Group"
HOOK: Final = "aws:autoscaling/lifecycleHook:LifecycleHook"
SCHEDULE: Final = "aws:autoscaling/schedule:Schedule"

UNCHANGED: Final = -1
"""Size that a scheduled action leaves unchanged."""

SIZES: Final = ("minSize", "desiredCapacity", "maxSize")


def _terminates_first(resource: Resource) -> Iterator[str]:
    if resource.type != GROUP:
        return
    minimum = block(resource.properties, "instanceMaintenancePolicy").get("minHealthyPercentage", 0)
    if minimum < 100:  # noqa: PLR2004 - percent
        yield f"its healthy capacity may drop to {minimum:g} % before replacements are in service"
    if resource.properties.get("healthCheckType") != "ELB":
        yield "its health checks see the instance only, not the service"


def _abandons_without_answer(resource: Resource) -> Iterator[str]:
    if (
        resource.type == HOOK
        and resource.properties.get("lifecycleTransition") == "autoscaling:EC2_INSTANCE_LAUNCHING"
        and resource.properties.get("defaultResult") != "CONTINUE"
    ):
        yield "an instance of a version that completes no hooks is never put into service"


def _outside_group_size(resources: Sequence[Resource]) -> Iterator[Finding]:
    groups = {group.properties["name"]: group.properties for group in of_type(resources, GROUP)}
    actions = [action.properties for action in of_type(resources, SCHEDULE)]
    for action in of_type(resources, SCHEDULE):
        group = groups.get(action.properties["autoscalingGroupName"])
        if group is None:
            yield action, "its Auto Scaling group does not exist"
            continue
        # An earlier action may have set the present limits of the group.
        of_group = [group, *(one for one in actions if one["autoscalingGroupName"] == group["name"])]
        minimum = min(_sizes(of_group, ["minSize"]))
        maximum = max(_sizes(of_group, ["maxSize"]))
        for size in _sizes([action.properties], SIZES):
            if not minimum <= size <= maximum:
                yield action, f"{size:g} is outside the group's range of {minimum:g} to {maximum:g}"


def _sizes(properties: Iterable[Mapping[str, Any]], keys: Iterable[str]) -> list[float]:
    sizes = (one.get(key, UNCHANGED) for one in properties for key in keys)
    return [size for size in sizes if size != UNCHANGED]


AVAILABILITY_RULES: Final = (
    ResourceRule(
        name="launch-before-terminate",
        best_practice="REL11-BP02 Fail over to healthy resources",
        description="Groups launch a replacement and check the service before they terminate an instance.",
        check=_terminates_first,
    ),
    ResourceRule(
        name="launch-hook-continues-on-timeout",
        best_practice="REL07-BP02 Obtain resources upon detection of impairment",
        description="Launch lifecycle hooks leave an instance without a report to the health checks.",
        check=_abandons_without_answer,
    ),
    StackRule(
        name="schedule-within-group-size",
        best_practice="REL07-BP01 Use automation when obtaining or scaling resources",
        description="Scheduled actions stay within the minimum and maximum size of their group.",
        check=_outside_group_size,
    ),
)
