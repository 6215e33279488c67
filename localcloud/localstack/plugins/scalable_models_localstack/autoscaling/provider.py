"""Auto Scaling operations for which moto's responses differ from AWS's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from localstack.aws.api import CommonServiceException

from scalable_models_localstack.autoscaling import membership_operations
from scalable_models_localstack.autoscaling.group import GroupMember, ScalingGroup
from scalable_models_localstack.autoscaling.group_parameters import mistakes
from scalable_models_localstack.autoscaling.lookup import backend_of, find_group, validation_error
from scalable_models_localstack.autoscaling.pages import page_of
from scalable_models_localstack.autoscaling.refresh import operations as refresh_operations
from scalable_models_localstack.autoscaling.scaling import policy_operations, scheduled_operations
from scalable_models_localstack.autoscaling.scaling.alarms import delete_tracking_alarms
from scalable_models_localstack.autoscaling.scaling.policies import check_cooldown
from scalable_models_localstack.dispatch import OperationHandlers, Parameters, answer_with_moto

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext
    from moto.autoscaling.models import InstanceState

DEFAULT_COOLDOWN: Final = 300
"""Default cooldown in seconds (CreateAutoScalingGroup, Auto Scaling API 2011-01-01)."""

PARAMETERS_UNKNOWN_TO_MOTO: Final = (
    "AvailabilityZoneDistribution",
    "AvailabilityZoneImpairmentPolicy",
    "CapacityReservationSpecification",
    "Context",
    "DefaultInstanceWarmup",
    "DesiredCapacityType",
    "InstanceMaintenancePolicy",
    "MaxInstanceLifetime",
)
"""Parameters of a group that moto ignores."""


PARAMETERS_THAT_MOTO_KEEPS: Final = {
    "CapacityRebalance": "capacity_rebalance",
    "DefaultCooldown": "default_cooldown",
    "PlacementGroup": "placement_group",
    "ServiceLinkedRoleARN": "service_linked_role_arn",
    "TerminationPolicies": "termination_policies",
}
"""Parameter of a group that moto does not update -> attribute of its group."""


def _create_group(context: RequestContext, request: Parameters) -> Parameters:
    """Create a group. moto overwrites one of the same name and changes times of 0 to 300 s."""
    backend = backend_of(context)
    name = request["AutoScalingGroupName"]
    _check_parameters(request)
    with backend.lock:
        if name in backend.autoscaling_groups:
            raise CommonServiceException(
                "AlreadyExists",
                f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
                sender_fault=True,
            )
        answer = answer_with_moto(context, request)
        group = _group(context, name)
        group.health_check_grace_period = request.get("HealthCheckGracePeriod", 0)
        group.default_cooldown = request.get("DefaultCooldown", DEFAULT_COOLDOWN)
        backend.extra_parameters.pop(name, None)
        _store_extra_parameters(context, request)
        return answer


def _update_group(context: RequestContext, request: Parameters) -> Parameters:
    """Update a group. moto checks no limits, counts instances in standby, and keeps some parameters."""
    with backend_of(context).lock:
        group = _group(context, request["AutoScalingGroupName"])
        _check_parameters(request)
        minimum: int = request.get("MinSize", group.min_size or 0)
        maximum: int = request.get("MaxSize", group.max_size or 0)
        if minimum > maximum:
            raise validation_error(
                f"Max bound, {maximum}, must be greater than or equal to min bound, {minimum}"
            )
        requested: int | None = request.get("DesiredCapacity")
        if requested is not None and not minimum <= requested <= maximum:
            raise validation_error(
                f"Desired capacity:{requested} must be between the specified min size:{minimum} and max "
                f"size:{maximum}"
            )
        desired = min(max(group.desired_capacity or 0, minimum), maximum) if requested is None else requested
        answer = answer_with_moto(context, request)
        for parameter, attribute in PARAMETERS_THAT_MOTO_KEEPS.items():
            if request.get(parameter) is not None:
                setattr(group, attribute, request[parameter])
        _store_extra_parameters(context, request)
        group.set_desired_capacity(desired)
        return answer


def _check_parameters(request: Parameters) -> None:
    for mistake in mistakes(request):
        raise validation_error(mistake)


def _delete_group(context: RequestContext, request: Parameters) -> Parameters:
    """Delete a group with its policies and their alarms."""
    backend = backend_of(context)
    for policy in backend.scaling_policies.get(request["AutoScalingGroupName"], {}).values():
        delete_tracking_alarms(backend, policy["PolicyARN"])
    return answer_with_moto(context, request)


def _store_extra_parameters(context: RequestContext, request: Parameters) -> None:
    extra_parameters = backend_of(context).extra_parameters.setdefault(request["AutoScalingGroupName"], {})
    extra_parameters |= {name: request[name] for name in PARAMETERS_UNKNOWN_TO_MOTO if name in request}


def _describe_groups(context: RequestContext, request: Parameters) -> Parameters:
    """Describe groups with all of their parameters."""
    answer = answer_with_moto(context, request)
    for described in answer["AutoScalingGroups"]:
        described.update(backend_of(context).extra_parameters.get(described["AutoScalingGroupName"], {}))
    return answer


def _set_desired_capacity(context: RequestContext, request: Parameters) -> Parameters:
    """Set the desired capacity within the group's limits, which moto does not check."""
    with backend_of(context).lock:
        group = _group(context, request["AutoScalingGroupName"])
        if request.get("HonorCooldown"):
            check_cooldown(group)
        requested = request["DesiredCapacity"]
        if requested > (group.max_size or 0):
            raise validation_error(
                f"New SetDesiredCapacity value {requested} is above max value {group.max_size} "
                "for the AutoScalingGroup."
            )
        if requested < (group.min_size or 0):
            raise validation_error(
                f"New SetDesiredCapacity value {requested} is below min value {group.min_size} "
                "for the AutoScalingGroup."
            )
        return answer_with_moto(context, request)


