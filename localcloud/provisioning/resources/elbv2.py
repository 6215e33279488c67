"""How load balancers, target groups and listeners are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import jmespath

from localcloud.provisioning.parameters import Names, UnknownInputError
from localcloud.provisioning.resource_type import Inputs, Made, Row, Then

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _attributes(arn_parameter: str, attributes: Mapping[str, str]) -> Callable[[Made], list[dict[str, Any]]]:
    """Set those of the attributes (dotted path of an input -> key in the API) that the program gives."""

    def calls(made: Made) -> list[dict[str, Any]]:
        found = {key: jmespath.search(path, made.inputs) for path, key in attributes.items()}
        given = [{"Key": key, "Value": _plain(value)} for key, value in found.items() if value is not None]
        return [{arn_parameter: made.id, "Attributes": given}]

    return calls


def _inputs(attributes: Mapping[str, str]) -> tuple[str, ...]:
    """Give the inputs that hold attributes."""
    return tuple({path.partition(".")[0]: None for path in attributes})


def _plain(value: object) -> str:
    """Write an attribute's value as the API does: all of them are text."""
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


def _health_check(inputs: Inputs) -> dict[str, Any]:
    """Write Terraform's block as the API's parameters, which lie flat beside the others."""
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
    """Return the part of an ARN that CloudWatch knows a load balancer or target group by."""
    resource = arn.rpartition(":")[2]
    return resource.removeprefix("loadbalancer/")


def _condition(given: Inputs) -> dict[str, Any]:
    """Write Terraform's block, named after the field, as the API's condition, which names it."""
    unknown = given.keys() - {"pathPattern"}
    if unknown:
        raise UnknownInputError(f"a rule's {', '.join(sorted(unknown))} would be lost")
    paths: Inputs = given["pathPattern"]
    parameters = {"values": "Values", "regexValues": "RegexValues"}
    return {
        "Field": "path-pattern",
        "PathPatternConfig": {parameters[key]: value for key, value in paths.items()},
    }


LOAD_BALANCING: Final = {
    "aws:lb/loadBalancer:LoadBalancer": Row(
        service="elbv2",
        create="CreateLoadBalancer",
        id="LoadBalancers[0].LoadBalancerArn",
        named="name",
        names=Names(rename={"loadBalancerType": "Type"}),
        elsewhere={"internal": "is the scheme"},
        also=lambda inputs: {"Scheme": "internal" if inputs.get("internal") else "internet-facing"},
        then=(
            Then(
                "ModifyLoadBalancerAttributes",
                _inputs(LOAD_BALANCER_ATTRIBUTES),
                _attributes("LoadBalancerArn", LOAD_BALANCER_ATTRIBUTES),
            ),
        ),
        outputs={"dnsName": "LoadBalancers[0].DNSName", "zoneId": "LoadBalancers[0].CanonicalHostedZoneId"},
        look=lambda _api, made: {"arn": made.id, "arnSuffix": _suffix(made.id)},
    ),
    "aws:lb/targetGroup:TargetGroup": Row(
        service="elbv2",
        create="CreateTargetGroup",
        id="TargetGroups[0].TargetGroupArn",
        named="name",
        elsewhere={"healthCheck": "lies flat in the call"},
        also=_health_check,
        then=(
            Then(
                "ModifyTargetGroupAttributes",
                _inputs(TARGET_GROUP_ATTRIBUTES),
                _attributes("TargetGroupArn", TARGET_GROUP_ATTRIBUTES),
            ),
        ),
        look=lambda _api, made: {"arn": made.id, "arnSuffix": _suffix(made.id)},
    ),
    "aws:lb/listener:Listener": Row(
        service="elbv2",
        create="CreateListener",
        id="Listeners[0].ListenerArn",
        names=Names(rename={"defaultActions.redirect": "RedirectConfig"}),
        elsewhere={"certificateArn": "is one of a list"},
        also=lambda inputs: (
            {"Certificates": [{"CertificateArn": inputs["certificateArn"]}]}
            if "certificateArn" in inputs
            else {}
        ),
        look=lambda _api, made: {"arn": made.id},
    ),
    "aws:lb/listenerRule:ListenerRule": Row(
        service="elbv2",
        create="CreateRule",
        id="Rules[0].RuleArn",
        names=Names(
            rename={"actions.fixedResponse": "FixedResponseConfig"},
            convert={"conditions": lambda conditions: [_condition(item) for item in conditions]},
        ),
        look=lambda _api, made: {"arn": made.id},
    ),
}
