"""Auto Scaling's instance refreshes, which moto lacks: started, watched, cancelled, rolled back."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from localstack.aws.api import CommonServiceException
from moto.autoscaling.models import autoscaling_backends

from scalable_models_localstack.autoscaling.group import Group
from scalable_models_localstack.autoscaling.instance_refresh import Preferences, Refresh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localstack.aws.api import RequestContext
    from moto.ec2.models.launch_templates import LaunchTemplateVersion

    from scalable_models_localstack.autoscaling.backend import Backend
    from scalable_models_localstack.dispatch import Answers, Parameters

LOG: Final = logging.getLogger(__name__)

TICK: Final = 0.2
"""Seconds between two looks at a group that is refreshed."""

PAGE: Final = 100
"""Refreshes in an answer, unless fewer are asked for; AWS's limit."""

MIN_PERCENT: Final = 90
CHECKPOINT_DELAY: Final = 3600
"""Seconds. These are AWS's defaults (Auto Scaling API reference 2011-01-01, RefreshPreferences)."""

WIDEST: Final = 100
"""Between the two percentages; the same source."""


def _start(context: RequestContext, request: Parameters) -> Parameters:
    """Begin to replace a group's instances; a thread goes on with it."""
    backend = _backend(context)
    with backend.lock:
        group = _group(backend, request["AutoScalingGroupName"])
        if _active(backend, group.name):
            raise _refused("InstanceRefreshInProgress", "An Instance Refresh is already in progress")
        if group.ec2_launch_template is None:
            raise _invalid("only a group with a launch template can be refreshed here")
        configuration = request.get("DesiredConfiguration")
        refresh = Refresh(
            group=group,
            wanted=_wanted(group, configuration),
            desired_configuration=configuration,
            preferences=_preferences(backend, group, request),
        )
        backend.refreshes.setdefault(group.name, []).append(refresh)
    # It ends with LocalStack.
    threading.Thread(target=_work, args=(backend, refresh), name=f"refresh-{group.name}", daemon=True).start()
    return {"InstanceRefreshId": refresh.id}


def _describe(context: RequestContext, request: Parameters) -> Parameters:
    """Tell of a group's refreshes, the latest first."""
    backend = _backend(context)
    ids = request.get("InstanceRefreshIds")
    with backend.lock:
        group = _group(backend, request["AutoScalingGroupName"])
        refreshes = reversed(backend.refreshes.get(group.name, []))
        told = [refresh.describe() for refresh in refreshes if not ids or refresh.id in ids]
    start = int(request.get("NextToken") or 0)
    end = start + min(request.get("MaxRecords", PAGE), PAGE)
    return {"InstanceRefreshes": told[start:end], "NextToken": str(end) if end < len(told) else None}


def _cancel(context: RequestContext, request: Parameters) -> Parameters:
    backend = _backend(context)
    with backend.lock:
        refresh = _underway(backend, request)
        refresh.cancel()
    return {"InstanceRefreshId": refresh.id}


def _roll_back(context: RequestContext, request: Parameters) -> Parameters:
    backend = _backend(context)
    with backend.lock:
        refresh = _underway(backend, request)
        if refresh.rollback:
            raise _refused("IrreversibleInstanceRefresh", "The instance refresh is being rolled back already")
        if not refresh.is_reversible:
            raise _refused(
                "IrreversibleInstanceRefresh",
                "The instance refresh has no desired configuration, so there is nothing to roll back to",
            )
        refresh.roll_back("Rolled back by a user.")
    return {"InstanceRefreshId": refresh.id}


def _work(backend: Backend, refresh: Refresh) -> None:
    while not refresh.is_over:
        with backend.lock:
            try:
                refresh.advance()
            except Exception as error:
                LOG.exception("the instance refresh %s fails", refresh.id)
                # Nobody would ever end it otherwise, nor start another one.
                refresh.give_up(repr(error))
        time.sleep(TICK)


