"""Operations on the instances of a group: standby, attachment, protection and suspended processes.

moto's leave instances in standby registered as targets, attach them without their launch template, check no
limits, and neither catch up when a process is resumed nor when a protected instance is released.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from moto.autoscaling.models import ASG_NAME_TAG
from moto.ec2.exceptions import InvalidInstanceIdError

from scalable_models_localstack.autoscaling.activities import user_activity
from scalable_models_localstack.autoscaling.group import GroupMember, ScalingGroup
from scalable_models_localstack.autoscaling.lookup import (
    backend_of,
    find_group,
    validation_error,
)

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext
    from moto.autoscaling.models import InstanceState
    from moto.ec2.models.instances import Instance

    from scalable_models_localstack.dispatch import OperationHandlers, Parameters

PROCESSES: Final = (
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
)
"""Processes that can be suspended (EC2 Auto Scaling user guide, "Suspend and resume processes")."""


def _enter_standby(context: RequestContext, request: Parameters) -> Parameters:
    with backend_of(context).lock:
        group, states = _members(context, request, "InService")
        before = group.desired_capacity or 0
        if request["ShouldDecrementDesiredCapacity"]:
            _change_capacity(group, -len(states), "place into standby")
        for state in states:
            state.lifecycle_state = "Standby"
            group.take_out_of_service(state)
        activities = [
            user_activity(group, "Moving EC2 instance to Standby", "moved to standby", state.instance, before)
            for state in states
        ]
        return _finish(context, group, activities)


def _exit_standby(context: RequestContext, request: Parameters) -> Parameters:
    with backend_of(context).lock:
        group, states = _members(context, request, "Standby")
        if group.is_suspended("Launch"):
            raise validation_error("The Launch process is suspended, so no instance can leave standby.")
        before = group.desired_capacity or 0
        _change_capacity(group, len(states), "take out of standby")
        for state in states:
            state.lifecycle_state = "InService"
        activities = [
            user_activity(
                group, "Moving EC2 instance out of Standby", "moved out of standby", state.instance, before
            )
            for state in states
        ]
        answer = _finish(context, group, activities)
        # Its health has not been checked in standby.
        group.check_health("an unhealthy status")
        return answer


def _attach(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    with backend.lock:
        group = find_group(backend, request["AutoScalingGroupName"])
        if group.is_suspended("Launch"):
            raise validation_error("The Launch process is suspended, so no instance can be attached.")
        instances = [_free_instance(group, name) for name in request.get("InstanceIds", [])]
        before = group.desired_capacity or 0
        _change_capacity(group, len(instances), "attach")
        for instance in instances:
            # moto's instances remember their first group.
            vars(instance)["autoscaling_group"] = group
            backend.ec2_backend.create_tags([instance.id], {ASG_NAME_TAG: group.name})
            group.instance_states.append(GroupMember(instance, group, group.version_of(instance)))
        backend.activities += [
            user_activity(group, "Attaching an existing EC2 instance", "attached", instance, before)
            for instance in instances
        ]
        group.settle()
    return {}


def _detach(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    with backend.lock:
        group, states = _members(context, request, "InService", "Standby")
        before = group.desired_capacity or 0
        if request["ShouldDecrementDesiredCapacity"]:
            in_service = sum(state.lifecycle_state == "InService" for state in states)
            _change_capacity(group, -in_service, "detach")
        for state in states:
            group.forget_instance(state)
            backend.ec2_backend.delete_tags([state.instance.id], {ASG_NAME_TAG: group.name})
        activities = [
            user_activity(group, "Detaching EC2 instance", "detached", state.instance, before)
            for state in states
        ]
        return _finish(context, group, activities)


def _protect(context: RequestContext, request: Parameters) -> Parameters:
    """Set the protection from scale-in; a released instance may be one too many since."""
    with backend_of(context).lock:
        group, states = _members(context, request, "InService", "Standby")
        for state in states:
            state.protected_from_scale_in = request["ProtectedFromScaleIn"]
        group.settle()
    return {}


def _suspend(context: RequestContext, request: Parameters) -> Parameters:
    with backend_of(context).lock:
        group, named = _processes(context, request)
        group.suspended_processes = sorted({*_suspended(group), *named})
    return {}


def _resume(context: RequestContext, request: Parameters) -> Parameters:
    """Resume processes, and do what they would have done meanwhile."""
    with backend_of(context).lock:
        group, named = _processes(context, request)
        group.suspended_processes = sorted({*_suspended(group)} - {*named})
        group.check_health("an unhealthy status")
        group.settle()
    return {}


def _complete_lifecycle_action(context: RequestContext, request: Parameters) -> Parameters:
    """Refuse the signal of a lifecycle hook, for which no instance waits here."""
    find_group(backend_of(context), request["AutoScalingGroupName"])
    subject = request.get("InstanceId") or request.get("LifecycleActionToken")
    raise validation_error(f"No active Lifecycle Action found with instance ID {subject}")


def _suspended(group: ScalingGroup) -> list[str]:
    return [each["ProcessName"] for each in group.suspended_processes]


def _processes(context: RequestContext, request: Parameters) -> tuple[ScalingGroup, list[str]]:
    """Return a group and the processes that a request names; all if it names none."""
    group = find_group(backend_of(context), request["AutoScalingGroupName"])
    named: list[str] = request.get("ScalingProcesses") or list(PROCESSES)
    if unknown := [name for name in named if name not in PROCESSES]:
        raise validation_error(
            f"{unknown[0]} is not a valid process. Valid types are: {', '.join(PROCESSES)}"
        )
    return group, named


def _members(
    context: RequestContext, request: Parameters, *lifecycle_states: str
) -> tuple[ScalingGroup, list[InstanceState]]:
    """Return a group and the instances of a request; refuse those of another group or lifecycle state.

    The states that an instance passes on AWS on its way, such as `EnteringStandby`, do not exist here.
    """
    group = find_group(backend_of(context), request["AutoScalingGroupName"])
    found = {state.instance.id: state for state in group.instance_states}
    states: list[InstanceState] = []
    for name in request.get("InstanceIds", []):
        if name not in found:
            raise validation_error(f"The instance {name} is not part of Auto Scaling group {group.name}.")
        if found[name].lifecycle_state not in lifecycle_states:
            raise validation_error(f"The instance {name} is not in {' or '.join(lifecycle_states)}.")
        states.append(found[name])
    return group, states


def _free_instance(group: ScalingGroup, name: str) -> Instance:
    try:
        instance = group.ec2_backend.get_instance(name)
    except InvalidInstanceIdError:
        raise validation_error(f"Invalid Instance ID(s): [{name}] specified") from None
    if instance.state != "running":
        raise validation_error(f"Instance {name} is not in correct state: it is {instance.state}.")
    for other in group.autoscaling_backend.autoscaling_groups.values():
        if any(state.instance.id == name for state in other.instance_states):
            raise validation_error(f"Instance {name} is already part of Auto Scaling group {other.name}.")
    if instance.placement not in group.availability_zones:
        raise validation_error(
            f"Instance {name} is in {instance.placement}, which {group.name} does not use."
        )
    if group.version_of(instance) is None:
        raise validation_error(f"Instance {name} has no launch template, so nothing would run on it here.")
    return instance


def _change_capacity(group: ScalingGroup, change: int, deed: str) -> None:
    """Change the desired capacity within the limits of the group, without any launch or termination."""
    before = group.desired_capacity or 0
    minimum, maximum = group.min_size or 0, group.max_size or 0
    if change and not minimum <= before + change <= maximum:
        number = "1 instance" if abs(change) == 1 else f"{abs(change)} instances"
        raise validation_error(
            f"AutoScalingGroup {group.name} has min-size={minimum}, max-size={maximum}, and "
            f"desired-size={before}. To {deed} {number}, please "
            "update the AutoScalingGroup sizes appropriately."
        )
    group.desired_capacity = before + change


def _finish(context: RequestContext, group: ScalingGroup, activities: list[Parameters]) -> Parameters:
    backend_of(context).activities += activities
    group.settle()
    return {"Activities": activities}


HANDLERS: Final[OperationHandlers] = {
    "AttachInstances": _attach,
    "CompleteLifecycleAction": _complete_lifecycle_action,
    "DetachInstances": _detach,
    "EnterStandby": _enter_standby,
    "ExitStandby": _exit_standby,
    "RecordLifecycleActionHeartbeat": _complete_lifecycle_action,
    "ResumeProcesses": _resume,
    "SetInstanceProtection": _protect,
    "SuspendProcesses": _suspend,
}
