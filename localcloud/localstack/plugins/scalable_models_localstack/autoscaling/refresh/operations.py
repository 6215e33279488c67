"""Operations of Auto Scaling's instance refreshes, which moto lacks: start, describe, cancel, roll back."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from scalable_models_localstack.autoscaling.lookup import (
    backend_of,
    client_error,
    find_group,
    validation_error,
)
from scalable_models_localstack.autoscaling.pages import page_of
from scalable_models_localstack.autoscaling.refresh import preferences
from scalable_models_localstack.autoscaling.refresh.instance_refresh import InstanceRefresh
from scalable_models_localstack.services.change_marks import mark_change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localstack.aws.api import RequestContext
    from moto.ec2.models.launch_templates import LaunchTemplateVersion

    from scalable_models_localstack.autoscaling.backend import ScalingBackend
    from scalable_models_localstack.autoscaling.group import ScalingGroup
    from scalable_models_localstack.autoscaling.refresh.preferences import RefreshPreferences
    from scalable_models_localstack.dispatch import OperationHandlers, Parameters

LOG: Final = logging.getLogger(__name__)

INTERVAL: Final = 0.2
"""Seconds between two steps of an instance refresh."""


def _start(context: RequestContext, request: Parameters) -> Parameters:
    """Start an instance refresh, which a thread performs."""
    backend = backend_of(context)
    with backend.lock:
        group = find_group(backend, request["AutoScalingGroupName"])
        if _active(backend, group.name):
            raise client_error("InstanceRefreshInProgress", "An Instance Refresh is already in progress")
        if group.ec2_launch_template is None:
            raise validation_error("Only a group with a launch template can be refreshed here")
        configuration = request.get("DesiredConfiguration")
        refresh = InstanceRefresh(
            group=group,
            target_version=_target_version(group, configuration),
            desired_configuration=configuration,
            preferences=_preferences(backend, group, request),
        )
        backend.refreshes.setdefault(group.name, []).append(refresh)
    # A daemon thread, which ends with LocalStack.
    threading.Thread(target=_run, args=(backend, refresh), name=f"refresh-{group.name}", daemon=True).start()
    return {"InstanceRefreshId": refresh.id}


def _describe(context: RequestContext, request: Parameters) -> Parameters:
    """Describe a group's refreshes, latest first."""
    backend = backend_of(context)
    ids = request.get("InstanceRefreshIds")
    with backend.lock:
        group = find_group(backend, request["AutoScalingGroupName"])
        refreshes = reversed(backend.refreshes.get(group.name, []))
        found = [refresh.describe() for refresh in refreshes if not ids or refresh.id in ids]
    page, token = page_of(found, request)
    return {"InstanceRefreshes": page, "NextToken": token}


def _cancel(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    with backend.lock:
        refresh = _active_or_error(backend, request)
        refresh.cancel()
    return {"InstanceRefreshId": refresh.id}


def _roll_back(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    with backend.lock:
        refresh = _active_or_error(backend, request)
        if refresh.rollback:
            raise client_error(
                "IrreversibleInstanceRefresh", "The instance refresh is being rolled back already"
            )
        if not refresh.is_reversible:
            raise client_error(
                "IrreversibleInstanceRefresh",
                "The instance refresh has no desired configuration, so there is nothing to roll back to",
            )
        refresh.roll_back("Rolled back by a user.")
    return {"InstanceRefreshId": refresh.id}


def _run(backend: ScalingBackend, refresh: InstanceRefresh) -> None:
    while not refresh.is_finished:
        with backend.lock:
            try:
                refresh.advance()
            except Exception as error:
                LOG.exception("the instance refresh %s fails", refresh.id)
                # Otherwise it would never end and block all later refreshes.
                refresh.fail(repr(error))
        mark_change()
        time.sleep(INTERVAL)


def _target_version(group: ScalingGroup, configuration: Mapping[str, Any] | None) -> LaunchTemplateVersion:
    """Return the launch template version of a refresh."""
    if configuration is None:
        return group.configured_version()
    mixture = configuration.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    template = configuration.get("LaunchTemplate") or mixture.get("LaunchTemplateSpecification")
    if template is None:
        raise validation_error(
            "The desired configuration must have a launch template or a mixed instances policy"
        )
    ec2 = group.ec2_backend
    found = (
        ec2.get_launch_template(template["LaunchTemplateId"])
        if "LaunchTemplateId" in template
        else ec2.get_launch_template_by_name(template["LaunchTemplateName"])
    )
    number = template.get("Version", "$Default")
    if number.isdecimal() and not 1 <= int(number) <= len(found.versions):
        raise validation_error(
            f"You must use a valid fully-formed launch template. There is no version {number}."
        )
    return found.get_version(number)


def _preferences(backend: ScalingBackend, group: ScalingGroup, request: Parameters) -> RefreshPreferences:
    for mistake in preferences.mistakes(request):
        raise validation_error(mistake)
    extra_parameters = backend.extra_parameters.get(group.name, {})
    warmup: int = extra_parameters.get("DefaultInstanceWarmup", group.health_check_grace_period or 0)
    return preferences.parse(request.get("Preferences", {}), default_warmup=warmup)


def _active(backend: ScalingBackend, group_name: str) -> InstanceRefresh | None:
    return next((each for each in backend.refreshes.get(group_name, []) if not each.is_finished), None)


def _active_or_error(backend: ScalingBackend, request: Parameters) -> InstanceRefresh:
    group = find_group(backend, request["AutoScalingGroupName"])
    refresh = _active(backend, group.name)
    if refresh is None:
        raise client_error(
            "ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found"
        )
    return refresh


HANDLERS: Final[OperationHandlers] = {
    "CancelInstanceRefresh": _cancel,
    "DescribeInstanceRefreshes": _describe,
    "RollbackInstanceRefresh": _roll_back,
    "StartInstanceRefresh": _start,
}
