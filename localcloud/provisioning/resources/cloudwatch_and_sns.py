"""Resource types of monitoring: logs, alarms, dashboards, SNS topics, events, GuardDuty and KMS keys."""

from __future__ import annotations

from typing import Any, Final

from localcloud.aws.arns import arn
from localcloud.provisioning.parameters import InputMapping, UnknownInputError
from localcloud.provisioning.resource_type import FollowUpCalls, Inputs, ResourceType
from localcloud.provisioning.resources.budgets import BUDGET


def _dimensions(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


STAT: Final = {"period": "Period", "stat": "Stat", "unit": "Unit"}
METRIC: Final = {"metricName": "MetricName", "namespace": "Namespace"}
"""Input of a metric, flat in Terraform -> parameter of MetricStat or of the Metric in it."""


def _metric_stat(metric: Inputs) -> dict[str, Any]:
    unknown = metric.keys() - {*STAT, *METRIC, "dimensions"}
    if unknown:
        raise UnknownInputError(f"a metric's {', '.join(sorted(unknown))} would be ignored")
    inner = {METRIC[key]: value for key, value in metric.items() if key in METRIC}
    outer = {STAT[key]: value for key, value in metric.items() if key in STAT}
    inner["Dimensions"] = _dimensions(metric.get("dimensions", {}))
    return {**outer, "Metric": inner, "Period": int(metric["period"])}


TRANSFORMATION: Final = {
    "name": "metricName",
    "namespace": "metricNamespace",
    "value": "metricValue",
    "unit": "unit",
}
"""Input of a metric filter's transformation -> parameter of the API."""


def _metric_transformations(transformation: Inputs) -> list[dict[str, Any]]:
    if unknown := transformation.keys() - TRANSFORMATION:
        raise UnknownInputError(f"a transformation's {', '.join(sorted(unknown))} would be ignored")
    return [{TRANSFORMATION[key]: value for key, value in transformation.items()}]


OBSERVABILITY: Final = {
    "aws:cloudwatch/logGroup:LogGroup": ResourceType(
        service="logs",
        operation="CreateLogGroup",
        id="@name",
        name_input="name",
        mapping=InputMapping(rename={"name": "logGroupName"}),
        follow_ups=(
            FollowUpCalls(
                "PutRetentionPolicy",
                ("retentionInDays",),
                lambda created: [
                    {"logGroupName": created.name, "retentionInDays": int(created.inputs["retentionInDays"])}
                ],
            ),
        ),
        more_outputs=lambda api, created: {"arn": arn(api, "logs", f"log-group:{created.name}")},
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": ResourceType(
        service="logs",
        operation="PutMetricFilter",
        id="@name",
        name_input="name",
        mapping=InputMapping(
            rename={
                "name": "filterName",
                "pattern": "filterPattern",
                "metricTransformation": "metricTransformations",
            },
            convert={"metricTransformation": _metric_transformations},
        ),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ResourceType(
        service="cloudwatch",
        operation="PutMetricAlarm",
        id="@name",
        name_input="name",
        mapping=InputMapping(
            rename={
                "name": "AlarmName",
                "metricQueries": "Metrics",
                "metricQueries.metric": "MetricStat",
            },
            convert={"dimensions": _dimensions, "metricQueries.metric": _metric_stat},
        ),
        more_outputs=lambda api, created: {"arn": arn(api, "cloudwatch", f"alarm:{created.name}")},
    ),
    "aws:cloudwatch/dashboard:Dashboard": ResourceType(
        service="cloudwatch", operation="PutDashboard", id="@name"
    ),
    "aws:sns/topic:Topic": ResourceType(
        service="sns",
        operation="CreateTopic",
        id="TopicArn",
        name_input="name",
        other_inputs={"kmsMasterKeyId": "is an attribute"},
        extra_parameters=lambda inputs: {
            "Attributes": {"KmsMasterKeyId": inputs["kmsMasterKeyId"]} if "kmsMasterKeyId" in inputs else {}
        },
        more_outputs=lambda _api, created: {"arn": created.id},
    ),
    "aws:sns/topicPolicy:TopicPolicy": ResourceType(
        service="sns",
        operation="SetTopicAttributes",
        id="@name",
        mapping=InputMapping(rename={"arn": "TopicArn", "policy": "AttributeValue"}),
        extra_parameters=lambda _inputs: {"AttributeName": "Policy"},
    ),
    "aws:cloudwatch/eventRule:EventRule": ResourceType(
        service="events",
        operation="PutRule",
        id="@name",
        name_input="name",
        outputs={"arn": "RuleArn"},
    ),
    "aws:cloudwatch/eventTarget:EventTarget": ResourceType(
        service="events",
        operation="PutTargets",
        id="@name",
        other_inputs={"arn": "is part of the target", "targetId": "is part of the target"},
        extra_parameters=lambda inputs: {"Targets": [{"Id": inputs["targetId"], "Arn": inputs["arn"]}]},
    ),
    "aws:guardduty/detector:Detector": ResourceType(
        service="guardduty", operation="CreateDetector", id="DetectorId"
    ),
    "aws:budgets/budget:Budget": BUDGET,
    "aws:sns/topicSubscription:TopicSubscription": ResourceType(
        service="sns",
        operation="Subscribe",
        id="SubscriptionArn",
        mapping=InputMapping(rename={"topic": "TopicArn"}),
    ),
    "aws:kms/key:Key": ResourceType(
        service="kms",
        operation="CreateKey",
        id="KeyMetadata.KeyId",
        mapping=InputMapping(
            # Only KMS uses these names.
            convert={"tags": lambda tags: [{"TagKey": key, "TagValue": value} for key, value in tags.items()]}
        ),
        other_inputs={"deletionWindowInDays": "affects only its deletion"},
        follow_ups=(
            FollowUpCalls(
                "EnableKeyRotation",
                ("enableKeyRotation",),
                lambda created: [{"KeyId": created.id}] if created.inputs["enableKeyRotation"] else [],
            ),
        ),
        outputs={"keyId": "KeyMetadata.KeyId", "arn": "KeyMetadata.Arn"},
    ),
}
