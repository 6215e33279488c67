from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
import pytest

from infra.serverless.rest_api import RestApi, RestApiArgs
from tests.infra.mock_aws import EXECUTION_ARN, TAGS, MockAws, deploy, lambda_config

if TYPE_CHECKING:
    from collections.abc import Sequence


def rest_api_args(
    invoke_arn: str = "arn:invoke", custom_domain: Sequence[pulumi.Resource] = (), **values: str
) -> RestApiArgs:
    return RestApiArgs(
        config=lambda_config(**values),
        function_name="function",
        alias_name="live",
        invoke_arn=invoke_arn,
        custom_domain=custom_domain,
        log_retention_days=7,
        tags=TAGS,
    )


def api(recorder: MockAws | None = None, *, invoke_arn: str = "arn:invoke", **values: str) -> MockAws:
    args = rest_api_args(invoke_arn, (), **values)

    def program() -> None:
        component = RestApi("web", args)
        pulumi.export("id", component.api_id)
        pulumi.export("name", component.api_name)
        pulumi.export("stage", component.stage_name)
        pulumi.export("stage_arn", component.stage_arn)
        pulumi.export("url", component.url)

    return deploy(program, recorder)


@cache
def shared_api() -> MockAws:
    return api()


def test_it_answers_in_its_own_region():
    assert shared_api().resources["web-api"]["endpointConfiguration"] == {"types": "REGIONAL"}


@pytest.mark.parametrize(("route", "resource"), [("root", "root"), ("rest", "web-rest-id")])
def test_every_method_and_path_goes_to_the_function(route: str, resource: str):
    method, call = shared_api().resources[f"web-{route}-any"], shared_api().resources[f"web-{route}-call"]
    assert (method["resourceId"], method["httpMethod"], method["authorization"]) == (resource, "ANY", "NONE")
    assert (call["resourceId"], call["httpMethod"]) == (resource, "ANY")
    assert (call["type"], call["integrationHttpMethod"], call["uri"]) == ("AWS_PROXY", "POST", "arn:invoke")


def test_all_paths_below_the_root_are_one_resource():
    rest = shared_api().resources["web-rest"]
    assert (rest["parentId"], rest["pathPart"]) == ("root", "{proxy+}")


@pytest.mark.parametrize("route", ["root", "rest"])
def test_it_waits_for_longer_than_the_function_may_take(route: str):
    waits = shared_api().resources[f"web-{route}-call"]["timeoutMilliseconds"]
    assert waits == 29_000
    assert waits > lambda_config(functionTimeoutSeconds="28").function.function_timeout_seconds * 1_000


def test_bodies_reach_the_function_byte_for_byte():
    assert shared_api().resources["web-api"]["binaryMediaTypes"] == ["*/*"]


def test_long_answers_are_compressed_for_those_who_ask_and_short_ones_are_not():
    assert shared_api().resources["web-api"]["minimumCompressionSize"] == "1024"


def test_this_api_alone_may_call_the_function_and_only_by_its_alias():
    permission = shared_api().resources["web-api-may-call"]
    assert (permission["function"], permission["qualifier"]) == ("function", "live")
    assert permission["principal"] == "apigateway.amazonaws.com"
    assert permission["action"] == "lambda:InvokeFunction"
    assert permission["sourceArn"] == f"{EXECUTION_ARN}/live/*"


def test_more_requests_than_are_paid_for_are_turned_away():
    settings = api(throttlingRateLimitPerSecond="7", throttlingBurstLimit="9").resources["web-throttling"]
    assert settings["methodPath"] == "*/*"
    assert settings["settings"]["throttlingRateLimit"] == 7
    assert settings["settings"]["throttlingBurstLimit"] == 9


def test_no_log_holds_what_users_send():
    settings = shared_api().resources["web-throttling"]["settings"]
    assert (settings["loggingLevel"], settings["dataTraceEnabled"]) == ("OFF", False)
    line = json.loads(shared_api().resources["web-stage"]["accessLogSettings"]["format"])
    private = re.compile("body|query|header|userAgent", re.IGNORECASE)
    assert not [value for value in line.values() if private.search(value)]