def _wanted(group: Group, configuration: Mapping[str, Any] | None) -> LaunchTemplateVersion:
    """Find the version of a launch template that a refresh moves to."""
    if configuration is None:
        return group.own_version()
    mixture = configuration.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    template = configuration.get("LaunchTemplate") or mixture.get("LaunchTemplateSpecification")
    if template is None:
        raise _invalid("only a launch template can be desired here, of one type or of a mixture")
    ec2 = group.ec2_backend
    found = (
        ec2.get_launch_template(template["LaunchTemplateId"])
        if "LaunchTemplateId" in template
        else ec2.get_launch_template_by_name(template["LaunchTemplateName"])
    )
    number = template.get("Version", "$Default")
    if number.isdecimal() and not 1 <= int(number) <= len(found.versions):
        raise _invalid(f"You must use a valid fully-formed launch template. There is no version {number}.")
    return found.get_version(number)


def _preferences(backend: Backend, group: Group, request: Parameters) -> Preferences:
    told: dict[str, Any] = request.get("Preferences", {})
    least = told.get("MinHealthyPercentage", MIN_PERCENT)
    most = told.get("MaxHealthyPercentage", 100)
    if "MaxHealthyPercentage" in told and "MinHealthyPercentage" not in told:
        raise _invalid("MaxHealthyPercentage needs MinHealthyPercentage beside it")
    if not 0 <= least <= 100 <= most <= 200 or most - least > WIDEST:  # noqa: PLR2004 - percentages
        raise _invalid(f"The healthy percentages {least} and {most} are out of range or too far apart")
    checkpoints = tuple(told.get("CheckpointPercentages", ()))
    if checkpoints and (list(checkpoints) != sorted(set(checkpoints)) or checkpoints[-1] != 100):  # noqa: PLR2004 - the same
        raise _invalid("Checkpoint percentages must rise, and here they must end with 100")
    automatic = told.get("AutoRollback", False)
    if automatic and "DesiredConfiguration" not in request:
        raise _invalid("AutoRollback needs a DesiredConfiguration")
    remembered = backend.remembered.get(group.name, {})
    warmup = told.get("InstanceWarmup")
    if warmup is None:
        warmup = remembered.get("DefaultInstanceWarmup", group.health_check_grace_period or 0)
    return Preferences(
        told=told,
        min_percent=least,
        max_percent=most,
        warmup=timedelta(seconds=warmup),
        checkpoints=checkpoints,
        checkpoint_delay=timedelta(seconds=told.get("CheckpointDelay", CHECKPOINT_DELAY)),
        bake_time=timedelta(seconds=told.get("BakeTime", 0)),
        skip_matching=told.get("SkipMatching", False),
        auto_rollback=automatic,
    )


def _backend(context: RequestContext) -> Backend:
    return cast("Backend", autoscaling_backends[context.account_id][context.region])


def _group(backend: Backend, name: str) -> Group:
    group = backend.autoscaling_groups.get(name)
    if not isinstance(group, Group):
        raise _invalid(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


def _active(backend: Backend, group_name: str) -> Refresh | None:
    return next((each for each in backend.refreshes.get(group_name, []) if not each.is_over), None)


def _underway(backend: Backend, request: Parameters) -> Refresh:
    group = _group(backend, request["AutoScalingGroupName"])
    refresh = _active(backend, group.name)
    if refresh is None:
        raise _refused("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found")
    return refresh


def _invalid(message: str) -> CommonServiceException:
    return _refused("ValidationError", message)


def _refused(code: str, message: str) -> CommonServiceException:
    return CommonServiceException(code, message, sender_fault=True)


ANSWERS: Final[Answers] = {
    "CancelInstanceRefresh": _cancel,
    "DescribeInstanceRefreshes": _describe,
    "RollbackInstanceRefresh": _roll_back,
    "StartInstanceRefresh": _start,
}
