from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from localcloud.aws.clients import Api
from localcloud.provisioning import registry
from localcloud.provisioning.data_sources import DATA_SOURCES
from localcloud.provisioning.parameters import UnknownInputError, to_parameters
from localcloud.provisioning.registry import RESOURCE_TYPES, UnknownTypeError
from localcloud.provisioning.resource_type import CreatedResource, generate_name
from tests.infra.mock_aws import MockAws, deploy_stack
from tests.stubbed import stub

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
    for region in ("eu-west-1", "us-east-2"):
        assert region_parameters(region) == {"CreateBucketConfiguration": {"LocationConstraint": region}}


@pytest.mark.parametrize(("internal", "scheme"), [(True, "internal"), (False, "internet-facing")])
def test_a_load_balancer_is_open_to_the_internet_unless_it_is_internal(
    internal: bool,  # noqa: FBT001 (pytest passes it by name)
    scheme: str,
):
    assert extra_parameters("aws:lb/loadBalancer:LoadBalancer", internal=internal) == {"Scheme": scheme}
    assert extra_parameters("aws:lb/loadBalancer:LoadBalancer") == {"Scheme": "internet-facing"}


def test_a_rule_of_a_security_group_is_a_permission_with_its_ports_and_its_peer():
    found = extra_parameters(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        ipProtocol="tcp",
        fromPort=8000.0,
        toPort=8080.0,
        cidrIpv6="2001:db8::/32",
        description="clients",
    )
    peer = {"CidrIpv6": "2001:db8::/32", "Description": "clients"}
    permission = {"IpProtocol": "tcp", "FromPort": 8000, "ToPort": 8080, "Ipv6Ranges": [peer]}
    assert found == {"IpPermissions": [permission]}


def test_a_scheduled_action_sets_the_sizes_that_are_given_and_zero_is_one_of_them():
    # In Terraform, -1 leaves a size as it is.
    found = extra_parameters(
        "aws:autoscaling/schedule:Schedule", minSize=0.0, maxSize=4.0, desiredCapacity=-1.0
    )
    assert found == {"MinSize": 0, "MaxSize": 4}


def test_calls_after_the_creation_are_made_for_each_input_that_is_given():
    api = Api(NO_ENDPOINT, "eu-central-1")
    answers: Any = [
        ("create_vpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": {"VpcId": "vpc-1"}}),
        ("modify_vpc_attribute", {"VpcId": "vpc-1", "EnableDnsHostnames": {"Value": True}}, {}),
    ]
    stubber = stub(api.client("ec2"), answers)
    with stubber:
        inputs = {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True}
        assert registry.create(api, "aws:ec2/vpc:Vpc", "iris", inputs) == ("vpc-1", inputs)
        stubber.assert_no_pending_responses()


