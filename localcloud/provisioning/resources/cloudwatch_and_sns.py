"""How log groups, alarms, dashboards and the topics that tell of trouble are made."""

from __future__ import annotations

from typing import Any, Final

from localcloud.aws.arns import arn
from localcloud.provisioning.parameters import Names, UnknownInputError
from localcloud.provisioning.resource_type import Inputs, Row, Then
from localcloud.provisioning.resources.budgets import BUDGET


def _dimensions(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


STAT: Final = {"period": "Period", "stat": "Stat", "unit": "Unit"}
METRIC: Final = {"metricName": "MetricName", "namespace": "Namespace"}
"""A metric's inputs, which Terraform has side by side -> two structures of the API, one in the other."""


def _metric_stat(metric: Inputs) -> dict[str, Any]:
    unknown = metric.keys() - {*STAT, *METRIC, "dimensions"}
    if unknown:
        raise UnknownInputError(f"a metric's {', '.join(sorted(unknown))} would be lost")
    inner = {METRIC[key]: value for key, value in metric.items() if key in METRIC}
    outer = {STAT[key]: value for key, value in metric.items() if key in STAT}
    inner["Dimensions"] = _dimensions(metric.get("dimensions", {}))
    return {**outer, "Metric": inner, "Period": int(metric["period"])}


OBSERVABILITY: Final = {
    "aws:cloudwatch/logGroup:LogGroup": Row(
        service="logs",
        create="CreateLogGroup",
        id="@name",
        named="name",
        names=Names(rename={"name": "logGroupName"}),
        then=(
            Then(
                "PutRetentionPolicy",
                ("retentionInDays",),
                lambda made: [
                    {"logGroupName": made.name, "retentionInDays": int(made.inputs["retentionInDays"])}
                ],
            ),
        ),
        look=lambda api, made: {"arn": arn(api, "logs", f"log-group:{made.name}")},
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Row(
        service="cloudwatch",
        create="PutMetricAlarm",
        id="@name",
        named="name",
        names=Names(
            rename={
                "name": "AlarmName",
                "metricQueries": "Metrics",
                "metricQueries.metric": "MetricStat",
            },
            convert={"dimensions": _dimensions, "metricQueries.metric": _metric_stat},
        ),
        look=lambda api, made: {"arn": arn(api, "cloudwatch", f"alarm:{made.name}")},
    ),
    "aws:cloudwatch/dashboard:Dashboard": Row(service="cloudwatch", create="PutDashboard", id="@name"),
    "aws:sns/topic:Topic": Row(
        service="sns",
        create="CreateTopic",
        id="TopicArn",
        named="name",
        elsewhere={"kmsMasterKeyId": "is an attribute"},
        also=lambda inputs: {
            "Attributes": {"KmsMasterKeyId": inputs["kmsMasterKeyId"]} if "kmsMasterKeyId" in inputs else {}
        },
        look=lambda _api, made: {"arn": made.id},
    ),
    "aws:sns/topicPolicy:TopicPolicy": Row(
        service="sns",
        create="SetTopicAttributes",
        id="@name",
        names=Names(rename={"arn": "TopicArn", "policy": "AttributeValue"}),
        also=lambda _inputs: {"AttributeName": "Policy"},
    ),
    "aws:cloudwatch/eventRule:EventRule": Row(
        service="events",
        create="PutRule",
        id="@name",
        named="name",
        outputs={"arn": "RuleArn"},
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Row(
        service="events",
        create="PutTargets",
        id="@name",
        elsewhere={"arn": "is one of the targets", "targetId": "is its name"},
        also=lambda inputs: {"Targets": [{"Id": inputs["targetId"], "Arn": inputs["arn"]}]},
    ),
    "aws:guardduty/detector:Detector": Row(service="guardduty", create="CreateDetector", id="DetectorId"),
    "aws:budgets/budget:Budget": BUDGET,
    "aws:sns/topicSubscription:TopicSubscription": Row(
        service="sns", create="Subscribe", id="SubscriptionArn", names=Names(rename={"topic": "TopicArn"})
    ),
    "aws:kms/key:Key": Row(
        service="kms",
        create="CreateKey",
        id="KeyMetadata.KeyId",
        names=Names(
            # KMS alone calls them so.
            convert={"tags": lambda tags: [{"TagKey": key, "TagValue": value} for key, value in tags.items()]}
        ),
        elsewhere={"deletionWindowInDays": "says how it is destroyed"},
        then=(
            Then(
                "EnableKeyRotation",
                ("enableKeyRotation",),
                lambda made: [{"KeyId": made.id}] if made.inputs["enableKeyRotation"] else [],
            ),
        ),
        outputs={"keyId": "KeyMetadata.KeyId", "arn": "KeyMetadata.Arn"},
    ),
}
