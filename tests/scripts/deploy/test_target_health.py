"""Boot of a fleet after a deployment, with the responses of AWS written down."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

from scripts.deploy.serving import target_health
from scripts.deploy.serving.target_health import Fleet, UnhealthyFleetError, wait_until_healthy
from tests.stubbed import Answers, answering

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGETS: Final = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/iris/0123456789abcdef"
FLEET: Final = Fleet(group="iris", target_group_arn=TARGETS)


def group(desired: int) -> Answers:
    described: dict[str, Any] = {
        "AutoScalingGroupName": "iris",
        "MinSize": 1,
        "MaxSize": 4,
        "DesiredCapacity": desired,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-west-1a"],
        "HealthCheckType": "ELB",
        "CreatedTime": "2026-01-01T00:00:00Z",
    }
    answer = {"AutoScalingGroups": [described]}
    return [("describe_auto_scaling_groups", {"AutoScalingGroupNames": ["iris"]}, answer)]


def health(*states: str, reason: str = "", description: str = "") -> Answers:
    targets: list[dict[str, Any]] = []
    for number, state in enumerate(states):
        said = {"Reason": reason, "Description": description} if reason and state != "healthy" else {}
        targets.append({"Target": {"Id": f"i-{number}"}, "TargetHealth": {"State": state, **said}})
    return [("describe_target_health", {"TargetGroupArn": TARGETS}, {"TargetHealthDescriptions": targets})]


def wait(groups: Answers, healths: Answers, timeout: float) -> list[str]:
    progress: list[str] = []
    with ExitStack() as stack:
        clients = {
            service: stack.enter_context(answering(service, answers))
            for service, answers in {"autoscaling": groups, "elbv2": healths}.items()
        }
        wait_until_healthy(clients.__getitem__, FLEET, timeout, progress.append)
    return progress


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_health, "RETRY_SECONDS", 0.01)


def test_the_wait_ends_with_as_many_healthy_targets_as_the_group_has_instances():
    progress = wait(
        group(2) * 3, health() + health("initial", "healthy") + health("healthy", "healthy"), timeout=30
    )
    assert progress == [
        "Waiting for the instances: 0 of 2 healthy",
        "Waiting for the instances: 1 of 2 healthy",
        "2 of 2 healthy",
    ]


def test_the_error_names_the_reason_of_the_load_balancer_and_the_system_log():
    # Reason and description of the ELB API reference, "TargetHealth".
    ill = health(
        "healthy",
        "unhealthy",
        reason="Target.FailedHealthChecks",
        description="Health checks failed",
    )
    with pytest.raises(UnhealthyFleetError) as caught:
        wait(group(2), ill, timeout=0)
    assert str(caught.value) == (
        "after 0 s the fleet is 1 of 2 healthy: "
        "i-1 is unhealthy, Target.FailedHealthChecks, Health checks failed; "
        "see the system log with `aws ec2 get-console-output --latest --output text --instance-id i-1`"
    )


# A target that drains belongs to an instance that is ending as it should.
def test_a_draining_target_is_no_reason():
    with pytest.raises(UnhealthyFleetError, match=r"0 of 2 healthy: i-1 is initial; see the system log"):
        wait(group(2), health("draining", "initial"), timeout=0)


@pytest.mark.parametrize(
    ("activities", "reason"),
    [
        # Newest first (EC2 Auto Scaling API reference, DescribeScalingActivities; Activity: StatusCode).
        (
            [("Failed", "Could not launch 2 Instances. InsufficientInstanceCapacity"), ("Failed", "earlier")],
            "no instance could be launched: Could not launch 2 Instances. InsufficientInstanceCapacity",
        ),
        (
            [("InProgress", "launching"), ("Cancelled", "the group was deleted")],
            "no instance could be launched: the group was deleted",
        ),
        ([("Successful", "an instance"), ("PreInService", "booting")], "no instance is registered yet"),
        ([], "no instance is registered yet"),
    ],
)
def test_without_any_target_the_error_names_why_none_was_launched(
    activities: Sequence[tuple[str, str]], reason: str
):
    described = [
        {
            "ActivityId": "1",
            "AutoScalingGroupName": "iris",
            "Cause": "a difference between desired and actual capacity",
            "StartTime": "2026-01-01T00:00:00Z",
            "StatusCode": status,
            "StatusMessage": message,
        }
        for status, message in activities
    ]
    asked = {"AutoScalingGroupName": "iris", "MaxRecords": 20}
    failed: Answers = [("describe_scaling_activities", asked, {"Activities": described})]
    with pytest.raises(UnhealthyFleetError) as caught:
        wait(group(2) + failed, health(), timeout=0)
    assert str(caught.value) == (
        f"after 0 s the fleet is 0 of 2 healthy: {reason}; see "
        "`aws autoscaling describe-scaling-activities --auto-scaling-group-name iris`"
    )


# A stack that has only a function exports neither, and one of an earlier version may lack one.
@pytest.mark.parametrize(
    ("names", "has_fleet"),
    [
        ((), False),
        (("autoScalingGroup",), False),
        (("targetGroupArn",), False),
        (("autoScalingGroup", "targetGroupArn"), True),
    ],
)
def test_a_stack_has_a_fleet_if_it_exports_both_of_its_groups(names: tuple[str, ...], *, has_fleet: bool):
    found = Fleet.from_outputs(dict.fromkeys(names, "iris"))
    assert found == (Fleet(group="iris", target_group_arn="iris") if has_fleet else None)
