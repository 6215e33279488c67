"""Auto Scaling's operations where moto doesn't answer as AWS does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from localstack.aws.api import CommonServiceException
from moto.autoscaling.models import autoscaling_backends

from scalable_models_localstack.autoscaling import refresh_operations
from scalable_models_localstack.autoscaling.group import Group, Member
from scalable_models_localstack.dispatch import Answers, Parameters, ask_moto

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext
    from moto.autoscaling.models import InstanceState

    from scalable_models_localstack.autoscaling.backend import Backend

PAGE: Final = 100
"""Activities in an answer, unless fewer are asked for; AWS's limit."""

FORGOTTEN: Final = (
    "AvailabilityZoneDistribution",
    "AvailabilityZoneImpairmentPolicy",
    "CapacityReservationSpecification",
    "Context",
    "DefaultInstanceWarmup",
    "DesiredCapacityType",
    "InstanceMaintenancePolicy",
    "MaxInstanceLifetime",
)
"""Parameters of a group that moto doesn't know."""


def _create_group(context: RequestContext, request: Parameters) -> Parameters:
    """Make a group. moto overwrites one of the same name, and makes 300 s of a grace period of 0 or none."""
    backend = _backend(context)
    name = request["AutoScalingGroupName"]
    with backend.lock:
        if name in backend.autoscaling_groups:
            raise CommonServiceException(
                "AlreadyExists",
                f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
                sender_fault=True,
            )
        answer = ask_moto(context, request)
        _group(context, name).health_check_grace_period = request.get("HealthCheckGracePeriod", 0)
        backend.remembered.pop(name, None)
        _remember(context, request)
        return answer


def _update_group(context: RequestContext, request: Parameters) -> Parameters:
    with _backend(context).lock:
        _group(context, request["AutoScalingGroupName"])
        answer = ask_moto(context, request)
        _remember(context, request)
        return answer


def _remember(context: RequestContext, request: Parameters) -> None:
    remembered = _backend(context).remembered.setdefault(request["AutoScalingGroupName"], {})
    remembered |= {name: request[name] for name in FORGOTTEN if name in request}


def _describe_groups(context: RequestContext, request: Parameters) -> Parameters:
    """Describe groups with all that they were made with."""
    answer = ask_moto(context, request)
    for described in answer["AutoScalingGroups"]:
        described.update(_backend(context).remembered.get(described["AutoScalingGroupName"], {}))
    return answer


def _set_desired_capacity(context: RequestContext, request: Parameters) -> Parameters:
    """Resize a group within its bounds; moto lets it pass them."""
    with _backend(context).lock:
        group = _group(context, request["AutoScalingGroupName"])
        wanted = request["DesiredCapacity"]
        if wanted > (group.max_size or 0):
            raise _invalid(
                f"New SetDesiredCapacity value {wanted} is above max value {group.max_size} "
                "for the AutoScalingGroup."
            )
        if wanted < (group.min_size or 0):
            raise _invalid(
                f"New SetDesiredCapacity value {wanted} is below min value {group.min_size} "
                "for the AutoScalingGroup."
            )
        return ask_moto(context, request)


def _set_instance_health(context: RequestContext, request: Parameters) -> Parameters:
    """Replace an instance that is said to be unhealthy. moto writes that down and goes on."""
    status = request["HealthStatus"]
    if status not in {"Healthy", "Unhealthy"}:
        raise _invalid("Valid instance health states are: [Healthy, Unhealthy]")
    with _backend(context).lock:
        group, state = _member(context, request["InstanceId"])
        if status == "Healthy":
            state.health_status = status
        elif not (request.get("ShouldRespectGracePeriod", True) and _in_grace(group, state)):
            state.health_status = status
            if "ReplaceUnhealthy" not in {process["ProcessName"] for process in group.suspended_processes}:
                _backend(context).take_out_of_service([state.instance.id], "a user health-check")
    return {}


def _terminate_instance(context: RequestContext, request: Parameters) -> Parameters:
    """End an instance of a group. moto's stays a target, and its successor lands in any zone."""
    backend = _backend(context)
    with backend.lock:
        group, state = _member(context, request["InstanceId"])
        if request["ShouldDecrementDesiredCapacity"]:
            desired = group.desired_capacity or 0
            if desired <= (group.min_size or 0):
                raise _invalid(
                    f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without "
                    "replacement will violate group's min size constraint. Either set "
                    "shouldDecrementDesiredCapacity flag to false or lower group's min size."
                )
            group.desired_capacity = desired - 1
        backend.take_out_of_service([state.instance.id], "a user request")
        story = reversed(backend.activities)
        return {"Activity": next(told for told in story if state.instance.id in told["Description"])}


def _describe_activities(context: RequestContext, request: Parameters) -> Parameters:
    """Tell what was started and ended, the latest first; moto never tells anything."""
    group = request.get("AutoScalingGroupName")
    ids = request.get("ActivityIds")
    story = [
        told
        for told in reversed(_backend(context).activities)
        if group in {None, told["AutoScalingGroupName"]} and (not ids or told["ActivityId"] in ids)
    ]
    start = int(request.get("NextToken") or 0)
    end = start + min(request.get("MaxRecords", PAGE), PAGE)
    return {"Activities": story[start:end], "NextToken": str(end) if end < len(story) else None}


def _put_policy(context: RequestContext, request: Parameters) -> Parameters:
    """Make a policy and say its ARN, which moto spells in a way that gets lost."""
    _group(context, request["AutoScalingGroupName"])
    ask_moto(context, request)
    return {"PolicyARN": _backend(context).policies[request["PolicyName"]].arn, "Alarms": []}


def _describe_policies(context: RequestContext, request: Parameters) -> Parameters:
    """Describe policies without the parts that they don't have, which moto shows empty."""
    answer = ask_moto(context, request)
    for described in answer["ScalingPolicies"]:
        for part in ("PredictiveScalingConfiguration", "StepAdjustments"):
            if not described.get(part):
                described.pop(part, None)
    return answer


def _backend(context: RequestContext) -> Backend:
    return cast("Backend", autoscaling_backends[context.account_id][context.region])


def _group(context: RequestContext, name: str) -> Group:
    """Find a group; moto answers an unknown name with an internal error."""
    group = _backend(context).autoscaling_groups.get(name)
    if not isinstance(group, Group):
        raise _invalid(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


def _member(context: RequestContext, instance_id: str) -> tuple[Group, InstanceState]:
    """Find an instance and its group; moto answers an unknown id with an internal error."""
    for name, group in _backend(context).autoscaling_groups.items():
        for state in group.instance_states:
            if state.instance.id == instance_id:
                return _group(context, name), state
    raise _invalid(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")


def _in_grace(group: Group, state: InstanceState) -> bool:
    grace = timedelta(seconds=group.health_check_grace_period or 0)
    return isinstance(state, Member) and datetime.now(UTC) - state.launched < grace


def _invalid(message: str) -> CommonServiceException:
    return CommonServiceException("ValidationError", message, sender_fault=True)


REPAIRED: Final[Answers] = {
    **refresh_operations.ANSWERS,
    "CreateAutoScalingGroup": _create_group,
    "DescribeAutoScalingGroups": _describe_groups,
    "DescribePolicies": _describe_policies,
    "DescribeScalingActivities": _describe_activities,
    "PutScalingPolicy": _put_policy,
    "SetDesiredCapacity": _set_desired_capacity,
    "SetInstanceHealth": _set_instance_health,
    "TerminateInstanceInAutoScalingGroup": _terminate_instance,
    "UpdateAutoScalingGroup": _update_group,
}