# Keys: ELB API reference 2015-12-01, LoadBalancerAttribute, TargetGroupAttribute and ListenerAttribute.
@pytest.mark.parametrize(
    ("kind", "operation", "inputs", "expected"),
    [
        (
            "aws:lb/loadBalancer:LoadBalancer",
            "ModifyLoadBalancerAttributes",
            {
                "accessLogs": {"bucket": "logs", "enabled": True, "prefix": "alb"},
                "connectionLogs": {"bucket": "logs", "enabled": False, "prefix": "connections"},
                "desyncMitigationMode": "strictest",
                "dropInvalidHeaderFields": True,
                "enableCrossZoneLoadBalancing": True,
                "enableDeletionProtection": False,
                "enableHttp2": False,
                "idleTimeout": 61.0,
                "preserveHostHeader": True,
                "xffHeaderProcessingMode": "preserve",
            },
            {
                "access_logs.s3.bucket": "logs",
                "access_logs.s3.enabled": "true",
                "access_logs.s3.prefix": "alb",
                "connection_logs.s3.bucket": "logs",
                "connection_logs.s3.enabled": "false",
                "connection_logs.s3.prefix": "connections",
                "routing.http.desync_mitigation_mode": "strictest",
                "routing.http.drop_invalid_header_fields.enabled": "true",
                "load_balancing.cross_zone.enabled": "true",
                "deletion_protection.enabled": "false",
                "routing.http2.enabled": "false",
                "idle_timeout.timeout_seconds": "61",
                "routing.http.preserve_host_header.enabled": "true",
                "routing.http.xff_header_processing.mode": "preserve",
            },
        ),
        (
            "aws:lb/targetGroup:TargetGroup",
            "ModifyTargetGroupAttributes",
            {
                "deregistrationDelay": 30.0,
                "loadBalancingAlgorithmType": "weighted_random",
                "loadBalancingAnomalyMitigation": "on",
                "loadBalancingCrossZoneEnabled": "use_load_balancer_configuration",
                "slowStart": 45.0,
                "stickiness": {"cookieDuration": 3_600.0, "enabled": True, "type": "lb_cookie"},
            },
            {
                "deregistration_delay.timeout_seconds": "30",
                "load_balancing.algorithm.type": "weighted_random",
                "load_balancing.algorithm.anomaly_mitigation": "on",
                "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
                "slow_start.duration_seconds": "45",
                "stickiness.lb_cookie.duration_seconds": "3600",
                "stickiness.enabled": "true",
                "stickiness.type": "lb_cookie",
            },
        ),
        (
            "aws:lb/listener:Listener",
            "ModifyListenerAttributes",
            {"routingHttpResponseStrictTransportSecurityHeaderValue": "max-age=31536000"},
            {"routing.http.response.strict_transport_security.header_value": "max-age=31536000"},
        ),
    ],
)
def test_the_attributes_of_a_load_balancer_have_the_keys_and_the_texts_of_the_api(
    kind: str, operation: str, inputs: dict[str, Any], expected: dict[str, str]
):
    (follow_up,) = [each for each in RESOURCE_TYPES[kind].follow_ups if each.operation == operation]
    (call,) = follow_up.parameters(CreatedResource("arn", "iris", inputs, {}))
    assert {each["Key"]: each["Value"] for each in call["Attributes"]} == expected
    assert set(follow_up.inputs) == set(inputs)


def test_a_name_with_a_prefix_has_random_digits_after_it_and_not_the_logical_name():
    # The log group of a web ACL has to begin with aws-waf-logs- (AWS WAF developer guide, "Logging").
    api = Api(NO_ENDPOINT, "eu-central-1")
    names: list[str] = []

    def record(params: dict[str, Any], **_: object) -> None:
        names.append(params["logGroupName"])

    logs = api.client("logs")
    logs.meta.events.register("provide-client-params.cloudwatch-logs.CreateLogGroup", record)
    identity: Any = ("get_caller_identity", {}, {"Account": "000000000000"})
    answers: Any = [("create_log_group", None, {})]
    with stub(logs, answers), stub(api.client("sts"), [identity]):
        found, outputs = registry.create(
            api, "aws:cloudwatch/logGroup:LogGroup", "iris-waf", {"namePrefix": "aws-waf-logs-"}
        )
    assert names == [found]
    assert re.fullmatch("aws-waf-logs-.?[0-9a-f]{7}", found)
    assert outputs["arn"] == f"arn:aws:logs:eu-central-1:000000000000:log-group:{found}"


@pytest.mark.parametrize("logical_name", ["fleet", "a-name-that-is-longer-than-any-of-32-characters"])
def test_a_generated_name_is_the_logical_one_with_seven_digits_within_32_characters(logical_name: str):
    name = generate_name(logical_name)
    stem, _, digits = name.rpartition("-")
    assert logical_name.startswith(stem)
    assert len(name) == min(len(logical_name) + 8, 32)
    assert re.fullmatch("[0-9a-f]{7}", digits)
    assert generate_name(logical_name) != name
