"""Availability rules for Auto Scaling groups, their lifecycle hooks and their schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.rule import Finding, Resource, ResourceRule, StackRule, block, of_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


def _continues_without_answer(resource: Resource) -> Iterator[str]:
    if (
        resource.type == HOOK
        and resource.properties.get("lifecycleTransition") == "autoscaling:EC2_INSTANCE_LAUNCHING"
        and resource.properties.get("defaultResult") != "ABANDON"
    ):
        yield "an instance that never reports ready is put into service"


def _outside_group_size(resources: Sequence[Resource]) -> Iterator[Finding]:
    groups = {group.properties["name"]: group.properties for group in of_type(resources, GROUP)}
    for action in of_type(resources, SCHEDULE):
        group = groups.get(action.properties["autoscalingGroupName"])
        if group is None:
            yield action, "its Auto Scaling group does not exist"
            continue
        sizes = (action.properties.get(key, UNCHANGED) for key in SIZES)
        for size in (size for size in sizes if size != UNCHANGED):
            if not group["minSize"] <= size <= group["maxSize"]:
                sizes_of_group = f"{group['minSize']:g} to {group['maxSize']:g}"
                yield action, f"{size:g} is outside the group's own range of {sizes_of_group}"


AVAILABILITY_RULES: Final = (
    ResourceRule(
        name="launch-before-terminate",
        best_practice="REL11-BP02 Fail over to healthy resources",
        description="Groups launch a replacement and check the service before they terminate an instance.",
        check=_terminates_first,
    ),
    ResourceRule(
        name="launch-hook-abandons-on-timeout",
        best_practice="REL07-BP02 Obtain resources upon detection of impairment",
        description="Launch lifecycle hooks abandon an instance that does not report ready in time.",
        check=_continues_without_answer,
    ),
    StackRule(
        name="schedule-within-group-size",
        best_practice="REL07-BP01 Use automation when obtaining or scaling resources",
        description="Scheduled actions stay within the minimum and maximum size of their group.",
        check=_outside_group_size,
    ),
)
