"""Scaling activities of DescribeScalingActivities: launches and terminations with their causes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from moto.autoscaling.models import FakeAutoScalingGroup
    from moto.ec2.models.instances import Instance


def launch_activity(
    group: FakeAutoScalingGroup, instance: Instance, before: int, scaling_cause: str
) -> dict[str, Any]:
    """Return the activity of a launch into a group with `before` instances.

    `scaling_cause` is the sentence on the change of its capacity, or empty without one.
    """
    cause = (
        "an instance was started in response to a difference between desired and actual capacity, "
        f"increasing the capacity from {before} to {before + 1}."
    )
    return _activity(group, f"Launching a new EC2 instance: {instance.id}", cause, scaling_cause)


def termination_activity(
    group: FakeAutoScalingGroup, instance: Instance, cause: str, scaling_cause: str
) -> dict[str, Any]:
    """Return the activity of a termination; `cause` continues the sentence after "in response to"."""
    return _activity(
        group,
        f"Terminating EC2 instance: {instance.id}",
        f"an instance was taken out of service in response to {cause}.",
        scaling_cause,
    )


def failed_activity(group: FakeAutoScalingGroup, cause: str, message: str) -> dict[str, Any]:
    """Return the activity of a policy or scheduled action that failed."""
    return _activity(group, f"Updating the capacity of {group.name}", f"{cause}.") | {
        "StatusCode": "Failed",
        "StatusMessage": message,
    }


def user_activity(
    group: FakeAutoScalingGroup, title: str, deed: str, instance: Instance, before: int
) -> dict[str, Any]:
    """Return the activity of a move that a user requested, of a group whose desired capacity was `before`.

    Args:
        group: The group after the move.
        title: Beginning of the description, such as "Moving EC2 instance to Standby".
        deed: What happened to the instance, such as "moved to standby".
        instance: The instance.
        before: Desired capacity before the move.
    """
    after = group.desired_capacity or 0
    change = {True: "increasing", False: "shrinking"}[after > before]
    size = f", {change} the capacity from {before} to {after}" if after != before else ""
    return _activity(
        group,
        f"{title}: {instance.id}",
        f"instance {instance.id} was {deed} in response to a user request{size}.",
    )


def _activity(
    group: FakeAutoScalingGroup, description: str, cause: str, scaling_cause: str = ""
) -> dict[str, Any]:
    """Return an activity in the API's shape, which is complete because nothing takes time here."""
    now = datetime.now(UTC)
    lead = f"At {now:%Y-%m-%dT%H:%M:%SZ} {scaling_cause}.  " if scaling_cause else ""
    return {
        "ActivityId": str(uuid4()),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": description,
        "Cause": f"{lead}At {now:%Y-%m-%dT%H:%M:%SZ} {cause}",
        "StartTime": now,
        "EndTime": now,
        "StatusCode": "Successful",
        "Progress": 100,
    }
