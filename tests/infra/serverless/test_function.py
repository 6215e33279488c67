from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi
import pytest

from infra.serverless.function import LambdaFunction, LambdaFunctionArgs
from tests.infra.mock_aws import TAGS, MockAws, deploy, lambda_config

FUNCTION = "fn-function"


@cache
def serverless(**values: str) -> MockAws:
    args = LambdaFunctionArgs(
        config=lambda_config(**values),
        architecture="arm64",
        bucket="bucket",
        archive_key="function.zip",
        archive_version="version-1",
        log_retention_days=7,
        tags=TAGS,
    )

    def program() -> None:
        component = LambdaFunction("fn", args)
        pulumi.export("function_name", component.function_name)
        pulumi.export("version", component.version)
        pulumi.export("alias_name", component.alias_name)
        pulumi.export("invoke_arn", component.invoke_arn)

    return deploy(program)


def function(**values: str) -> dict[str, Any]:
    return serverless(**values).resources[FUNCTION].inputs


def statements(**values: str) -> list[dict[str, Any]]:
    return json.loads(serverless(**values).resources["fn-function-may"]["policy"])["Statement"]


def test_it_runs_exactly_the_bytes_that_were_uploaded():
    mock_aws = function()
    assert (mock_aws["s3Bucket"], mock_aws["s3Key"]) == ("bucket", "function.zip")
    assert mock_aws["s3ObjectVersion"] == "version-1"
    assert (mock_aws["runtime"], mock_aws["handler"]) == ("python3.13", "service.lambda_handler.handler")
    assert mock_aws["architectures"] == ["arm64"]


def test_browsers_stay_with_https_for_a_year_where_there_is_a_domain():
    # RFC 6797, 6.1: 31,536,000 seconds are 365 days.
    named = function(domainName="api.example.com")
    assert named["environment"]["variables"]["IRIS_HSTS"] == "max-age=31536000"
    assert "IRIS_HSTS" not in function()["environment"]["variables"]


def test_memory_and_timeout_are_the_configured_ones():
    mock_aws = function(functionMemoryMb="512", functionTimeoutSeconds="3")
    assert (mock_aws["memorySize"], mock_aws["timeout"]) == (512, 3)


def test_it_blocks_the_paths_that_are_not_public():
    assert function(publicPaths="health,metrics,version,docs").get("environment") is None
    assert function(publicPaths="docs")["environment"] == {
        "variables": {"IRIS_BLOCKED_PATHS": "/livez,/readyz,/v2/health/*,/metrics,/version,/v2"}
    }
    assert function()["environment"]["variables"]["IRIS_BLOCKED_PATHS"].endswith(
        ",/docs,/docs/*,/openapi.json"
    )


def test_every_change_of_it_is_published_as_a_version():
    assert function()["publish"] is True


def test_its_alias_starts_at_the_first_version_and_is_the_roll_out_s_from_then_on():
    alias = serverless().resources["fn-live"]
    assert (alias["name"], alias["functionVersion"]) == ("live", "3")
    assert alias.options.ignore_changes == ["function_version", "routing_config"]


def test_what_callers_need_is_handed_out():
    assert serverless().exports == {
        "function_name": f"{FUNCTION}-1a2b3c4",
        "version": "3",
        "alias_name": "live",
        "invoke_arn": "arn:invoke:fn-live",
    }


def test_lambda_alone_may_take_its_role():
    role = serverless().resources["fn-function-role"]
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_it_may_write_into_its_own_log_group_and_do_nothing_else():
    (statement,) = statements()
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"] == "arn:fn-function-logs:*"


def test_it_may_write_traces_only_where_it_makes_any():
    assert function()["tracingConfig"] == {"mode": "PassThrough"}
    assert function(xrayTracing="true")["tracingConfig"] == {"mode": "Active"}
    logs, traces = statements(xrayTracing="true")
    assert logs["Sid"] == "WriteLogs"
    assert traces["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def test_it_logs_json_into_a_group_that_forgets():
    group = serverless().resources["fn-function-logs"]
    assert group["retentionInDays"] == 7
    assert function()["loggingConfig"] == {"logFormat": "JSON", "logGroup": "fn-function-logs-1a2b3c4"}


def test_it_is_not_made_before_it_may_write_logs():
    recorder = MockAws(late="fn-function-may")
    args = LambdaFunctionArgs(
        config=lambda_config(),
        architecture="x86_64",
        bucket="bucket",
        archive_key="function.zip",
        archive_version="version-1",
        log_retention_days=7,
        tags=TAGS,
    )
    order = list(deploy(lambda: LambdaFunction("fn", args), recorder).resources)
    assert order.index("fn-function-may") < order.index(FUNCTION)


@pytest.mark.parametrize(("key", "value"), [("snapStart", "false"), ("minProvisionedConcurrency", "0")])
def test_nothing_is_kept_warm_unless_it_is_asked_for(key: str, value: str):
    mock_aws = serverless(**{key: value})
    assert "snapStart" not in function(**{key: value})
    assert not [resource for resource in mock_aws.resources.values() if resource.name.startswith("fn-warm")]


def test_snapshots_are_taken_of_published_versions():
    assert function(snapStart="true")["snapStart"] == {"applyOn": "PublishedVersions"}


def test_no_concurrency_is_reserved_unless_it_is_asked_for():
    assert "reservedConcurrentExecutions" not in function()
    mock_aws = function(reservedConcurrency="20", alarmConcurrentExecutions="10")
    assert mock_aws["reservedConcurrentExecutions"] == 20


@pytest.fixture
def warm() -> MockAws:
    return serverless(
        minProvisionedConcurrency="2", maxProvisionedConcurrency="8", targetProvisionedConcurrencyPercent="65"
    )


def test_environments_wait_for_whatever_version_the_alias_names(warm: MockAws):
    resource = warm.resources["fn-warm"]
    assert (resource["functionName"], resource["qualifier"]) == (f"{FUNCTION}-1a2b3c4", "live")
    assert resource["provisionedConcurrentExecutions"] == 2


def test_how_many_of_them_there_are_is_for_their_scaling_to_say(warm: MockAws):
    assert warm.resources["fn-warm"].options.ignore_changes == ["provisioned_concurrent_executions"]
    limits = warm.resources["fn-warm-limits"]
    assert (limits["minCapacity"], limits["maxCapacity"]) == (2, 8)
    assert limits["resourceId"] == f"function:{FUNCTION}-1a2b3c4:live"


def test_their_number_follows_the_share_of_them_at_work(warm: MockAws):
    limits, scaling = warm.resources["fn-warm-limits"], warm.resources["fn-warm-scaling"]
    assert scaling["policyType"] == "TargetTrackingScaling"
    assert scaling["targetTrackingScalingPolicyConfiguration"] == {
        "predefinedMetricSpecification": {"predefinedMetricType": "LambdaProvisionedConcurrencyUtilization"},
        "targetValue": 0.65,
    }
    for key in ("resourceId", "serviceNamespace", "scalableDimension"):
        assert scaling[key] == limits[key]
    assert limits["scalableDimension"] == "lambda:function:ProvisionedConcurrency"
