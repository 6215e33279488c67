"""Operations on scheduled actions, and their execution; moto stores them and has no clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfoNotFoundError

from localstack.aws.api import CommonServiceException

from scalable_models_localstack.autoscaling.activities import failed_activity
from scalable_models_localstack.autoscaling.group_parameters import mistakes_of_numbers
from scalable_models_localstack.autoscaling.lookup import (
    backend_of,
    client_error,
    find_group,
    validation_error,
)
from scalable_models_localstack.autoscaling.pages import page_of
from scalable_models_localstack.autoscaling.scaling.recurrence import next_time
from scalable_models_localstack.autoscaling.scaling.scheduled_sizes import Sizes, scheduled_sizes
from scalable_models_localstack.services.change_marks import mark_change

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext

    from scalable_models_localstack.autoscaling.backend import ScalingBackend
    from scalable_models_localstack.autoscaling.group import ScalingGroup
    from scalable_models_localstack.dispatch import OperationHandlers, Parameters

SIZES: Final = ("MinSize", "MaxSize", "DesiredCapacity")


def execute_due(backend: ScalingBackend, group: ScalingGroup, now: datetime) -> None:
    """Execute the scheduled actions of a group whose time has come, and set their next times.

    While scheduled actions are suspended, they pass without effect.
    """
    actions = backend.scheduled.get(group.name, {})
    for name, action in sorted(actions.items(), key=lambda item: item[1]["StartTime"]):
        if action["StartTime"] > now:
            continue
        following = _next(action, now)
        if following is None:
            del actions[name]
        else:
            action["StartTime"] = action["Time"] = following
        if not group.is_suspended("ScheduledActions"):
            _execute(group, action)
        mark_change()


def _execute(group: ScalingGroup, action: Parameters) -> None:
    before = Sizes(group.min_size or 0, group.max_size or 0, group.desired_capacity or 0)
    after = scheduled_sizes(before, action)
    cause = (
        f"a scheduled action {action['ScheduledActionName']} update of AutoScalingGroup constraints to "
        f"min: {after.minimum}, max: {after.maximum}, desired: {after.desired}"
    )
    if not after.are_valid:
        group.autoscaling_backend.activities.append(
            failed_activity(group, cause, "The desired capacity must be between the minimum and the maximum")
        )
        return
    group.min_size, group.max_size = after.minimum, after.maximum
    group.scale(
        after.desired, f"{cause} changing the desired capacity from {before.desired} to {after.desired}"
    )


def _next(action: Parameters, after: datetime) -> datetime | None:
    """Return the next time of an action after its present one; None if it was the last."""
    if "Recurrence" not in action:
        return None
    time = next_time(action["Recurrence"], action.get("TimeZone", "UTC"), after)
    return None if time is None or time > action.get("EndTime", time) else time


def _put(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    with backend.lock:
        group = find_group(backend, request["AutoScalingGroupName"])
        _store(backend, group.name, request)
    return {}


def _put_several(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    failed: list[Parameters] = []
    with backend.lock:
        group = find_group(backend, request["AutoScalingGroupName"])
        for action in request["ScheduledUpdateGroupActions"]:
            try:
                _store(backend, group.name, action)
            except CommonServiceException as error:
                failed.append(_failure(action["ScheduledActionName"], error))
    return {"FailedScheduledUpdateGroupActions": failed}


def _store(backend: ScalingBackend, group_name: str, request: Parameters) -> None:
    action: dict[str, Any] = {key: value for key, value in request.items() if value is not None}
    if not any(size in action for size in SIZES):
        raise validation_error("At least one of MinSize, MaxSize and DesiredCapacity must be specified")
    for mistake in mistakes_of_numbers(action):
        raise validation_error(mistake)
    sizes = [action[size] for size in ("MinSize", "DesiredCapacity", "MaxSize") if size in action]
    if sizes != sorted(sizes):
        raise validation_error("MinSize, DesiredCapacity and MaxSize must not contradict each other")
    start = _first(action)
    others = backend.scheduled.setdefault(group_name, {})
    name = action["ScheduledActionName"]
    if any(each["StartTime"] == start for other, each in others.items() if other != name):
        raise client_error("AlreadyExists", "Another scheduled action has the same start time")
    others[name] = action | {
        "AutoScalingGroupName": group_name,
        "ScheduledActionARN": (
            f"arn:aws:autoscaling:{backend.region_name}:{backend.account_id}:scheduledUpdateGroupAction:"
            f"autoScalingGroupName/{group_name}:scheduledActionName/{name}"
        ),
        "StartTime": start,
        "Time": start,
    }


def _first(action: Parameters) -> datetime:
    """Return the first time of an action: its start time, or else the first one of its recurrence."""
    now = datetime.now(UTC)
    start: datetime | None = action.get("StartTime") or action.get("Time")
    if start is not None and start <= now:
        raise validation_error("Given start time is in the past")
    if "EndTime" in action and action["EndTime"] <= (start or now):
        raise validation_error("Given end time is before the start time")
    if "Recurrence" in action:
        try:
            first = next_time(action["Recurrence"], action.get("TimeZone", "UTC"), now)
            start = start or first
        except (ZoneInfoNotFoundError, IsADirectoryError):
            raise validation_error(f"Given time zone {action['TimeZone']} is invalid") from None
        except ValueError:
            raise validation_error("Given recurrence string is invalid") from None
    if start is None:
        raise validation_error("Either a start time or a recurrence must be specified")
    return start


def _describe(context: RequestContext, request: Parameters) -> Parameters:
    only: str | None = request.get("AutoScalingGroupName")
    names = request.get("ScheduledActionNames")
    earliest, latest = request.get("StartTime"), request.get("EndTime")
    found = [
        action
        for group, actions in sorted(backend_of(context).scheduled.items())
        for name, action in sorted(actions.items())
        if only in {None, group}
        and (not names or name in names)
        and (earliest is None or action["StartTime"] >= earliest)
        and (latest is None or action["StartTime"] <= latest)
    ]
    page, token = page_of(found, request)
    return {"ScheduledUpdateGroupActions": page, "NextToken": token}


def _delete(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    with backend.lock:
        _remove(backend, request["AutoScalingGroupName"], request["ScheduledActionName"])
    return {}


def _delete_several(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    failed: list[Parameters] = []
    with backend.lock:
        for name in request["ScheduledActionNames"]:
            try:
                _remove(backend, request["AutoScalingGroupName"], name)
            except CommonServiceException as error:
                failed.append(_failure(name, error))
    return {"FailedScheduledActions": failed}


def _remove(backend: ScalingBackend, group_name: str, name: str) -> None:
    find_group(backend, group_name)
    if backend.scheduled.get(group_name, {}).pop(name, None) is None:
        raise validation_error("Scheduled action name not found")


def _failure(name: str, error: CommonServiceException) -> Parameters:
    return {"ScheduledActionName": name, "ErrorCode": error.code, "ErrorMessage": error.message}


HANDLERS: Final[OperationHandlers] = {
    "BatchDeleteScheduledAction": _delete_several,
    "BatchPutScheduledUpdateGroupAction": _put_several,
    "DeleteScheduledAction": _delete,
    "DescribeScheduledActions": _describe,
    "PutScheduledUpdateGroupAction": _put,
}
