"""Elastic Load Balancing with real target health and AWS's default attributes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from moto.elbv2.models import elbv2_backends

from scalable_models_localstack.dispatch import OperationHandlers, Parameters, answer_with_moto

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext
    from moto.elbv2.models import ELBv2Backend

TARGET_HEALTH: Final = "LOCAL_CLOUD_TARGET_HEALTH"
"""Variable with the path of the load balancer's health file: a JSON object, instance id -> {"state": ...,
"reason": ..., "description": ...}, with the states and reasons of DescribeTargetHealth. Without it every
registered target is healthy, as in moto."""

LOAD_BALANCER_ATTRIBUTES: Final = {
    "access_logs.s3.bucket": "",
    "access_logs.s3.enabled": "false",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
"""Default attributes of an Application Load Balancer, most of which moto lacks. Source: "Load balancer
attributes" in the user guide for Application Load Balancers."""

TARGET_GROUP_ATTRIBUTES: Final[dict[str, str | int]] = {
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.enabled": "false",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.type": "lb_cookie",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
"""Default attributes of a target group of instances behind an Application Load Balancer. Source: "Target
group attributes", in the same guide."""

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
            load_balancer.attrs = dict(LOAD_BALANCER_ATTRIBUTES)
    return answer


def _create_target_group(context: RequestContext, request: Parameters) -> Parameters:
    answer = answer_with_moto(context, request)
    for target_group_description in answer["TargetGroups"]:
        if target_group_description["TargetType"] == "instance" and target_group_description["Protocol"] in {
            "HTTP",
            "HTTPS",
        }:
            target_group = _backend(context).target_groups[target_group_description["TargetGroupArn"]]
            target_group.attributes = dict(TARGET_GROUP_ATTRIBUTES)
    return answer


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
    "CreateLoadBalancer": _create_load_balancer,
    "CreateTargetGroup": _create_target_group,
    "DescribeTargetHealth": _describe_target_health,
}
