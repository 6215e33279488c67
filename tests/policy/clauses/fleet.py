from __future__ import annotations

from typing import TYPE_CHECKING

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

GROUP = "aws:autoscaling/group:Group"
HOOK = "aws:autoscaling/lifecycleHook:LifecycleHook"
SCHEDULE = "aws:autoscaling/schedule:Schedule"
ELSEWHERE = "aws:ec2/vpc:Vpc"

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"

MACHINE = "it: it takes a machine that runs for a service that answers"
SILENCE = "it: an instance that never says that it is ready serves all the same"


def gap(least: float | None, checks: str | None = "ELB", kind: str = GROUP) -> tuple[Resource, ...]:
    policy = {} if least is None else {"minHealthyPercentage": least}
    health = {} if checks is None else {"healthCheckType": checks}
    return (resource(kind, instanceMaintenancePolicy=policy, **health),)


def hook(transition: str | None, result: str | None, kind: str = HOOK) -> tuple[Resource, ...]:
    given = {"lifecycleTransition": transition, "defaultResult": result}
    return (resource(kind, **{key: value for key, value in given.items() if value}),)


def schedule(group: str = "fleet", /, **sizes: float) -> tuple[Resource, ...]:
    # Another group, with other bounds, must not count.
    return (
        _group("other", 0, 100),
        _group("fleet", 2, 6),
        resource(SCHEDULE, autoscalingGroupName=group, **sizes),
    )


def _group(name: str, least: float, most: float) -> Resource:
    return resource(GROUP, name, name=name, minSize=least, maxSize=most)


CASES = (
    *(Case("successors-first", f"{least} % stay healthy", gap(least)) for least in (100.0, 110.0)),
    *(
        Case(
            "successors-first",
            f"{least} % stay healthy",
            gap(least),
            (f"it: it may replace its instances down to {least:g} % before their successors serve",),
        )
        for least in (99.0, 0.0)
    ),
    # Without a policy, the oldest goes first or last as each event has it (Auto Scaling user guide, "Instance
    # maintenance policies").
    Case(
        "successors-first",
        "no policy",
        (resource(GROUP, healthCheckType="ELB"), *gap(None)),
        ("it: it may replace its instances down to 0 % before their successors serve",) * 2,
    ),
    *(
        Case("successors-first", f"health checks by {checks}", gap(100.0, checks), (MACHINE,))
        for checks in ("EC2", None)
    ),
    Case("successors-first", "what is no group", gap(0.0, kind=ELSEWHERE)),
    Case("silence-abandoned", "silence at launch is abandoned", hook(LAUNCHING, "ABANDON")),
    # It is `ABANDON` unless said otherwise; what nobody has said is not what somebody has decided.
    *(
        Case("silence-abandoned", f"silence at launch: {result}", hook(LAUNCHING, result), (SILENCE,))
        for result in ("CONTINUE", None)
    ),
    Case("silence-abandoned", "silence at the end", hook(TERMINATING, "CONTINUE")),
    Case("silence-abandoned", "what is no hook", hook(LAUNCHING, "CONTINUE", kind=ELSEWHERE)),
    *(
        Case("schedule-bounded", f"{key} at a bound", schedule(**{key: size}))
        for key in ("minSize", "desiredCapacity", "maxSize")
        # -1 leaves a size as it is (Pulumi's AWS provider, autoscaling.Schedule).
        for size in (2.0, 6.0, -1.0)
    ),
    *(
        Case(
            "schedule-bounded",
            f"{key} beyond a bound",
            schedule(**{key: size}),
            (f"it: {size:g} is not between the group's own 2 and 6",),
        )
        for key in ("minSize", "desiredCapacity", "maxSize")
        for size in (1.0, 7.0)
    ),
    Case("schedule-bounded", "nothing but a time", schedule()),
    Case(
        "schedule-bounded",
        "the group of nobody, before one that is well",
        (*schedule("gone", minSize=3.0), *schedule(minSize=3.0)[2:]),
        ("it: nothing has the sizes that it asks for",),
    ),
)
