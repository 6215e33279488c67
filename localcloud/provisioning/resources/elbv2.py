"""Resource types of load balancers, target groups, listeners and listener rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import jmespath

from localcloud.provisioning.parameters import InputMapping, UnknownInputError
from localcloud.provisioning.resource_type import CreatedResource, FollowUpCalls, Inputs, ResourceType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _attributes(
    arn_parameter: str, attributes: Mapping[str, str]
) -> Callable[[CreatedResource], list[dict[str, Any]]]:
    """Return the calls that set the given attributes (dotted path of an input -> key in the API)."""

    def calls(created: CreatedResource) -> list[dict[str, Any]]:
        found = {key: jmespath.search(path, created.inputs) for path, key in attributes.items()}
        given = [
            {"Key": key, "Value": _attribute_value(value)}
            for key, value in found.items()
            if value is not None
        ]
        return [{arn_parameter: created.id, "Attributes": given}]

    return calls


def _inputs(attributes: Mapping[str, str]) -> tuple[str, ...]:
    """Return the top-level inputs that contain attributes."""
    return tuple({path.partition(".")[0]: None for path in attributes})


def _attribute_value(value: object) -> str:
    """Convert an attribute's value to the API's string."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case _:
            return str(value)


LOAD_BALANCER_ATTRIBUTES: Final = {
    "accessLogs.bucket": "access_logs.s3.bucket",
    "accessLogs.enabled": "access_logs.s3.enabled",
    "accessLogs.prefix": "access_logs.s3.prefix",
    "connectionLogs.bucket": "connection_logs.s3.bucket",
    "connectionLogs.enabled": "connection_logs.s3.enabled",
    "connectionLogs.prefix": "connection_logs.s3.prefix",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
    "enableHttp2": "routing.http2.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
}

TARGET_GROUP_ATTRIBUTES: Final = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "slowStart": "slow_start.duration_seconds",
    "stickiness.cookieDuration": "stickiness.lb_cookie.duration_seconds",
    "stickiness.enabled": "stickiness.enabled",
    "stickiness.type": "stickiness.type",
}

LISTENER_ATTRIBUTES: Final = {
    "routingHttpResponseStrictTransportSecurityHeaderValue": (
        "routing.http.response.strict_transport_security.header_value"
    ),
}


def _health_check(inputs: Inputs) -> dict[str, Any]:
    """Return Terraform's health check block as the API's parameters, which are at the top level."""
    check: Inputs = inputs.get("healthCheck", {})
    return {
        parameter: kind(check[key]) for key, (parameter, kind) in HEALTH_CHECK.items() if key in check
    } | ({"Matcher": {"HttpCode": check["matcher"]}} if "matcher" in check else {})


HEALTH_CHECK: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "enabled": ("HealthCheckEnabled", bool),
    "healthyThreshold": ("HealthyThresholdCount", int),
    "interval": ("HealthCheckIntervalSeconds", int),
    "path": ("HealthCheckPath", str),
    "port": ("HealthCheckPort", str),
    "protocol": ("HealthCheckProtocol", str),
    "timeout": ("HealthCheckTimeoutSeconds", int),
    "unhealthyThreshold": ("UnhealthyThresholdCount", int),
}


def _suffix(arn: str) -> str:
    """Return the part of an ARN that identifies a load balancer or target group in CloudWatch."""
    resource = arn.rpartition(":")[2]
    return resource.removeprefix("loadbalancer/")


def _condition(given: Inputs) -> dict[str, Any]:
    """Return Terraform's condition block as the API's condition, which names its field."""
    unknown = given.keys() - {"pathPattern"}
    if unknown:
        raise UnknownInputError(f"a rule's {', '.join(sorted(unknown))} would be ignored")
    paths: Inputs = given["pathPattern"]
    parameters = {"values": "Values", "regexValues": "RegexValues"}
    return {
        "Field": "path-pattern",
        "PathPatternConfig": {parameters[key]: value for key, value in paths.items()},
    }


LOAD_BALANCING: Final = {
    "aws:lb/loadBalancer:LoadBalancer": ResourceType(
        service="elbv2",
        operation="CreateLoadBalancer",
        id="LoadBalancers[0].LoadBalancerArn",
        name_input="name",
        mapping=InputMapping(rename={"loadBalancerType": "Type"}),
        other_inputs={"internal": "is the scheme"},
        extra_parameters=lambda inputs: {
            "Scheme": "internal" if inputs.get("internal") else "internet-facing"
        },
        follow_ups=(
            FollowUpCalls(
                "ModifyLoadBalancerAttributes",
                _inputs(LOAD_BALANCER_ATTRIBUTES),
                _attributes("LoadBalancerArn", LOAD_BALANCER_ATTRIBUTES),
            ),
        ),
        outputs={"dnsName": "LoadBalancers[0].DNSName", "zoneId": "LoadBalancers[0].CanonicalHostedZoneId"},
        more_outputs=lambda _api, created: {"arn": created.id, "arnSuffix": _suffix(created.id)},
    ),
    "aws:lb/targetGroup:TargetGroup": ResourceType(
        service="elbv2",
        operation="CreateTargetGroup",
        id="TargetGroups[0].TargetGroupArn",
        name_input="name",
        other_inputs={"healthCheck": "is at the top level of the call"},
        extra_parameters=_health_check,
        follow_ups=(
            FollowUpCalls(
                "ModifyTargetGroupAttributes",
                _inputs(TARGET_GROUP_ATTRIBUTES),
                _attributes("TargetGroupArn", TARGET_GROUP_ATTRIBUTES),
            ),
        ),
        more_outputs=lambda _api, created: {"arn": created.id, "arnSuffix": _suffix(created.id)},
    ),
    "aws:lb/listener:Listener": ResourceType(
        service="elbv2",
        operation="CreateListener",
        id="Listeners[0].ListenerArn",
        mapping=InputMapping(rename={"defaultActions.redirect": "RedirectConfig"}),
        other_inputs={"certificateArn": "is an item of a list"},
        extra_parameters=lambda inputs: (
            {"Certificates": [{"CertificateArn": inputs["certificateArn"]}]}
            if "certificateArn" in inputs
            else {}
        ),
        follow_ups=(
            FollowUpCalls(
                "ModifyListenerAttributes",
                _inputs(LISTENER_ATTRIBUTES),
                _attributes("ListenerArn", LISTENER_ATTRIBUTES),
            ),
        ),
        more_outputs=lambda _api, created: {"arn": created.id},
    ),
    "aws:lb/listenerRule:ListenerRule": ResourceType(
        service="elbv2",
        operation="CreateRule",
        id="Rules[0].RuleArn",
        mapping=InputMapping(
            rename={"actions.fixedResponse": "FixedResponseConfig"},
            convert={"conditions": lambda conditions: [_condition(item) for item in conditions]},
        ),
        more_outputs=lambda _api, created: {"arn": created.id},
    ),
}
