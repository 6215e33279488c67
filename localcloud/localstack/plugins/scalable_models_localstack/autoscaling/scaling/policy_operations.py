"""Operations on scaling policies: put, describe, delete and execute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from scalable_models_localstack.autoscaling.lookup import backend_of, find_group, validation_error
from scalable_models_localstack.autoscaling.pages import page_of
from scalable_models_localstack.autoscaling.scaling.alarms import (
    alarms_for,
    delete_tracking_alarms,
    put_tracking_alarms,
)
from scalable_models_localstack.autoscaling.scaling.policies import execute, new_policy
from scalable_models_localstack.autoscaling.scaling.policy_parameters import mistakes_of_execution

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext

    from scalable_models_localstack.autoscaling.backend import ScalingBackend
    from scalable_models_localstack.dispatch import OperationHandlers, Parameters


def _put(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    with backend.lock:
        group = find_group(backend, request["AutoScalingGroupName"])
        policies = backend.scaling_policies.setdefault(group.name, {})
        name: str = request["PolicyName"]
        policy = new_policy(request)
        policy["PolicyARN"] = policies.get(name, {}).get("PolicyARN") or (
            f"arn:aws:autoscaling:{context.region}:{context.account_id}:scalingPolicy:{uuid4()}"
            f":autoScalingGroupName/{group.name}:policyName/{name}"
        )
        policies[name] = policy
    if policy["PolicyType"] == "TargetTrackingScaling":
        put_tracking_alarms(backend, policy)
    return {"PolicyARN": policy["PolicyARN"], "Alarms": _names(backend, policy)}


def _describe(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    names, types = request.get("PolicyNames"), request.get("PolicyTypes")
    only: str | None = request.get("AutoScalingGroupName")
    found = [
        {**policy, "Alarms": _names(backend, policy)}
        for group, policies in sorted(backend.scaling_policies.items())
        for policy in policies.values()
        if only in {None, group}
        and (not names or {policy["PolicyName"], policy["PolicyARN"]} & {*names})
        and (not types or policy["PolicyType"] in types)
    ]
    page, token = page_of(found, request)
    return {"ScalingPolicies": page, "NextToken": token}


def _delete(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    with backend.lock:
        policy = _find(backend, request)
        del backend.scaling_policies[policy["AutoScalingGroupName"]][policy["PolicyName"]]
    delete_tracking_alarms(backend, policy["PolicyARN"])
    return {}


def _execute(context: RequestContext, request: Parameters) -> Parameters:
    backend = backend_of(context)
    with backend.lock:
        policy = _find(backend, request)
        group = find_group(backend, policy["AutoScalingGroupName"])
        for mistake in mistakes_of_execution(policy["PolicyType"], request):
            raise validation_error(mistake)
        is_step = policy["PolicyType"] == "StepScaling"
        breach = request["MetricValue"] - request["BreachThreshold"] if is_step else None
        execute(
            group,
            policy,
            f"a user request executed policy {policy['PolicyName']}",
            breach,
            honor_cooldown=request.get("HonorCooldown", False),
        )
    return {}


def _find(backend: ScalingBackend, request: Parameters) -> dict[str, Any]:
    """Return the policy of a request, which names it with its group or by its ARN."""
    name: str = request["PolicyName"]
    only: str | None = request.get("AutoScalingGroupName")
    for group, policies in backend.scaling_policies.items():
        for policy in policies.values():
            if policy["PolicyARN"] == name or (policy["PolicyName"] == name and only == group):
                return policy
    raise validation_error(f"Policy name not found: {name}")


def _names(backend: ScalingBackend, policy: Parameters) -> list[Parameters]:
    return [
        {"AlarmName": alarm["AlarmName"], "AlarmARN": alarm["AlarmArn"]}
        for alarm in alarms_for(backend, policy["PolicyARN"])
    ]


HANDLERS: Final[OperationHandlers] = {
    "DeletePolicy": _delete,
    "DescribePolicies": _describe,
    "ExecutePolicy": _execute,
    "PutScalingPolicy": _put,
}
