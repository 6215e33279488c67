"""Elastic Load Balancing with real target health, and with AWS's attributes and limits."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from moto.elbv2.models import elbv2_backends

from scalable_models_localstack.dispatch import OperationHandlers, Parameters, answer_with_moto
from scalable_models_localstack.services import elbv2_health_check, elbv2_rules
from scalable_models_localstack.services.elbv2_attributes import (
    LOAD_BALANCER,
    TARGET_GROUP,
    conflicts,
    defaults,
    mistakes,
)
from scalable_models_localstack.services.elbv2_errors import raise_first
from scalable_models_localstack.services.elbv2_mistake import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localstack.aws.api import RequestContext
    from moto.elbv2.models import ELBv2Backend

TARGET_HEALTH: Final = "LOCAL_CLOUD_TARGET_HEALTH"
"""Variable with the path of the load balancer's health file: a JSON object, instance id -> {"state": ...,
"reason": ..., "description": ...}, with the states and reasons of DescribeTargetHealth. Without it every
registered target is healthy, as in moto."""

INSTANCE_ID: Final = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")

INITIAL: Final = {
    "State": "initial",
    "Reason": "Elb.InitialHealthChecking",
    "Description": "Initial health checks in progress",
}
NOT_IN_USE: Final = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}


def _create_load_balancer(context: RequestContext, request: Parameters) -> Parameters:
    answer = answer_with_moto(context, request)
    for load_balancer_description in answer["LoadBalancers"]:
        if load_balancer_description["Type"] == "application":
            load_balancer = _backend(context).load_balancers[load_balancer_description["LoadBalancerArn"]]
            load_balancer.attrs = defaults(LOAD_BALANCER)
    return answer


def _create_target_group(context: RequestContext, request: Parameters) -> Parameters:
    answer = answer_with_moto(context, request)
    for target_group_description in answer["TargetGroups"]:
        kind = target_group_description["TargetType"]
        if _is_behind_application_load_balancer(kind, target_group_description.get("Protocol")):
            target_group = _backend(context).target_groups[target_group_description["TargetGroupArn"]]
            target_group.attributes = dict[str, int | str](defaults(TARGET_GROUP))
    return answer


def _modify_load_balancer_attributes(context: RequestContext, request: Parameters) -> Parameters:
    """Set attributes, whose values moto does not check."""
    found = _backend(context).load_balancers.get(request["LoadBalancerArn"])
    if found is not None and ":loadbalancer/app/" in found.arn:
        raise_first(mistakes("Load balancer", LOAD_BALANCER, _pairs(request["Attributes"])))
    return answer_with_moto(context, request)


def _modify_target_group_attributes(context: RequestContext, request: Parameters) -> Parameters:
    """Set attributes, of which moto checks few, and against those of the request only."""
    found = _backend(context).target_groups.get(request["TargetGroupArn"])
    if found is None or not _is_behind_application_load_balancer(found.target_type, found.protocol):
        return answer_with_moto(context, request)
    given = _pairs(request["Attributes"])
    raise_first(mistakes("Target group", TARGET_GROUP, given))
    attributes = {key: str(value) for key, value in found.attributes.items()} | given
    raise_first(conflicts(attributes))
    found.attributes = dict[str, int | str](attributes)
    return {"Attributes": [{"Key": key, "Value": value} for key, value in attributes.items()]}


def _modify_target_group(context: RequestContext, request: Parameters) -> Parameters:
    """Set the health check, which moto does not check."""
    found = _backend(context).target_groups.get(request["TargetGroupArn"])
    if found is not None and _is_behind_application_load_balancer(found.target_type, found.protocol):
        before = {
            "HealthCheckIntervalSeconds": int(found.health_check_interval_seconds),
            "HealthCheckTimeoutSeconds": int(found.health_check_timeout_seconds),
        }
        raise_first(elbv2_health_check.mistakes({**before, **_given(request)}))
    return answer_with_moto(context, request)


def _register_targets(context: RequestContext, request: Parameters) -> Parameters:
    """Register targets; moto registers instances that do not exist."""
    found = _backend(context).target_groups.get(request["TargetGroupArn"])
    if found is not None and found.target_type == "instance":
        running = {
            instance.id for instance in found.ec2_backend.all_instances() if instance.state == "running"
        }
        raise_first(_mistakes_of_targets([target["Id"] for target in request["Targets"]], running))
    return answer_with_moto(context, request)


def _mistakes_of_targets(ids: list[str], running: set[str]) -> Iterator[Mistake]:
    for name in ids:
        if not INSTANCE_ID.fullmatch(name):
            yield Mistake("ValidationError", f"Instance ID '{name}' is not valid")
    if gone := [name for name in ids if name not in running]:
        names = ", ".join(f"'{name}'" for name in gone)
        yield Mistake(
            "InvalidTarget",
            f"The following targets are not in a running state and cannot be registered: {names}",
        )


def _deregister_targets(context: RequestContext, request: Parameters) -> Parameters:
    """Deregister targets; that of one that is not registered succeeds, which moto refuses."""
    found = _backend(context).target_groups.get(request["TargetGroupArn"])
    if found is not None:
        found.deregister([target for target in request["Targets"] if target["Id"] in found.targets])
        return {}
    return answer_with_moto(context, request)


def _is_behind_application_load_balancer(target_type: str | None, protocol: str | None) -> bool:
    return target_type in {"instance", "ip"} and protocol in {"HTTP", "HTTPS"}


def _pairs(attributes: list[dict[str, str]]) -> dict[str, str]:
    return {attribute["Key"]: attribute.get("Value") or "" for attribute in attributes}


def _given(request: Parameters) -> Parameters:
    return {key: value for key, value in request.items() if value is not None}


def _describe_target_health(context: RequestContext, request: Parameters) -> Parameters:
    """Describe target health as the load balancer measured it. moto only checks that a target is running."""
    answer = answer_with_moto(context, request)
    file = os.environ.get(TARGET_HEALTH)
    if file is None:
        return answer
    found = _read_health(Path(file))
    in_use = bool(_backend(context).target_groups[request["TargetGroupArn"]].load_balancer_arns)
    for described in answer["TargetHealthDescriptions"]:
        if described["TargetHealth"]["State"] == "healthy":
            health = found.get(described["Target"]["Id"], INITIAL)
            described["TargetHealth"] = health if in_use else NOT_IN_USE
    return answer


def is_in_service(backend: ELBv2Backend, target_group_arn: str, instance_id: str) -> bool:
    """Return whether an instance is a healthy target; without a health file, whether it is registered."""
    target_group = backend.target_groups[target_group_arn]
    if instance_id not in target_group.targets:
        return False
    file = os.environ.get(TARGET_HEALTH)
    if file is None or not target_group.load_balancer_arns:
        return True
    return _read_health(Path(file)).get(instance_id, INITIAL)["State"] == "healthy"


def _read_health(file: Path) -> dict[str, dict[str, str]]:
    """Read the health file; return an empty result while it does not exist.

    Raises:
        ValueError: the file does not have the format of `TARGET_HEALTH`.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    try:
        content: dict[str, dict[str, Any]] = json.loads(text)
        return {
            instance: {"State": health["state"]}
            | {name.title(): health[name] for name in ("reason", "description") if health.get(name)}
            for instance, health in content.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file} does not map instance ids to states: {error!r}") from error


def _backend(context: RequestContext) -> ELBv2Backend:
    return elbv2_backends[context.account_id][context.region]


OVERRIDES: Final[OperationHandlers] = {
    **elbv2_rules.HANDLERS,
    "CreateLoadBalancer": _create_load_balancer,
    "CreateTargetGroup": _create_target_group,
    "DeregisterTargets": _deregister_targets,
    "DescribeTargetHealth": _describe_target_health,
    "ModifyLoadBalancerAttributes": _modify_load_balancer_attributes,
    "ModifyTargetGroup": _modify_target_group,
    "ModifyTargetGroupAttributes": _modify_target_group_attributes,
    "RegisterTargets": _register_targets,
}