def test_each_request_is_a_line_of_json_in_a_log_that_forgets():
    assert shared_api().resources["web-api-access"]["retentionInDays"] == 7
    log = shared_api().resources["web-stage"]["accessLogSettings"]
    assert log["destinationArn"] == "arn:web-api-access"
    # API Gateway developer guide, "Variables for access logging".
    variables = {
        "time": "requestTime",
        "requestId": "requestId",
        "address": "identity.sourceIp",
        "method": "httpMethod",
        "path": "path",
        "status": "status",
        "bytes": "responseLength",
        "milliseconds": "responseLatency",
        "functionMilliseconds": "integrationLatency",
        "functionStatus": "integrationStatus",
        "error": "error.message",
        "firewall": "wafResponseCode",
        "trace": "xrayTraceId",
    }
    assert json.loads(log["format"]) == {name: f"$context.{variable}" for name, variable in variables.items()}


def test_no_stage_is_made_before_api_gateway_may_log_and_has_something_to_serve():
    for need in ("web-api-logging-may", "web-rest-call", "web-root-call"):
        order = list(api(MockAws(late=need)).resources)
        assert order.index(need) < order.index("web-stage"), need
        assert order.index("web-deployment") < order.index("web-stage")


@pytest.mark.parametrize("name", ["web-api-logging", "web-api-logging-may", "web-api-account"])
def test_the_account_s_logging_outlives_the_stack(name: str):
    assert shared_api().resources[name].options.retain_on_delete is True


def test_nothing_else_outlives_the_stack():
    kept = [
        resource.name for resource in shared_api().resources.values() if resource.options.retain_on_delete
    ]
    assert len(kept) == 3


def test_requests_are_traced_only_where_they_are_asked_to():
    assert shared_api().resources["web-stage"]["xrayTracingEnabled"] is False
    assert api(xrayTracing="true").resources["web-stage"]["xrayTracingEnabled"] is True


def with_domain(mock: MockAws | None = None) -> MockAws:
    return deploy(
        lambda: RestApi("web", rest_api_args(custom_domain=[aws.sns.Topic("stands-for-a-domain")])), mock
    )


def test_with_a_domain_it_answers_under_no_other_name():
    assert shared_api().resources["web-api"]["disableExecuteApiEndpoint"] is False
    assert with_domain().resources["web-api"]["disableExecuteApiEndpoint"] is True


def test_it_answers_under_its_own_name_until_the_domain_exists():
    created = list(with_domain(MockAws(late="stands-for-a-domain")).resources)
    assert created.index("stands-for-a-domain") < created.index("web-api")


def test_the_same_api_is_not_deployed_again():
    def picture(recorder: MockAws) -> str:
        return recorder.resources["web-deployment"]["triggers"]["picture"]

    assert picture(api()) == picture(shared_api())
    assert picture(api(throttlingRateLimitPerSecond="7")) == picture(shared_api())
    assert picture(api(invoke_arn="arn:other")) != picture(shared_api())
    assert picture(with_domain()) != picture(shared_api())


# A deployment is a snapshot: without a trigger, a change of one of these would not reach the clients.
def test_all_that_clients_notice_of_the_api_triggers_a_deployment():
    routes = [
        [f"web-{name}-call-id", resource, "ANY", "arn:invoke", 29_000]
        for name, resource in (("root", "root"), ("rest", "web-rest-id"))
    ]
    definition = json.dumps([["*/*"], "1024", False, *routes])
    picture = hashlib.sha256(definition.encode()).hexdigest()
    assert shared_api().resources["web-deployment"]["triggers"] == {"picture": picture}


def test_what_others_need_is_handed_out():
    assert shared_api().exports == {
        "id": "web-api-id",
        "name": "web-api-1a2b3c4",
        "stage": "live",
        "stage_arn": "arn:web-stage",
        "url": "https://api.execute-api.example.com/live",
    }


# API Gateway developer guide, "Variables for access logging": `$context.integrationStatus` of a Lambda proxy
# is Lambda's status of the invocation; `-` without one, as for what the web ACL blocks or the API throttles.
def test_the_function_s_own_client_errors_are_counted_in_the_access_log():
    counted = shared_api().resources["web-client-errors"]
    assert counted["logGroupName"] == "web-api-access-1a2b3c4"
    assert counted["pattern"] == '{ $.status = "4*" && $.functionStatus = "2*" }'
    assert counted["metricTransformation"] == {
        "namespace": f"{TAGS['project']}/{TAGS['stack']}",
        "name": "ClientErrors",
        "value": "1",
        "unit": "Count",
    }
    fields = json.loads(shared_api().resources["web-stage"]["accessLogSettings"]["format"])
    assert fields["status"] == "$context.status"
    assert fields["functionStatus"] == "$context.integrationStatus"
