"""A fleet that keeps serving while its instances come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.rule import Finding, Resource, ResourceRule, StackRule, block, of_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GROUP: Final = "aws:autoscaling/group:Group"
HOOK: Final = "aws:autoscaling/lifecycleHook:LifecycleHook"
SCHEDULE: Final = "aws:autoscaling/schedule:Schedule"

UNSAID: Final = -1
"""A size that a scheduled action leaves as it is."""

SIZES: Final = ("minSize", "desiredCapacity", "maxSize")


def _gap_between(resource: Resource) -> Iterator[str]:
    if resource.type != GROUP:
        return
    least = block(resource.properties, "instanceMaintenancePolicy").get("minHealthyPercentage", 0)
    if least < 100:  # noqa: PLR2004 - percent
        yield f"it may replace its instances down to {least:g} % before their successors serve"
    if resource.properties.get("healthCheckType") != "ELB":
        yield "it takes a machine that runs for a service that answers"


def _silence_serves(resource: Resource) -> Iterator[str]:
    if (
        resource.type == HOOK
        and resource.properties.get("lifecycleTransition") == "autoscaling:EC2_INSTANCE_LAUNCHING"
        and resource.properties.get("defaultResult") != "ABANDON"
    ):
        yield "an instance that never says that it is ready serves all the same"


def _beyond_bounds(resources: Sequence[Resource]) -> Iterator[Finding]:
    groups = {group.properties["name"]: group.properties for group in of_type(resources, GROUP)}
    for action in of_type(resources, SCHEDULE):
        group = groups.get(action.properties["autoscalingGroupName"])
        if group is None:
            yield action, "nothing has the sizes that it asks for"
            continue
        told = (action.properties.get(key, UNSAID) for key in SIZES)
        for size in (size for size in told if size != UNSAID):
            if not group["minSize"] <= size <= group["maxSize"]:
                yield (
                    action,
                    f"{size:g} is not between the group's own {group['minSize']:g} and {group['maxSize']:g}",
                )


FLEET: Final = (
    ResourceRule(
        name="successors-first",
        serves="REL11-BP02 Fail over to healthy resources",
        says="An instance that is replaced goes once its successor answers, and not before.",
        check=_gap_between,
    ),
    ResourceRule(
        name="silence-abandoned",
        serves="REL07-BP02 Obtain resources upon detection of impairment",
        says="An instance that does not say that it is ready is given up.",
        check=_silence_serves,
    ),
    StackRule(
        name="schedule-bounded",
        serves="REL07-BP01 Use automation when obtaining or scaling resources",
        says="No schedule takes a group beyond the sizes that it was given.",
        check=_beyond_bounds,
    ),
)
