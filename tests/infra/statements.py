"""Every statement of the program's policies: who may do what to which resource, and under which condition.

Sources: ELB user guide, "Enable access logs for your Application Load Balancer"; VPC user guide,
"Publish flow logs to Amazon S3"; S3 user guide, "Enabling Amazon S3 server access logging"; SNS
developer guide, "Managing Amazon SNS encryption keys and costs"; Systems Manager user guide,
"Create a custom IAM role for Session Manager"; EC2 Auto Scaling user guide, "Complete a lifecycle
action".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.infra.mock_aws import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_ACCOUNT: Final = {"aws:SourceAccount": ACCOUNT}
LOG_WRITER: Final = ["logs:CreateLogStream", "logs:PutLogEvents"]
READ: Final = ["s3:GetObject", "s3:GetObjectVersion"]
LOGS: Final = "arn:iris-logs"


def _source(arn: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": OWN_ACCOUNT, "ArnLike": {"aws:SourceArn": arn}}


ALARMS: Final = _source(f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*")
BUDGETS: Final = _source(f"arn:aws:budgets::{ACCOUNT}:*")
FLOWS: Final = _source(f"arn:aws:logs:{REGION}:{ACCOUNT}:*")


def _service(name: str) -> dict[str, str]:
    return {"Service": f"{name}.amazonaws.com"}


def _statement(
    actions: str | list[str],
    resources: str | list[str] | None,
    principal: object = None,
    condition: Mapping[str, Any] | None = None,
    *,
    effect: str = "Allow",
) -> dict[str, Any]:
    parts = {
        "Effect": effect,
        "Action": actions,
        "Resource": resources,
        "Principal": principal,
        "Condition": condition,
    }
    return {name: part for name, part in parts.items() if part is not None}


def _trust(service: str) -> dict[str, dict[str, Any]]:
    return {"": _statement("sts:AssumeRole", None, _service(service))}


def _tls_only(bucket: str) -> dict[str, dict[str, Any]]:
    plain_text = {"Bool": {"aws:SecureTransport": "false"}}
    return {"TlsOnly": _statement("s3:*", [bucket, f"{bucket}/*"], "*", plain_text, effect="Deny")}


def _publishers(sid: str, actions: str | list[str], resource: str) -> dict[str, dict[str, Any]]:
    return {
        f"{sid}Alarms": _statement(actions, resource, _service("cloudwatch"), ALARMS),
        f"{sid}Events": _statement(actions, resource, _service("events")),
        f"{sid}Budgets": _statement(actions, resource, _service("budgets"), BUDGETS),
    }


def _endpoint(service: str) -> dict[str, dict[str, Any]]:
    own = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    return {"OwnAccountOnly": _statement(f"{service}:*", "*", "*", own)}


STATEMENTS: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "iris-alarms-key": {
        "Administer": _statement("kms:*", "*", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        **_publishers("Encrypt", ["kms:Decrypt", "kms:GenerateDataKey*"], "*"),
    },
    "iris-alarms-policy": _publishers("Tell", "sns:Publish", "arn:iris-alarms"),
    "iris-api-logging": _trust("apigateway"),
    "iris-archives-policy": _tls_only("arn:iris-archives"),
    "iris-function-may": {
        "WriteLogs": _statement(LOG_WRITER, "arn:iris-function-logs:*"),
        "WriteTraces": _statement(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    },
    "iris-function-role": _trust("lambda"),
    "iris-instance": _trust("ec2"),
    "iris-logs-policy": {
        **_tls_only(LOGS),
        "BalancerLogs": _statement(
            "s3:PutObject",
            [f"{LOGS}/{kind}/AWSLogs/{ACCOUNT}/*" for kind in ("access", "connections")],
            _service("logdelivery.elasticloadbalancing"),
        ),
        "FlowLogs": _statement(
            "s3:PutObject", [f"{LOGS}/flows/AWSLogs/{ACCOUNT}/*"], _service("delivery.logs"), FLOWS
        ),
        "FlowLogsLook": _statement("s3:GetBucketAcl", LOGS, _service("delivery.logs"), FLOWS),
        "BucketLogs": _statement(
            "s3:PutObject", [f"{LOGS}/buckets/*"], _service("logging.s3"), {"StringEquals": OWN_ACCOUNT}
        ),
    },
    "iris-open-session": {
        "OpenSession": _statement(
            [
                "ssm:UpdateInstanceInformation",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            "*",
        )
    },
    "iris-read-archive": {"ReadArchive": _statement(READ, "arn:iris-archives/service.zip")},
    "iris-s3": {
        "BootOnly": _statement(
            READ,
            ["arn:aws:s3:::iris-archives-1a2b3c4/*", f"arn:aws:s3:::al2023-repos-{REGION}-de612dc2/*"],
            "*",
        )
    },
    **{f"iris-{service}-endpoint": _endpoint(service) for service in ("logs", "ssm", "ssmmessages")},
    "iris-tell-lifecycle": {
        "TellLifecycle": _statement(
            ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"],
            f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/iris-*",
            None,
            {
                "StringEquals": {
                    "aws:ResourceTag/project": "scalable-models",
                    "aws:ResourceTag/stack": "test",
                }
            },
        )
    },
    "iris-write-logs": {"WriteLogs": _statement(LOG_WRITER, "arn:iris-instances-log:*")},
}
"""Resource -> statements of its policy by their `Sid`; those of a role are of its trust policy."""
