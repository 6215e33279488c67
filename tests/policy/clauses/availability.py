from __future__ import annotations

from typing import TYPE_CHECKING

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

GROUP = "aws:autoscaling/group:Group"
HOOK = "aws:autoscaling/lifecycleHook:LifecycleHook"
SCHEDULE = "aws:autoscaling/schedule:Schedule"
OTHER_TYPE = "aws:ec2/vpc:Vpc"

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"

EC2_CHECKS = "it: its health checks see the instance only, not the service"
ABANDONED = "it: an instance of a version that completes no hooks is never put into service"


def gap(least: float | None, checks: str | None = "ELB", kind: str = GROUP) -> tuple[Resource, ...]:
    policy = {} if least is None else {"minHealthyPercentage": least}
    health = {} if checks is None else {"healthCheckType": checks}
    return (resource(kind, instanceMaintenancePolicy=policy, **health),)


def hook(transition: str | None, result: str | None, kind: str = HOOK) -> tuple[Resource, ...]:
    given = {"lifecycleTransition": transition, "defaultResult": result}
    return (resource(kind, **{key: value for key, value in given.items() if value}),)


def schedule(group: str = "fleet", /, **sizes: float) -> tuple[Resource, ...]:
    # The range of the other group must not count.
    return (
        _group("other", 0, 100),
        _group("fleet", 2, 6),
        resource(SCHEDULE, autoscalingGroupName=group, **sizes),
    )


def _group(name: str, least: float, most: float) -> Resource:
    return resource(GROUP, name, name=name, minSize=least, maxSize=most)


CASES = (
    *(Case("launch-before-terminate", f"{least} % stay healthy", gap(least)) for least in (100.0, 110.0)),
    *(
        Case(
            "launch-before-terminate",
            f"{least} % stay healthy",
            gap(least),
            (f"it: its healthy capacity may drop to {least:g} % before replacements are in service",),
        )
        for least in (99.0, 0.0)
    ),
    # Without a policy, the order depends on the event (Auto Scaling user guide, "Instance maintenance
    # policies").
    Case(
        "launch-before-terminate",
        "no policy",
        (resource(GROUP, healthCheckType="ELB"), *gap(None)),
        ("it: its healthy capacity may drop to 0 % before replacements are in service",) * 2,
    ),
    *(
        Case("launch-before-terminate", f"health checks by {checks}", gap(100.0, checks), (EC2_CHECKS,))
        for checks in ("EC2", None)
    ),
    Case("launch-before-terminate", "another resource type", gap(0.0, kind=OTHER_TYPE)),
    Case("launch-hook-continues-on-timeout", "CONTINUE at launch", hook(LAUNCHING, "CONTINUE")),
    # The default of AWS is `ABANDON`.
    *(
        Case(
            "launch-hook-continues-on-timeout",
            f"default result at launch: {result}",
            hook(LAUNCHING, result),
            (ABANDONED,),
        )
        for result in ("ABANDON", None)
    ),
    Case("launch-hook-continues-on-timeout", "ABANDON at termination", hook(TERMINATING, "ABANDON")),
    Case(
        "launch-hook-continues-on-timeout",
        "another resource type",
        hook(LAUNCHING, "ABANDON", kind=OTHER_TYPE),
    ),
    *(
        Case("schedule-within-group-size", f"{key} at the limit", schedule(**{key: size}))
        for key in ("minSize", "desiredCapacity", "maxSize")
        # -1 leaves a size as it is (Pulumi's AWS provider, autoscaling.Schedule).
        for size in (2.0, 6.0, -1.0)
    ),
    *(
        Case(
            "schedule-within-group-size",
            f"{key} outside the range",
            schedule(**{key: size}),
            (f"it: {size:g} is outside the group's range of 2 to 6",),
        )
        for key, size in (
            ("minSize", 7.0),
            ("desiredCapacity", 1.0),
            ("desiredCapacity", 7.0),
            ("maxSize", 1.0),
        )
    ),
    # The group may have the limits that another action has set.
    Case(
        "schedule-within-group-size",
        "limits set by another action",
        (
            *schedule(minSize=1.0, maxSize=9.0),
            *schedule(desiredCapacity=9.0)[2:],
            *schedule(desiredCapacity=1.0)[2:],
        ),
    ),
    Case("schedule-within-group-size", "no size", schedule()),
    Case(
        "schedule-within-group-size",
        "limits set by an action of another group",
        (*schedule("other", minSize=1.0, maxSize=9.0), *schedule(desiredCapacity=9.0)[2:]),
        ("it: 9 is outside the group's range of 2 to 6",),
    ),
    Case(
        "schedule-within-group-size",
        "a missing group, before an existing one",
        (*schedule("gone", minSize=3.0), *schedule(minSize=3.0)[2:]),
        ("it: its Auto Scaling group does not exist",),
    ),
)
