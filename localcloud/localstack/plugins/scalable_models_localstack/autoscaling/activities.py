"""The story that DescribeScalingActivities tells: what a group started and ended, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from moto.autoscaling.models import FakeAutoScalingGroup
    from moto.ec2.models.instances import Instance


def started(group: FakeAutoScalingGroup, instance: Instance, before: int) -> dict[str, Any]:
    """An instance was started when the group had `before`."""
    cause = (
        "an instance was started in response to a difference between desired and actual capacity, "
        f"increasing the capacity from {before} to {before + 1}."
    )
    return _activity(group, f"Launching a new EC2 instance: {instance.id}", cause)


def ended(group: FakeAutoScalingGroup, instance: Instance, cause: str) -> dict[str, Any]:
    """An instance was ended because of `cause`, which goes on after "in response to"."""
    return _activity(
        group,
        f"Terminating EC2 instance: {instance.id}",
        f"an instance was taken out of service in response to {cause}.",
    )


def _activity(group: FakeAutoScalingGroup, description: str, cause: str) -> dict[str, Any]:
    """Make an activity in the shape of the API; nothing takes time here, so it is done at once."""
    now = datetime.now(UTC)
    return {
        "ActivityId": str(uuid4()),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": description,
        "Cause": f"At {now:%Y-%m-%dT%H:%M:%SZ} {cause}",
        "StartTime": now,
        "EndTime": now,
        "StatusCode": "Successful",
        "Progress": 100,
    }