def _set_instance_health(context: RequestContext, request: Parameters) -> Parameters:
    """Set an instance's health and replace it if it is unhealthy. moto only stores the status."""
    status = request["HealthStatus"]
    if status not in {"Healthy", "Unhealthy"}:
        raise validation_error("Valid instance health states are: [Healthy, Unhealthy]")
    with backend_of(context).lock:
        group, state = _member(context, request["InstanceId"])
        if status == "Healthy":
            state.health_status = status
        elif not (request.get("ShouldRespectGracePeriod", True) and _in_grace(group, state)):
            state.health_status = status
            group.replace_unhealthy("a user health-check")
    return {}


def _terminate_instance(context: RequestContext, request: Parameters) -> Parameters:
    """Terminate an instance of a group. moto leaves it registered and launches its successor in any zone."""
    backend = backend_of(context)
    with backend.lock:
        group, state = _member(context, request["InstanceId"])
        if request["ShouldDecrementDesiredCapacity"]:
            desired = group.desired_capacity or 0
            if desired <= (group.min_size or 0):
                raise validation_error(
                    f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without "
                    "replacement will violate group's min size constraint. Either set "
                    "shouldDecrementDesiredCapacity flag to false or lower group's min size."
                )
            group.desired_capacity = desired - 1
        backend.replace_instances([state.instance.id], "a user request")
        latest_first = reversed(backend.activities)
        activity = next(each for each in latest_first if state.instance.id in each["Description"])
        return {"Activity": activity}


def _describe_activities(context: RequestContext, request: Parameters) -> Parameters:
    """Describe launches and terminations, latest first. moto returns none."""
    group = request.get("AutoScalingGroupName")
    ids = request.get("ActivityIds")
    activities = [
        activity
        for activity in reversed(backend_of(context).activities)
        if group in {None, activity["AutoScalingGroupName"]} and (not ids or activity["ActivityId"] in ids)
    ]
    page, token = page_of(activities, request)
    return {"Activities": page, "NextToken": token}


def _group(context: RequestContext, name: str) -> ScalingGroup:
    return find_group(backend_of(context), name)


def _member(context: RequestContext, instance_id: str) -> tuple[ScalingGroup, InstanceState]:
    """Return an instance and its group. moto reports an unknown id as an internal error."""
    for name, group in backend_of(context).autoscaling_groups.items():
        for state in group.instance_states:
            if state.instance.id == instance_id:
                return _group(context, name), state
    raise validation_error(
        f"Instance Id not found - No managed instance found for instance ID: {instance_id}"
    )


def _in_grace(group: ScalingGroup, state: InstanceState) -> bool:
    grace = timedelta(seconds=group.health_check_grace_period or 0)
    return isinstance(state, GroupMember) and datetime.now(UTC) - state.launched < grace


OVERRIDES: Final[OperationHandlers] = {
    **membership_operations.HANDLERS,
    **policy_operations.HANDLERS,
    **refresh_operations.HANDLERS,
    **scheduled_operations.HANDLERS,
    "CreateAutoScalingGroup": _create_group,
    "DeleteAutoScalingGroup": _delete_group,
    "DescribeAutoScalingGroups": _describe_groups,
    "DescribeScalingActivities": _describe_activities,
    "SetDesiredCapacity": _set_desired_capacity,
    "SetInstanceHealth": _set_instance_health,
    "TerminateInstanceInAutoScalingGroup": _terminate_instance,
    "UpdateAutoScalingGroup": _update_group,
}
