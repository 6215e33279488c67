"""References and Pulumi options of each resource of the whole stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ARCHIVES: Final = "iris-archives-1a2b3c4"
LOGS: Final = "iris-logs-1a2b3c4"
GROUP: Final = "iris-fleet-1a2b3c4"
FUNCTION: Final = "iris-function-1a2b3c4"
TOPIC: Final = "arn:iris-alarms"
ANYWHERE: Final = "0.0.0.0/0"
ZONE: Final = "Z0123456789"
KEPT_DAYS: Final = {"retentionInDays": 14}
LABEL: Final = "app/alb/1/targetgroup/targets/2"
"""Names of load balancer and target group in CloudWatch."""

INPUTS: Final[Mapping[str, Mapping[str, Any]]] = {
    **{
        f"iris-archives-{setting}": {"bucket": ARCHIVES}
        for setting in ("encryption", "lifecycle", "ownership", "policy", "privacy", "versions")
    },
    **{
        f"iris-logs-{setting}": {"bucket": LOGS}
        for setting in ("encryption", "lifecycle", "ownership", "policy", "privacy")
    },
    "iris-service-archive": {"bucket": ARCHIVES, "key": "service.zip"},
    "iris-function-archive": {"bucket": ARCHIVES, "key": "function.zip"},
    "iris-archives-requests": {
        "bucket": ARCHIVES,
        "targetBucket": LOGS,
        "targetPrefix": "buckets/archives/",
    },
    "iris-flows": {"logDestination": "arn:iris-logs/flows"},
    **{f"iris-{name}": KEPT_DAYS for name in ("acl-log", "api-access", "function-logs", "instances-log")},
    "iris-findings-topic": {"arn": TOPIC, "rule": "iris-findings-1a2b3c4"},
    "iris-alarms-mail": {"topic": TOPIC, "protocol": "email", "endpoint": "ops@example.com"},
    "iris-alb": {
        "accessLogs": {"bucket": LOGS, "prefix": "access", "enabled": True},
        "connectionLogs": {"bucket": LOGS, "prefix": "connections", "enabled": True},
        "enableDeletionProtection": True,
    },
    "iris-function": {
        "s3Bucket": ARCHIVES,
        "s3Key": "function.zip",
        "s3ObjectVersion": "version-of-iris-function-archive",
        "architectures": ["arm64"],
        "role": "arn:iris-function-role",
    },
    "iris-live": {"functionName": FUNCTION, "functionVersion": "3", "name": "live"},
    "iris-api-may-call": {
        "function": FUNCTION,
        "qualifier": "live",
        "sourceArn": "arn:aws:execute-api:eu-west-1:123456789012:api/live/*",
    },
    **{f"iris-{route}-call": {"uri": "arn:invoke:iris-live"} for route in ("root", "rest")},
    "iris-stage": {"restApi": "iris-api-id", "deployment": "iris-deployment-id", "stageName": "live"},
    "iris-api": {"disableExecuteApiEndpoint": True},
    "iris-warm": {"functionName": FUNCTION, "qualifier": "live"},
    "iris-domain": {
        "domainName": "api.example.com",
        "endpointConfiguration": {"types": "REGIONAL"},
        "regionalCertificateArn": "arn:api.example.com-certificate",
    },
    "iris-domain-stage": {"domainName": "api.example.com", "restApi": "iris-api-id", "stageName": "live"},
    "iris.example.com-address": {
        "zoneId": ZONE,
        "name": "iris.example.com",
        "aliases": [{"name": "alb.example.com", "zoneId": "ZBALANCER", "evaluateTargetHealth": False}],
    },
    "api.example.com-address": {
        "zoneId": ZONE,
        "name": "api.example.com",
        "aliases": [
            {
                "name": "d-1.execute-api.amazonaws.com",
                "zoneId": "ZREGIONAL",
                "evaluateTargetHealth": False,
            }
        ],
    },
    "iris-http": {"loadBalancerArn": "arn:iris-alb"},
    "iris-https": {
        "loadBalancerArn": "arn:iris-alb",
        "certificateArn": "arn:iris.example.com-certificate",
    },
    "iris-targets": {"port": 8080, "vpcId": "iris-vpc-id"},
    **{
        f"iris-{service}-endpoint": {
            "vpcId": "iris-vpc-id",
            "subnetIds": ["iris-private-a-id", "iris-private-b-id"],
            "securityGroupIds": ["iris-endpoints-id"],
        }
        for service in ("ssm", "ssmmessages", "logs")
    },
    "iris-world-to-balancer": {"cidrIpv4": ANYWHERE},
    "iris-world-to-balancer-tls": {"cidrIpv4": ANYWHERE},
    "iris-instances-to-world": {"cidrIpv4": ANYWHERE},
    "iris-to-internet": {"destinationCidrBlock": ANYWHERE, "gatewayId": "iris-internet-id"},
    **{
        f"iris-nat-{zone}": {
            "subnetId": f"iris-public-{zone}-id",
            "allocationId": f"iris-nat-{zone}-address-id",
        }
        for zone in "ab"
    },
    # An address for EC2-Classic could not be attached to a NAT gateway.
    **{f"iris-nat-{zone}-address": {"domain": "vpc"} for zone in "ab"},
    **{
        f"iris-private-{zone}-to-internet": {
            "destinationCidrBlock": ANYWHERE,
            "natGatewayId": f"iris-nat-{zone}-id",
            "routeTableId": f"iris-private-{zone}-routes-id",
        }
        for zone in "ab"
    },
    "iris-requests": {
        "autoscalingGroupName": GROUP,
        "targetTrackingConfiguration": {
            "predefinedMetricSpecification": {
                "predefinedMetricType": "ALBRequestCountPerTarget",
                "resourceLabel": LABEL,
            },
            "targetValue": 6_000,
        },
    },
    "iris-cpu": {"autoscalingGroupName": GROUP},
    "iris-forecast": {"autoscalingGroupName": GROUP},
    "iris-schedule-0-20-any-any-any": {"autoscalingGroupName": GROUP},
    "iris-acl": {"scope": "REGIONAL"},
    "iris-denied-ipv4": {"scope": "REGIONAL", "ipAddressVersion": "IPV4"},
    "iris-denied-ipv6": {"scope": "REGIONAL", "ipAddressVersion": "IPV6"},
}
"""Resource -> inputs of it."""

_PUBLIC: Final = ("iris-to-internet", "iris-public-a-link", "iris-public-b-link")
_HIDDEN: Final = ("health", "metrics", "version", "docs")
_IN_ITS_ZONE: Final = {"ignore_changes": ["availability_zone"]}

OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    # A deletion of the stack stops before what holds data, or answers clients.
    "iris-alb": {"protect": True, "replacement_trigger": "10.20.0.0/16"},
    "iris-archives": {"protect": True},
    "iris-logs": {"protect": True},
    # Archives and logs outlive their way out of the program.
    "iris-service-archive": {
        "retain_on_delete": True,
        "depends_on": {"iris-archives-versions", "iris-archives-encryption"},
    },
    "iris-function-archive": {
        "retain_on_delete": True,
        "depends_on": {"iris-archives-versions", "iris-archives-encryption"},
    },
    "iris-instances-log": {"retain_on_delete": True},
    # The Region has one account of API Gateway, which other stacks may use.
    "iris-api-logging": {"retain_on_delete": True},
    "iris-api-logging-may": {"retain_on_delete": True},
    "iris-api-account": {"retain_on_delete": True, "depends_on": {"iris-api-logging-may"}},
    # S3 refuses changes at the same time to the settings of one bucket.
    "iris-archives-policy": {"depends_on": {"iris-archives-privacy", "iris-archives-ownership"}},
    "iris-archives-lifecycle": {"depends_on": {"iris-archives-versions", "iris-archives-policy"}},
    "iris-archives-requests": {"depends_on": {"iris-archives-policy"}},
    "iris-logs-policy": {"depends_on": {"iris-logs-privacy", "iris-logs-ownership"}},
    "iris-logs-lifecycle": {"depends_on": {"iris-logs-policy"}},
    # Roll-outs and scaling policies change these later.
    "iris-live": {"ignore_changes": ["function_version", "routing_config"]},
    "iris-warm": {"ignore_changes": ["provisioned_concurrent_executions"]},
    "iris-warm-limits": {"depends_on": {"iris-warm"}},
    **{f"iris-{kind}-{zone}": _IN_ITS_ZONE for kind in ("public", "private") for zone in "ab"},
    **{f"iris-nat-{zone}": {"depends_on": {*_PUBLIC}} for zone in "ab"},
    **{f"iris-nat-{zone}-address": {"depends_on": {*_PUBLIC}} for zone in "ab"},
    "iris-function": {"depends_on": {"iris-function-may"}},
    "iris-api": {"depends_on": {"iris-domain", "api.example.com-address"}},
    "iris-deployment": {"depends_on": {"iris-root-call", "iris-rest-call"}},
    "iris-stage": {"depends_on": {"iris-api-account"}},
    # The port opens last, and HTTP redirects only to what answers.
    "iris-world-to-balancer-tls": {
        "depends_on": {"iris-https", *(f"iris-https-hide-{name}" for name in _HIDDEN)}
    },
    "iris.example.com-address": {"depends_on": {"iris-https", "iris-world-to-balancer-tls"}},
    "iris-http": {"depends_on": {"iris-https", "iris.example.com-address"}},
    "iris-world-to-balancer": {"depends_on": {"iris-http", *(f"iris-hide-{name}" for name in _HIDDEN)}},
    "iris-fleet": {
        "ignore_changes": ["initial_lifecycle_hooks"],
        "replacement_trigger": "10.20.0.0/16",
        "depends_on": {"iris-read-archive", "iris-write-logs", "iris-open-session", "iris-tell-lifecycle"},
    },
    "iris-schedule-0-20-any-any-any": {"replace_on_changes": ["*"], "delete_before_replace": True},
}
"""Resource -> its options; the others have none."""

OF_THE_STACK: Final = {"iris.example.com-address", "api.example.com-address"}
"""Resources without a component: their names may move from one to the other."""
