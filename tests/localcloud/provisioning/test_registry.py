from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from localcloud.aws.clients import Api
from localcloud.provisioning import registry
from localcloud.provisioning.data_sources import DATA_SOURCES
from localcloud.provisioning.parameters import UnknownInputError, to_parameters
from localcloud.provisioning.registry import RESOURCE_TYPES, UnknownTypeError
from tests.infra.mock_aws import MockAws, deploy_stack

if TYPE_CHECKING:
    from pathlib import Path

NO_ENDPOINT = "http://127.0.0.1:9"
"""URL of the discard port, which never answers."""

WITH_WARM_FUNCTION = {"minProvisionedConcurrency": "2", "xrayTracing": "true"}
WITH_DOMAIN = {"domainName": "iris.example.com", "alarmEmail": "ops@example.com", "snapStart": "true"}


@pytest.mark.parametrize("options", [{}, WITH_WARM_FUNCTION, WITH_DOMAIN])
@pytest.mark.parametrize("compute", ["fleet", "lambda", "both"])
def test_all_resource_types_and_data_sources_of_the_program_are_supported(
    tmp_path: Path, compute: str, options: dict[str, str]
):
    file = tmp_path / "iris.zip"
    file.write_bytes(b"packed")
    named = {"archive": str(file), "functionArchive": str(file), "compute": compute}
    if compute == "fleet":
        options = {key: value for key, value in options.items() if key != "domain"}
    mock_aws = deploy_stack({**named, **options}, MockAws())
    assert {resource.type for resource in mock_aws.resources.values()} <= set(RESOURCE_TYPES)
    assert set(mock_aws.invokes) <= set(DATA_SOURCES)


def test_an_unsupported_type_is_named_without_an_api_call():
    api = Api(NO_ENDPOINT, "eu-central-1")
    with pytest.raises(UnknownTypeError, match="aws:sqs/queue:Queue"):
        registry.create(api, "aws:sqs/queue:Queue", "iris-queue", {})
    with pytest.raises(UnknownTypeError, match="aws:sqs/getQueue:getQueue"):
        registry.read_data_source(api, "aws:sqs/getQueue:getQueue", {})


def extra_parameters(kind: str, **inputs: Any) -> dict[str, Any]:
    return RESOURCE_TYPES[kind].extra_parameters(inputs)


def test_a_record_is_a_batch_with_one_change():
    parameters = extra_parameters(
        "aws:route53/record:Record", zoneId="Z1", name="_a.x.org", type="CNAME", ttl=60.0, records=["b.org"]
    )
    assert parameters == {
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


def test_a_record_that_may_exist_is_overwritten():
    inputs = {"zoneId": "Z1", "name": "x.org", "type": "A", "allowOverwrite": True}
    (change,) = extra_parameters("aws:route53/record:Record", **inputs)["ChangeBatch"]["Changes"]
    assert change["Action"] == "UPSERT"


@pytest.mark.parametrize(
    ("setting", "value", "path", "text"),
    [
        ("throttlingRateLimit", 100.0, "/*/*/throttling/rateLimit", "100"),
        ("throttlingBurstLimit", 200.0, "/*/*/throttling/burstLimit", "200"),
        ("loggingLevel", "OFF", "/*/*/logging/loglevel", "OFF"),
        ("dataTraceEnabled", False, "/*/*/logging/dataTrace", "false"),
    ],
)
def test_a_method_setting_is_a_patch_operation_of_its_stage(
    setting: str, value: object, path: str, text: str
):
    parameters = extra_parameters(
        "aws:apigateway/methodSettings:MethodSettings", methodPath="*/*", settings={setting: value}
    )
    assert parameters == {"patchOperations": [{"op": "replace", "path": path, "value": text}]}


def test_a_setting_that_would_be_ignored_is_named():
    unknown = {"cachingEnabled": True, "loggingLevel": "OFF"}
    with pytest.raises(UnknownInputError, match="cachingEnabled would be ignored"):
        extra_parameters("aws:apigateway/methodSettings:MethodSettings", methodPath="*/*", settings=unknown)


def alarm(**metric: Any) -> Any:
    shape = botocore.session.get_session().get_service_model("cloudwatch").operation_model("PutMetricAlarm")
    assert shape.input_shape is not None
    names = RESOURCE_TYPES["aws:cloudwatch/metricAlarm:MetricAlarm"].mapping
    query = {"id": "a", "returnData": False, "metric": metric}
    return to_parameters(shape.input_shape, {"metricQueries": [query]}, names)["Metrics"][0]


def test_a_metric_of_a_formula_is_nested_as_in_the_api():
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


def test_an_input_of_a_metric_that_would_be_ignored_is_named():
    with pytest.raises(UnknownInputError, match="colour would be ignored"):
        alarm(namespace="AWS/Lambda", metricName="Errors", period=60.0, stat="Sum", colour="red")


def test_a_bucket_has_a_location_constraint_except_in_us_east_1():
    region_parameters = RESOURCE_TYPES["aws:s3/bucket:Bucket"].region_parameters
    assert region_parameters("us-east-1") == {}
    assert region_parameters("eu-west-1") == {
        "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}
    }
