from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from localcloud.aws.clients import Api
from localcloud.provisioning import registry
from localcloud.provisioning.data_sources import LOOK_UPS
from localcloud.provisioning.parameters import UnknownInputError, parameters
from localcloud.provisioning.registry import ROWS, UnknownTypeError
from tests.infra.recorder import Recorder, deploy_stack

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "http://127.0.0.1:9"
"""The discard port: whoever asks it, gets no answer."""

WARM = {"minProvisionedConcurrency": "2", "xrayTracing": "true"}
NAMED = {"domainName": "iris.example.com", "alarmEmail": "ops@example.com", "snapStart": "true"}


@pytest.mark.parametrize("options", [{}, WARM, NAMED])
@pytest.mark.parametrize("compute", ["fleet", "lambda", "both"])
def test_all_that_the_program_ever_asks_for_can_be_made(
    tmp_path: Path, compute: str, options: dict[str, str]
):
    file = tmp_path / "iris.zip"
    file.write_bytes(b"packed")
    named = {"archive": str(file), "functionArchive": str(file), "compute": compute}
    if compute == "fleet":
        options = {key: value for key, value in options.items() if key != "domain"}
    asked = deploy_stack({**named, **options}, Recorder())
    assert {made.type for made in asked.made.values()} <= set(ROWS)
    assert set(asked.questions) <= set(LOOK_UPS)


def test_a_type_that_is_not_in_the_table_is_named_and_nothing_is_asked_of_anybody():
    api = Api(NOWHERE, "eu-central-1")
    with pytest.raises(UnknownTypeError, match="aws:sqs/queue:Queue"):
        registry.create(api, "aws:sqs/queue:Queue", "iris-queue", {})
    with pytest.raises(UnknownTypeError, match="aws:sqs/getQueue:getQueue"):
        registry.look_up(api, "aws:sqs/getQueue:getQueue", {})


def written(kind: str, **inputs: Any) -> dict[str, Any]:
    return ROWS[kind].also(inputs)


def test_a_record_is_the_one_change_of_a_batch():
    made = written(
        "aws:route53/record:Record", zoneId="Z1", name="_a.x.org", type="CNAME", ttl=60.0, records=["b.org"]
    )
    assert made == {
        "HostedZoneId": "Z1",
        "ChangeBatch": {
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": "_a.x.org",
                        "Type": "CNAME",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": "b.org"}],
                    },
                }
            ]
        },
    }


def test_a_record_that_may_be_there_already_is_overwritten():
    kind = {"zoneId": "Z1", "name": "x.org", "type": "A", "allowOverwrite": True}
    assert written("aws:route53/record:Record", **kind)["ChangeBatch"]["Changes"][0]["Action"] == "UPSERT"


@pytest.mark.parametrize(
    ("setting", "value", "path", "text"),
    [
        ("throttlingRateLimit", 100.0, "/*/*/throttling/rateLimit", "100"),
        ("throttlingBurstLimit", 200.0, "/*/*/throttling/burstLimit", "200"),
        ("loggingLevel", "OFF", "/*/*/logging/loglevel", "OFF"),
        ("dataTraceEnabled", False, "/*/*/logging/dataTrace", "false"),
    ],
)
def test_a_method_s_setting_is_a_change_of_its_stage(setting: str, value: object, path: str, text: str):
    made = written(
        "aws:apigateway/methodSettings:MethodSettings", methodPath="*/*", settings={setting: value}
    )
    assert made == {"patchOperations": [{"op": "replace", "path": path, "value": text}]}


def test_a_setting_that_would_be_lost_is_named():
    unknown = {"cachingEnabled": True, "loggingLevel": "OFF"}
    with pytest.raises(UnknownInputError, match="cachingEnabled would be lost"):
        written("aws:apigateway/methodSettings:MethodSettings", methodPath="*/*", settings=unknown)


def alarm(**metric: Any) -> Any:
    shape = botocore.session.get_session().get_service_model("cloudwatch").operation_model("PutMetricAlarm")
    assert shape.input_shape is not None
    names = ROWS["aws:cloudwatch/metricAlarm:MetricAlarm"].names
    query = {"id": "a", "returnData": False, "metric": metric}
    return parameters(shape.input_shape, {"metricQueries": [query]}, names)["Metrics"][0]


def test_a_metric_of_a_formula_is_nested_as_the_api_has_it():
    metric = {"namespace": "AWS/Lambda", "metricName": "Errors", "period": 60.0, "stat": "Sum"}
    assert alarm(**metric, dimensions={"FunctionName": "f"}) == {
        "Id": "a",
        "ReturnData": False,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": "Errors",
                "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }


def test_what_would_be_lost_of_a_metric_is_named():
    with pytest.raises(UnknownInputError, match="colour would be lost"):
        alarm(namespace="AWS/Lambda", metricName="Errors", period=60.0, stat="Sum", colour="red")


def test_a_bucket_is_told_its_region_but_for_the_first_one():
    placed = ROWS["aws:s3/bucket:Bucket"].placed
    assert placed("us-east-1") == {}
    assert placed("eu-west-1") == {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
